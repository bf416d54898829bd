public import Foundation

/// What is known about a message besides its body: CloudEvents 1.0 attributes, carried in AMQP properties and headers.
public struct Envelope: Hashable, Sendable {
    /// Deterministic: a message that is made again has the id it had the first time. AMQP `message_id`.
    public var id: UUID
    /// ``MessageType`` in text. AMQP `type`.
    public var type: String
    /// The service that said it, such as `intake`. AMQP `app_id`.
    public var source: String
    /// When it happened, by the database's clock. Header `cloudEvents:time`.
    public var time: Date
    /// The thing it happened to, and that thing's version after it (1, 2, 3 …): the order of events. Absent on commands.
    public var aggregate: Aggregate?
    /// The ticket, so that everything about one ticket can be found. AMQP `correlation_id`.
    public var correlation: UUID?
    /// The message that caused this one. Header `causationid`.
    public var causation: UUID?
    /// W3C trace context, so that one trace leads from the first byte in to the last message out.
    public var traceparent: String?
    /// How many times an operator has replayed it; 0 as a rule. Header `replay`.
    public var replay: Int

    public struct Aggregate: Hashable, Sendable {
        public var id: UUID
        public var version: Int64

        public init(id: UUID, version: Int64) {
            self.id = id
            self.version = version
        }
    }

    public init(
        id: UUID, type: String, source: String, time: Date, aggregate: Aggregate? = nil, correlation: UUID? = nil,
        causation: UUID? = nil, traceparent: String? = nil, replay: Int = 0
    ) {
        self.id = id
        self.type = type
        self.source = source
        self.time = time
        self.aggregate = aggregate
        self.correlation = correlation
        self.causation = causation
        self.traceparent = traceparent
        self.replay = replay
    }
}
