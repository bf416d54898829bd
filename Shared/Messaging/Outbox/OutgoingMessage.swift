public import Contracts
public import Foundation

/// A message that waits in the outbox for the relay. Made by a use case, saved in its transaction.
public struct OutgoingMessage: Sendable {
    public var envelope: Envelope
    public let exchange: String
    public let routingKey: String
    public let body: [UInt8]
    /// Further headers of the AMQP message.
    public let extraHeaders: [String: String]
    /// AMQP `correlation_id` when it is not `envelope.correlation`: the id of an adapter's request.
    let correlation: String?
    /// All properties, as ``PropertiesJSON``, of a message that is passed on as it came.
    let properties: String?

    init(
        envelope: Envelope, exchange: String, routingKey: String, body: [UInt8], extraHeaders: [String: String] = [:],
        correlation: String? = nil, properties: String? = nil
    ) {
        self.envelope = envelope
        self.exchange = exchange
        self.routingKey = routingKey
        self.body = body
        self.extraHeaders = extraHeaders
        self.correlation = correlation
        self.properties = properties
    }

    /// An event, told to everybody.
    ///
    /// - Parameters:
    ///   - id: deterministic; see ``MessageIDs/id(cause:service:handler:ordinal:)``.
    ///   - version: the aggregate's version after the event: 1, 2, 3 … without a gap.
    ///   - time: by the database's clock; see `Transaction.now(schema:)`.
    ///
    /// Carries the trace context of the task that calls this, so that a batch can hold events of many traces.
    public static func event(
        _ event: some Event, id: UUID, aggregate: UUID, version: Int64, correlation: UUID, causation: UUID?,
        source: String, time: Date
    ) throws -> OutgoingMessage {
        let type = event.type.description
        let envelope = Envelope(
            id: id, type: type, source: source, time: time,
            aggregate: Envelope.Aggregate(id: aggregate, version: version), correlation: correlation,
            causation: causation, traceparent: TraceCarrier.current()?.traceparent)
        return OutgoingMessage(
            envelope: envelope, exchange: Topology.ExchangeName.events, routingKey: type,
            body: try WireJSON.encode(event))
    }

    /// A command for one queue.
    public static func command(
        _ command: some Command, to queue: String, id: UUID, correlation: UUID, causation: UUID?, source: String,
        time: Date
    ) throws -> OutgoingMessage {
        let envelope = Envelope(
            id: id, type: command.type.description, source: source, time: time, correlation: correlation,
            causation: causation)
        return OutgoingMessage(
            envelope: envelope, exchange: Topology.ExchangeName.commands, routingKey: queue,
            body: try WireJSON.encode(command))
    }

    /// An answer to an adapter's queue. It is dropped when there is no such queue.
    ///
    /// - Parameter request: the adapter's `message_id`; becomes `correlation_id` of the answer.
    public static func reply(
        _ body: some Message, to queue: String, id: UUID, correlation: UUID?, causation: UUID?, source: String,
        time: Date, request: String? = nil
    ) throws -> OutgoingMessage {
        let envelope = Envelope(
            id: id, type: body.type.description, source: source, time: time, correlation: correlation,
            causation: causation)
        return OutgoingMessage(
            envelope: envelope, exchange: Topology.ExchangeName.replies, routingKey: queue,
            body: try WireJSON.encode(body), correlation: request)
    }
}
