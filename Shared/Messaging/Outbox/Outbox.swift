import AMQP
import Contracts
public import Foundation
public import Postgres

/// Writes outbox rows in the caller's transaction, with the trace context of the task; wakes the relay after the commit.
public struct Outbox: Sendable {
    public let schema: String
    private let relay: OutboxRelay?
    /// Raised when a timer was set in this process.
    let timersChanged = Signal()

    /// - Parameter relay: nil in a process that only writes, such as a tool: another's relay finds the rows by itself.
    public init(schema: String, relay: OutboxRelay?) {
        self.schema = schema
        self.relay = relay
    }

    /// A message as it is written: with the trace context of the task where it has none of its own.
    private struct Entry {
        let message: OutgoingMessage
        let envelope: Envelope
        let headers: [String: String]

        static func all(_ messages: [OutgoingMessage]) -> [Entry] {
            let ambient = TraceCarrier.current()
            return messages.map { message in
                var envelope = message.envelope
                var headers = message.extraHeaders
                if envelope.traceparent == nil, let ambient {
                    envelope.traceparent = ambient.traceparent
                    headers.merge(ambient.others) { own, _ in own }
                }
                return Entry(message: message, envelope: envelope, headers: headers)
            }
        }

        /// As the relay would read it from the table.
        func row(_ id: Int64, writtenAt: Date) -> OutboxRow {
            OutboxRow(
                id: id, messageID: envelope.id, type: envelope.type, attempts: 0,
                publication: Publication(
                    exchange: message.exchange, routingKey: message.routingKey,
                    properties: EnvelopeCodec.properties(
                        of: envelope, correlation: message.correlation, extra: headers, stampedAt: writtenAt),
                    body: message.body))
        }
    }

    /// One multi-row statement; returns the rows' `id` and `message_id`, for ``announce(_:written:in:)``. A message whose
    /// id is in the outbox already is not written again.
    func statement(_ messages: [OutgoingMessage]) -> SQL {
        let rows = Entry.all(messages)
        return """
            insert into \(unescaped: schema).outbox (
                message_id, exchange, routing_key, type, source, occurred_at, aggregate_id, aggregate_version,
                correlation_id, causation_id, traceparent, headers, properties, body)
            select
                m.message_id, m.exchange, m.routing_key, m.type, m.source, m.occurred_at, m.aggregate_id,
                m.aggregate_version, m.correlation_id, m.causation_id, m.traceparent, m.headers::jsonb,
                m.properties::jsonb, m.body
            from unnest(
                \(rows.map(\.envelope.id))::uuid[],
                \(rows.map(\.message.exchange))::text[],
                \(rows.map(\.message.routingKey))::text[],
                \(rows.map(\.envelope.type))::text[],
                \(rows.map(\.envelope.source))::text[],
                \(rows.map(\.envelope.time))::timestamptz[],
                \(rows.map(\.envelope.aggregate?.id))::uuid[],
                \(rows.map(\.envelope.aggregate?.version))::bigint[],
                \(rows.map { $0.message.correlation ?? $0.envelope.correlation?.lowercase })::text[],
                \(rows.map(\.envelope.causation))::uuid[],
                \(rows.map(\.envelope.traceparent))::text[],
                \(rows.map { $0.headers.isEmpty ? nil : HeadersJSON.encode($0.headers) })::text[],
                \(rows.map(\.message.properties))::text[],
                \(rows.map(\.message.body))::bytea[]
            ) with ordinality as m (
                message_id, exchange, routing_key, type, source, occurred_at, aggregate_id, aggregate_version,
                correlation_id, causation_id, traceparent, headers, properties, body, place)
            order by m.place
            on conflict (message_id) do nothing
            returning id, message_id
            """
    }

    public func append(_ messages: [OutgoingMessage], in transaction: Transaction) async throws {
        guard !messages.isEmpty else { return }
        announce(messages, written: try await transaction.query(statement(messages)), in: transaction)
    }

    /// `others`, the messages and the commit, in one round trip; nothing may follow in `transaction`.
    public func commit(
        _ messages: [OutgoingMessage], after others: [SQL] = [], in transaction: Transaction
    ) async throws {
        let results = try await transaction.commit(with: others + (messages.isEmpty ? [] : [statement(messages)]))
        if !messages.isEmpty, let written = results.last { announce(messages, written: written, in: transaction) }
    }

    /// Gives the relay what was written when `transaction` has committed. To be called by the task that made the
    /// statement, for its trace.
    func announce(
        _ messages: [OutgoingMessage], written: QueryResult, in transaction: Transaction
    ) {
        guard let relay else { return }
        guard relay.takesRows, messages.allSatisfy({ $0.properties == nil }),
            // Rows that cannot be read here are read by the relay.
            let pairs = try? written.map({ try $0.decode(Int64.self, UUID.self) })
        else { return transaction.afterCommit { relay.wake() } }
        let ids = Dictionary(pairs.map { ($0.1, $0.0) }, uniquingKeysWith: { first, _ in first })
        let now = Date()
        let rows = Entry.all(messages).compactMap { entry in
            ids[entry.envelope.id].map { entry.row($0, writtenAt: now) }
        }
        transaction.afterCommit { relay.handOver(rows) }
    }

    /// Sets a timer, or moves it: a new generation, the old one is void. In the caller's transaction.
    public func setTimer(kind: String, subject: UUID, dueAt: Date, in transaction: Transaction) async throws {
        try await apply([TimerChange(kind: kind, subject: subject, dueAt: dueAt)], in: transaction)
    }

    public func cancelTimer(kind: String, subject: UUID, in transaction: Transaction) async throws {
        try await apply([TimerChange(kind: kind, subject: subject, dueAt: nil)], in: transaction)
    }

    private func apply(_ changes: [TimerChange], in transaction: Transaction) async throws {
        announceTimers(in: transaction)
        try await transaction.query(TimerStore(schema: schema).set(changes))
    }

    func announceTimers(in transaction: Transaction) {
        let timersChanged = timersChanged
        transaction.afterCommit { timersChanged.raise() }
    }
}

/// Headers that are only text, as a JSON object.
enum HeadersJSON {
    static func encode(_ headers: [String: String]) -> String? {
        let clean = Dictionary(
            headers.map { (PropertiesJSON.clean($0.key), PropertiesJSON.clean($0.value)) },
            uniquingKeysWith: { first, _ in first })
        // A dictionary of texts can always be encoded.
        return (try? WireJSON.encode(clean)).map { String(decoding: $0, as: UTF8.self) }
    }

    static func decode(_ json: JSON) throws -> [String: String] {
        try WireJSON.decode([String: String].self, from: json.bytes)
    }
}
