extension Outcome {
    /// What an `errcode` of the official account's API means; 0 or none at all is success.
    ///
    /// - Parameter message: `errmsg`, which ends with a `rid` that the platform's support asks for.
    public init(weChatCode code: Int, message: String, messageID: String?) {
        let reason = "WeChat \(code): \(message.prefix(160))"
        switch code {
        case 0: self = .accepted(providerID: messageID)
        case -1: self = .transient(reason)
        case 40001, 40014, 42001: self = .providerUnusable(reason)
        case 40003, 43004, 43019, 43101, 48002, 50005: self = .rejectedRecipient(reason)
        case 40036, 40037, 43107, 43116, 48004, 41030: self = .rejectedTemplate(reason)
        case 40033, 40035, 44002, 45015, 45047, 45168, 47001, 47003: self = .rejectedMessage(reason)
        case 43108, 43117, 45011: self = .throttled(after: .seconds(60), reason: reason)
        // The day's quota; an hour is short enough to notice when it was raised or cleared.
        case 45009: self = .throttled(after: .seconds(3600), reason: reason)
        default: self = .providerUnusable(reason)
        }
    }

    /// Codes that say "your token is no longer good": refreshed once, then they mean what they say.
    public static let weChatTokenCodes: Set<Int> = [40001, 40014, 42001]
}

/// One value of a WeChat template message, whose name tells its type: `thing1`, `time5`.
public struct WeChatField: Hashable, Sendable {
    public let name: String
    public let value: String

    /// Shortens `value` to what the type takes; the ends of long words are replaced by an ellipsis, which every free-text
    /// type allows.
    public init(name: String, value: String) {
        self.name = name
        let type = name.prefix { !$0.isNumber }
        let line = value.split(whereSeparator: \.isNewline).joined(separator: " ")
        self.value = Self.limit(of: String(type)).map { Self.shorten(line, to: $0) } ?? line
    }

    /// The longest value of a type, in characters; nil for types of fixed form (`time`, `date`, `amount`, `const`).
    public static func limit(of type: String) -> Int? {
        switch type {
        case "thing": 20
        case "number", "letter", "character_string": 32
        case "phone_number": 17
        case "name": 10
        case "car_number": 8
        case "phrase", "symbol": 5
        default: nil
        }
    }

    private static func shorten(_ text: String, to limit: Int) -> String {
        text.count <= limit ? text : text.prefix(limit - 1) + "…"
    }
}
