public import Foundation

/// A header's value.
public enum FieldValue: Hashable, Sendable {
    case bool(Bool), int(Int64), double(Double), string(String), bytes([UInt8]), timestamp(Date)
    case table([String: FieldValue]), array([FieldValue]), void
}

/// What travels with a body. Texts are at most 255 bytes of UTF-8.
public struct MessageProperties: Hashable, Sendable {
    public var contentType: String?
    public var contentEncoding: String?
    /// Keys of at most 255 bytes; together no more than 64 KiB.
    public var headers: [String: FieldValue] = [:]
    public var isPersistent = true
    public var correlationID: String?
    public var replyTo: String?
    public var messageID: String?
    /// Whole seconds.
    public var timestamp: Date?
    public var type: String?
    /// Must be the login user; the broker closes the channel otherwise.
    public var userID: String?
    public var appID: String?

    public init() {}
}

/// A message on its way out.
public struct Publication: Hashable, Sendable {
    public var exchange: String
    public var routingKey: String
    public var properties: MessageProperties
    public var body: [UInt8]

    public init(exchange: String, routingKey: String, properties: MessageProperties, body: [UInt8]) {
        self.exchange = exchange
        self.routingKey = routingKey
        self.properties = properties
        self.body = body
    }
}

/// What became of a publication.
public enum PublishOutcome: Sendable, Hashable {
    case confirmed
    /// The queue is full or the broker could not take it.
    case refused
    /// Nobody is bound for it (312), the exchange is missing or closed to us (404, 403), the broker refuses its
    /// properties (406), or they cannot be put on the wire (502, never sent). The message is stored nowhere.
    case unroutable(code: Int, text: String)
    /// The connection ended before the answer: sent or not, nobody knows.
    case unknown(String)

    /// One word from a closed set, for the metric's `outcome`.
    var label: String {
        switch self {
        case .confirmed: "confirmed"
        case .refused: "refused"
        case .unroutable: "unroutable"
        case .unknown: "unknown"
        }
    }
}

/// A message that the broker delivered; to be acknowledged or rejected by its `tag`.
public struct ReceivedMessage: Hashable, Sendable {
    public let body: [UInt8]
    public let properties: MessageProperties
    public let exchange: String
    public let routingKey: String
    public let isRedelivered: Bool
    /// Names the delivery on its channel; stale tags after a reconnect are dropped silently.
    public let tag: DeliveryTag
}

/// One delivery on one life of one channel.
public struct DeliveryTag: Hashable, Sendable {
    let channel: UInt16
    /// Different for every channel that was ever opened, so that a number used again cannot be mistaken.
    let generation: UInt64
    let number: UInt64
}
