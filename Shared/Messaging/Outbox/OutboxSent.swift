public import Foundation
public import Postgres

/// What the broker has confirmed in the last three days.
public struct OutboxSent: Sendable {
    private let schema: String

    public init(schema: String) { self.schema = schema }

    /// How many ``resend(since:until:in:)`` would take.
    public func count(since: Date, until: Date? = nil, in pool: PostgresPool) async throws -> Int {
        let rows = try await pool.query(
            """
            select count(*) as rows
            from \(unescaped: schema).outbox_sent
            where sent_at >= \(since)::timestamptz
                and (\(until)::timestamptz is null or sent_at < \(until)::timestamptz)
                and exchange <> 'paidan.dead'
            """)
        return try rows.first?.value("rows", as: Int.self) ?? 0
    }

    /// Puts messages back in the outbox under their ids, for a broker that has lost them; whoever has them already drops
    /// them. Dead letters are not sent again: they are in the archive.
    ///
    /// - Returns: how many.
    public func resend(since: Date, until: Date? = nil, in pool: PostgresPool) async throws -> Int {
        try await pool.query(
            """
            insert into \(unescaped: schema).outbox (
                message_id, exchange, routing_key, type, source, occurred_at, aggregate_id, aggregate_version,
                correlation_id, causation_id, traceparent, headers, properties, body)
            select
                message_id, exchange, routing_key, type, source, occurred_at, aggregate_id, aggregate_version,
                correlation_id, causation_id, traceparent, headers, properties, body
            from \(unescaped: schema).outbox_sent
            where sent_at >= \(since)::timestamptz
                and (\(until)::timestamptz is null or sent_at < \(until)::timestamptz)
                and exchange <> 'paidan.dead'
            order by sent_at, id
            on conflict (message_id) do nothing
            """
        ).affected
    }
}
