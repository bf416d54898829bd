/// The limits that the wire sets and librabbitmq 0.11 does not guard: a key of more than 255 bytes would corrupt the
/// frame, properties beyond a frame would leave a message half sent.
extension Publication {
    static let shortTextLimit = 255
    static let headersLimit = 64 * 1024
    static let nestingLimit = 16
    /// As `max_message_size` in docker/rabbitmq/rabbitmq.conf; beyond it the broker closes the channel.
    static let bodyLimit = 16 << 20

    /// Why this cannot be put on the wire; nil when it can.
    var fault: String? {
        if body.count > Self.bodyLimit { return "the body is larger than 16 MiB" }
        let short: [(String, String?)] = [
            ("exchange", exchange), ("routing key", routingKey), ("content type", properties.contentType),
            ("content encoding", properties.contentEncoding), ("correlation id", properties.correlationID),
            ("reply-to", properties.replyTo), ("message id", properties.messageID), ("type", properties.type),
            ("user id", properties.userID), ("app id", properties.appID),
        ]
        for (name, text) in short where (text?.utf8.count ?? 0) > Self.shortTextLimit {
            return "the \(name) is longer than 255 bytes"
        }
        if properties.headers.isEmpty { return nil }
        return FieldValue.table(properties.headers).fault
    }
}

extension FieldValue {
    /// Why this cannot be sent in a table; nil when it can.
    var fault: String? {
        var size = 0
        if let fault = measure(into: &size, depth: 0) { return fault }
        return size > Publication.headersLimit ? "the headers are larger than 64 KiB" : nil
    }

    private func measure(into size: inout Int, depth: Int) -> String? {
        if depth > Publication.nestingLimit { return "the headers are nested too deep" }
        switch self {
        case .void: size += 1
        case .bool: size += 2
        case .int, .double, .timestamp: size += 9
        case .string(let text): size += 5 + text.utf8.count
        case .bytes(let bytes): size += 5 + bytes.count
        case .array(let values):
            size += 5
            for value in values {
                if let fault = value.measure(into: &size, depth: depth + 1) { return fault }
            }
        case .table(let entries):
            size += 5
            for (key, value) in entries {
                let length = key.utf8.count
                if length > Publication.shortTextLimit { return "a header's key is longer than 255 bytes" }
                size += 1 + length
                if let fault = value.measure(into: &size, depth: depth + 1) { return fault }
            }
        }
        return nil
    }
}
