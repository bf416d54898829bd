public import Contracts
private import Kernel

/// Where one channel finds one person: a number, a mail address, an openid. Its `description` is masked.
public struct Recipient: Hashable, Sendable, CustomStringConvertible {
    public let channel: NotifyChannel
    public let text: String

    /// - Returns: nil when `text` cannot be an address of `channel`.
    public init?(_ channel: NotifyChannel, _ text: String) {
        self.channel = channel
        switch channel {
        case .sms:
            guard let number = PhoneNumber(text) else { return nil }
            self.text = number.e164
        case .mail:
            guard let address = EmailAddress(text) else { return nil }
            self.text = address.text
        case .wechat:
            let isOpenID = text.utf8.allSatisfy { byte in
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                    || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
                    || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || byte == UInt8(ascii: "-")
                    || byte == UInt8(ascii: "_")
            }
            guard isOpenID, (1...64).contains(text.utf8.count) else { return nil }
            self.text = text
        }
    }

    /// The customer's address on `channel`; nil when he gave none that can be used.
    public init?(_ channel: NotifyChannel, of customer: CustomerCard) {
        let text =
            switch channel {
            case .sms: customer.phone
            case .mail: customer.email
            case .wechat: customer.weChatOpenID
            }
        guard let text else { return nil }
        self.init(channel, text)
    }

    /// For people and logs: nobody can be reached by it.
    public var description: String {
        switch channel {
        case .sms: PhoneNumber(text)?.description ?? "***"
        case .mail: EmailAddress(text)?.description ?? "***"
        case .wechat: text.count > 8 ? "\(text.prefix(3))***\(text.suffix(2))" : "***"
        }
    }
}
