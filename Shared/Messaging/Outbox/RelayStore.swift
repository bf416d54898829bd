import AMQP
import Contracts
import Foundation
import Postgres

/// One outbox row, ready to be published.
struct OutboxRow: Sendable {
    let id: Int64
    let messageID: UUID
    let type: String
    let attempts: Int
    let publication: Publication
}

/// All SQL of the relay.
struct RelayStore: Sendable {
    let schema: String

    /// How the broker answered for one row that it did not take.
    struct Failure: Sendable, Hashable {
        let id: Int64
        let error: String
        /// Until the next try.
        let wait: Duration
    }

    /// True when this session is now the schema's relay. Never waits: a waiting lock would hold back vacuum.
    func tryLock(_ session: Session) async throws -> Bool {
        let rows = try await session.query(
            "select pg_try_advisory_lock(hashtextextended(\("paidan.relay." + schema)::text, 0)) as is_locked")
        return try rows.first?.value("is_locked", as: Bool.self) ?? false
    }

    func unlock(_ session: Session) async throws {
        try await session.query(
            "select pg_advisory_unlock(hashtextextended(\("paidan.relay." + schema)::text, 0)) as was_locked")
    }

    /// A batch that is this long was perhaps cut.
    static let batchBytes = 4 << 20

    /// The oldest rows that are not in flight and not waiting after a failure; at most about ``batchBytes``. Uses outbox_pkey.
    func next(limit: Int, except inFlight: [Int64]) -> SQL {
        """
        select
            id, message_id, exchange, routing_key, type, source, occurred_at, aggregate_id, aggregate_version,
            correlation_id, causation_id, traceparent, headers, properties, body, created_at, attempts
        from (
            select
                o.*,
                sum(octet_length(o.body)) over (order by o.id) - octet_length(o.body) as bytes_before
            from \(unescaped: schema).outbox o
            where o.id <> all (\(inFlight)::bigint[])
                and (o.not_before is null or o.not_before <= now())
            order by o.id
            limit \(limit)::bigint
        ) batch
        where bytes_before < \(Int64(Self.batchBytes))::bigint
        order by id
        """
    }

    /// Confirmed rows leave the outbox for outbox_sent.
    func confirm(_ ids: [Int64]) -> SQL {
        """
        with gone as (
            delete from \(unescaped: schema).outbox
            where id = any (\(ids)::bigint[])
            returning
                id, message_id, exchange, routing_key, type, source, occurred_at, aggregate_id, aggregate_version,
                correlation_id, causation_id, traceparent, headers, properties, body, created_at
        )
        insert into \(unescaped: schema).outbox_sent (
            id, message_id, exchange, routing_key, type, source, occurred_at, aggregate_id, aggregate_version,
            correlation_id, causation_id, traceparent, headers, properties, body, created_at)
        select
            id, message_id, exchange, routing_key, type, source, occurred_at, aggregate_id, aggregate_version,
            correlation_id, causation_id, traceparent, headers, properties, body, created_at
        from gone
        """
    }

    func fail(_ failures: [Failure]) -> SQL {
        """
        update \(unescaped: schema).outbox o
        set attempts = o.attempts + 1,
            not_before = now() + make_interval(secs => f.seconds),
            last_error = f.error
        from unnest(
            \(failures.map(\.id))::bigint[],
            \(failures.map { String($0.error.prefix(500)) })::text[],
            \(failures.map { $0.wait / .seconds(1) })::double precision[]
        ) as f (id, error, seconds)
        where o.id = f.id
        """
    }

    /// Rows that cannot be published and that nobody waits for.
    func drop(_ ids: [Int64]) -> SQL {
        "delete from \(unescaped: schema).outbox where id = any (\(ids)::bigint[])"
    }

    /// How many wait (counted to 100,000) and for how many seconds the oldest does.
    var look: SQL {
        """
        select
            (select count(*) from (select from \(unescaped: schema).outbox limit 100000) counted) as unsent,
            coalesce(
                (
                    select extract(epoch from clock_timestamp() - created_at)
                    from \(unescaped: schema).outbox
                    order by id
                    limit 1
                ),
                0
            )::double precision as age
        """
    }

    func row(_ row: Row) throws -> OutboxRow {
        let (
            id, messageID, exchange, routingKey, type, source, occurredAt, aggregateID, aggregateVersion, correlation,
            causation, traceparent, headers, properties, body, createdAt, attempts
        ) = try row.decode(
            Int64.self, UUID.self, String.self, String.self, String.self, String.self, Date.self, UUID?.self,
            Int64?.self, String?.self, UUID?.self, String?.self, JSON?.self, JSON?.self, [UInt8].self, Date.self,
            Int.self)
        let carried: MessageProperties
        if let properties {
            carried = try PropertiesJSON.decode(properties.bytes)
        } else {
            var aggregate: Envelope.Aggregate?
            if let aggregateID, let aggregateVersion {
                aggregate = Envelope.Aggregate(id: aggregateID, version: aggregateVersion)
            }
            let envelope = Envelope(
                id: messageID, type: type, source: source, time: occurredAt, aggregate: aggregate, causation: causation,
                traceparent: traceparent)
            carried = EnvelopeCodec.properties(
                of: envelope, correlation: correlation, extra: try headers.map(HeadersJSON.decode) ?? [:],
                stampedAt: createdAt)
        }
        return OutboxRow(
            id: id, messageID: messageID, type: type, attempts: attempts,
            publication: Publication(exchange: exchange, routingKey: routingKey, properties: carried, body: body))
    }
}
