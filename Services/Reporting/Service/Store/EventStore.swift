internal import Contracts
internal import Foundation
internal import Messaging
internal import Postgres

/// The raw events.
enum EventStore {
    /// One event as it came.
    struct Raw: Sendable {
        let envelope: Envelope
        let aggregate: Envelope.Aggregate
        let body: [UInt8]
    }

    /// Keeps each event once, however often it comes.
    static func insert(_ events: [Raw]) -> SQL {
        """
        insert into report.event (
          at, message_id, type, source, aggregate_id, aggregate_version, correlation_id, causation_id, body)
        select at, message_id, type, source, aggregate_id, aggregate_version, correlation_id, causation_id, body
        from unnest(
          \(events.map(\.envelope.time))::timestamptz[],
          \(events.map(\.envelope.id))::uuid[],
          \(events.map(\.envelope.type))::text[],
          \(events.map(\.envelope.source))::text[],
          \(events.map(\.aggregate.id))::uuid[],
          \(events.map(\.aggregate.version))::bigint[],
          \(events.map(\.envelope.correlation))::uuid[],
          \(events.map(\.envelope.causation))::uuid[],
          \(events.map(\.body))::bytea[]
        ) as new (at, message_id, type, source, aggregate_id, aggregate_version, correlation_id, causation_id, body)
        on conflict (at, message_id) do nothing
        """
    }

    struct Page: Sendable {
        let events: [(type: String, aggregate: UUID, version: Int64, body: [UInt8])]
        /// Behind the last one; nil when there is nothing more.
        let next: Cursor?
    }

    struct Cursor: Sendable {
        let at: Date
        let message: UUID
    }

    /// Up to `limit` events behind `cursor`, by time and id. Index `event_pkey` of each partition.
    static func page(after cursor: Cursor?, limit: Int, in transaction: Transaction) async throws -> Page {
        let rows = try await transaction.query(
            """
            select at, message_id, type, aggregate_id, aggregate_version, body
            from report.event
            where (at, message_id) > (
              coalesce(\(cursor?.at)::timestamptz, '-infinity'),
              coalesce(\(cursor?.message)::uuid, '00000000-0000-0000-0000-000000000000'))
            order by at, message_id
            limit \(limit)
            """)
        var last: Cursor?
        let events = try rows.map { row in
            let (at, message, type, aggregate, version, body) = try row.decode(
                Date.self, UUID.self, String.self, UUID.self, Int64.self, [UInt8].self)
            last = Cursor(at: at, message: message)
            return (type: type, aggregate: aggregate, version: version, body: body)
        }
        return Page(events: events, next: events.count == limit ? last : nil)
    }

    /// The partition of the month, given as any day of it: `2026-11-01`.
    static func makePartition(of month: String) -> SQL {
        "select report.make_event_partition(\(month)::text::date)"
    }
}
