// The shape that the other modules are written against; replaced by the real thing, file by file.
public import Foundation
public import Logging
public import ServiceLifecycle

public struct BrokerSettings: Sendable {
    public struct Host: Hashable, Sendable {
        public let host: String
        public let port: Int
        public init(host: String, port: Int) { self.host = host; self.port = port }
    }
    public struct TLS: Sendable, Hashable {
        public var caFile: String
        public init(caFile: String) { self.caFile = caFile }
    }
    public var hosts: [Host]
    public var vhost: String
    public var user: String
    public var password: String
    public var tls: TLS?
    public var heartbeat: Duration
    /// Shown in the broker's management pages.
    public var connectionName: String
    public init(hosts: [Host], vhost: String, user: String, password: String, tls: TLS? = nil, heartbeat: Duration = .seconds(10), connectionName: String) { fatalError("pending") }
}

/// A header's value.
public indirect enum FieldValue: Hashable, Sendable {
    case bool(Bool), int(Int64), double(Double), string(String), bytes([UInt8]), timestamp(Date)
    case table([String: FieldValue]), array([FieldValue]), void
}

public struct MessageProperties: Hashable, Sendable {
    public var contentType: String?
    public var contentEncoding: String?
    public var headers: [String: FieldValue]
    public var isPersistent: Bool
    public var correlationID: String?
    public var replyTo: String?
    public var messageID: String?
    /// Whole seconds.
    public var timestamp: Date?
    public var type: String?
    /// Must be the login user; the broker closes the channel otherwise.
    public var userID: String?
    public var appID: String?
    public init() { fatalError("pending") }
}

public struct Publication: Sendable {
    public var exchange: String
    public var routingKey: String
    public var properties: MessageProperties
    public var body: [UInt8]
    public init(exchange: String, routingKey: String, properties: MessageProperties, body: [UInt8]) { fatalError("pending") }
}

public enum PublishOutcome: Sendable, Hashable {
    case confirmed
    /// The queue is full or the broker could not take it.
    case refused
    /// Nobody is bound for it.
    case unroutable(code: Int, text: String)
    /// The connection ended before the answer: sent or not, nobody knows.
    case unknown(String)
}

public struct ReceivedMessage: Sendable {
    public let body: [UInt8]
    public let properties: MessageProperties
    public let exchange: String
    public let routingKey: String
    public let isRedelivered: Bool
    /// Names the delivery on its channel; stale tags after a reconnect are dropped silently.
    public let tag: DeliveryTag
}
public struct DeliveryTag: Hashable, Sendable { }

public struct BrokerError: Error, Sendable {
    public var isRetriable: Bool { fatalError("pending") }
    public var isConnectionLost: Bool { fatalError("pending") }
}

public struct ExchangeDeclaration: Hashable, Sendable {
    public let name: String, kind: String
    public init(name: String, kind: String) { fatalError("pending") }
}
public struct QueueDeclaration: Hashable, Sendable {
    public let name: String
    public let arguments: [String: FieldValue]
    public init(name: String, arguments: [String: FieldValue]) { fatalError("pending") }
}
public struct BindingDeclaration: Hashable, Sendable {
    public let exchange: String, queue: String, key: String
    public init(exchange: String, queue: String, key: String) { fatalError("pending") }
}
/// Declared again after every reconnect.
public struct Declarations: Hashable, Sendable {
    public var exchanges: [ExchangeDeclaration]
    public var queues: [QueueDeclaration]
    public var bindings: [BindingDeclaration]
    public init(exchanges: [ExchangeDeclaration] = [], queues: [QueueDeclaration] = [], bindings: [BindingDeclaration] = []) { fatalError("pending") }
}

/// Two connections to the broker, one to publish and one to consume, kept for as long as `run()` runs.
public final class BrokerClient: Service, Sendable {
    public struct Status: Sendable, Hashable { public let isPublisherReady: Bool; public let isConsumerReady: Bool; public let isBlocked: Bool }
    public init(_ settings: BrokerSettings, declarations: Declarations, logger: Logger) {}
    public func run() async throws {}
    public var status: Status { get async { fatalError("pending") } }
    /// Persistent, mandatory, confirmed. Waits until every one is settled or `timeout` has passed (then `.unknown`).
    /// Outcomes in the order of `messages`. Never throws on loss: the outcome says `unknown`.
    public func publish(_ messages: [Publication], timeout: Duration = .seconds(5)) async -> [PublishOutcome] { fatalError("pending") }
    /// Deliveries of one queue on a channel of its own, over reconnects, until `cancel()`. Prefetch is the back-pressure.
    public func consume(_ queue: String, prefetch: Int) -> Consumption { fatalError("pending") }
    /// Declares once, now; used by the operators' tool and tests. Throws with the broker's words on a mismatch (406).
    public func declare(_ declarations: Declarations) async throws {}
    /// (messages ready, consumers) by passive declare; nil when there is no such queue.
    public func inspect(queue: String) async throws -> (messages: Int, consumers: Int)? { fatalError("pending") }
    public func delete(queue: String) async throws {}
    public func purge(queue: String) async throws {}
}

public final class Consumption: Sendable, AsyncSequence {
    public typealias Element = ReceivedMessage
    public struct AsyncIterator: AsyncIteratorProtocol {
        public mutating func next() async throws -> ReceivedMessage? { fatalError("pending") }
    }
    public func makeAsyncIterator() -> AsyncIterator { fatalError("pending") }
    /// What is there now, at least one (waits for it), at most `limit`; nil after `cancel()` and the last one.
    public func nextBatch(upTo limit: Int) async throws -> [ReceivedMessage]? { fatalError("pending") }
    /// `tags` in the order of delivery; contiguous ones become one multiple-ack.
    public func acknowledge(_ tags: [DeliveryTag]) async {}
    public func reject(_ tag: DeliveryTag, requeue: Bool) async {}
    /// Stops deliveries and waits for the broker's cancel-ok; what was already received can still be handled and acknowledged.
    public func cancel() async {}
}
