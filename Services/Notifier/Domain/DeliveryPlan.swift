public import Contracts
public import Kernel

/// Who is told by which channel: one row of the rules' table.
public struct DeliveryRule: Hashable, Sendable {
    public let occasion: Occasion
    public let channel: NotifyChannel
    /// Rungs of a ladder are tried in this order.
    public let position: Int
    public let mode: Mode

    public enum Mode: String, Sendable, CaseIterable {
        /// Always sent.
        case all
        /// A rung of the occasion's ladder: sent when every rung before it could not be or has failed.
        case first
    }

    public init(occasion: Occasion, channel: NotifyChannel, position: Int, mode: Mode) {
        self.occasion = occasion
        self.channel = channel
        self.position = position
        self.mode = mode
    }
}

/// What one customer wishes of one channel.
public struct Preference: Hashable, Sendable {
    public let channel: NotifyChannel
    public let isAllowed: Bool
    /// Instead of the language of the customer's card.
    public let language: Language?

    public init(channel: NotifyChannel, isAllowed: Bool, language: Language?) {
        self.channel = channel
        self.isAllowed = isAllowed
        self.language = language
    }
}

/// A message that shall be sent, or that waits for the rung before it to fail.
public struct PlannedDelivery: Hashable, Sendable {
    public let recipient: Recipient
    public let language: Language
    /// Not to be sent yet.
    public let isStandby: Bool
}

extension News {
    /// The deliveries that the rules ask for, in the order of the rules' positions. Channels that the customer has no
    /// address for, or does not want, are left out; of a ladder the first rung that is left is sent, the others stand by.
    public func deliveries(by rules: [DeliveryRule], preferences: [Preference]) -> [PlannedDelivery] {
        var hasRung = false
        return rules.filter { $0.occasion == occasion }
            .sorted { ($0.position, $0.channel.rawValue) < ($1.position, $1.channel.rawValue) }
            .compactMap { rule in
                let wish = preferences.first { $0.channel == rule.channel }
                guard wish?.isAllowed ?? true, let recipient = Recipient(rule.channel, of: customer) else { return nil }
                let isStandby = rule.mode == .first && hasRung
                if rule.mode == .first { hasRung = true }
                let language = wish?.language ?? customer.language.known ?? .chinese
                return PlannedDelivery(recipient: recipient, language: language, isStandby: isStandby)
            }
    }
}
