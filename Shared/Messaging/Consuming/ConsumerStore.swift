import AMQP
import Contracts
import Foundation
import Postgres

/// All SQL of a consumer: inbox, positions, deferred messages. `consumer` is the queue's name.
struct ConsumerStore: Sendable {
    let schema: String
    let consumer: String

    var now: SQL { "select \(unescaped: schema).suite_now() as now" }

    /// Returns the ids that were not there; in the order of ids, so that two consumers cannot lock each other out.
    func receive(_ ids: [UUID]) -> SQL {
        """
        insert into \(unescaped: schema).inbox (consumer, message_id)
        select \(consumer)::text, u.id
        from unnest(\(ids)::uuid[]) as u (id)
        order by u.id
        on conflict do nothing
        returning message_id
        """
    }

    /// Locks the position of each aggregate for the transaction, making those that are missing.
    func lockPositions(_ aggregates: [UUID]) -> SQL {
        """
        insert into \(unescaped: schema).stream_position (consumer, aggregate_id, last_version)
        select \(consumer)::text, u.id, 0
        from unnest(\(aggregates)::uuid[]) as u (id)
        order by u.id
        on conflict (consumer, aggregate_id) do update
        set last_version = stream_position.last_version
        returning aggregate_id, last_version
        """
    }

    func advance(_ positions: [UUID: Int64]) -> SQL {
        let pairs = Array(positions)
        return """
            update \(unescaped: schema).stream_position p
            set last_version = u.version
            from unnest(\(pairs.map(\.key))::uuid[], \(pairs.map(\.value))::bigint[]) as u (id, version)
            where p.consumer = \(consumer)::text
                and p.aggregate_id = u.id
            """
    }

    /// How many parked messages of an aggregate one transaction drains; the rest follow at once in the next.
    static let drainLimit = 100

    /// Messages behind a gap, by version; no suspects, which are handled alone. Uses deferred_gap.
    func parked(_ aggregates: [UUID]) -> SQL {
        """
        select message_id, exchange, routing_key, properties, body, attempts, waits, first_at, taken
        from unnest(\(aggregates)::uuid[]) as u (id)
        cross join lateral (
            select *
            from \(unescaped: schema).deferred
            where consumer = \(consumer)::text
                and aggregate_id = u.id
                and reason = 'gap'
                and taken = 0
            order by aggregate_version
            limit \(Self.drainLimit)::bigint
        ) d
        order by d.aggregate_id, d.aggregate_version
        """
    }

    /// Makes those due that one transaction could not drain, or might not.
    func hasten(_ aggregates: [UUID]) -> SQL {
        """
        update \(unescaped: schema).deferred
        set next_attempt_at = now()
        where consumer = \(consumer)::text
            and aggregate_id = any (\(aggregates)::uuid[])
            and reason = 'gap'
        """
    }

    struct Parked: Sendable {
        let arrival: Arrival
        let reason: Arrival.ParkReason
        let detail: String
        let wait: Duration
    }

    /// A message that is there already keeps its row when it comes from the queue again, and is moved when it comes from
    /// the table itself.
    func park(_ parked: [Parked], updating: Bool) throws -> SQL {
        let envelopes = parked.map(\.arrival.envelope)
        let rows = parked.map(\.arrival.parcel)
        let states = parked.map {
            $0.arrival.pendingState ?? $0.arrival.deferred
                ?? DeferredState(attempts: 0, waits: 0, firstAt: .distantPast)
        }
        return """
            insert into \(unescaped: schema).deferred (
                consumer, message_id, aggregate_id, aggregate_version, type, reason, detail, attempts, waits, taken,
                next_attempt_at, exchange, routing_key, properties, body)
            select
                \(consumer)::text, u.message_id, u.aggregate_id, u.aggregate_version, u.type, u.reason, u.detail,
                u.attempts, u.waits, u.taken, now() + make_interval(secs => u.seconds), u.exchange, u.routing_key,
                u.properties::jsonb, u.body
            from unnest(
                \(envelopes.map(\.id))::uuid[],
                \(envelopes.map(\.aggregate?.id))::uuid[],
                \(envelopes.map(\.aggregate?.version))::bigint[],
                \(envelopes.map { PropertiesJSON.clean($0.type) })::text[],
                \(parked.map(\.reason.rawValue))::text[],
                \(parked.map { PropertiesJSON.clean(String($0.detail.prefix(500))) })::text[],
                \(states.map { Int64($0.attempts) })::bigint[],
                \(states.map { Int64($0.waits) })::bigint[],
                \(parked.map { Int64($0.arrival.pendingState?.taken ?? 0) })::bigint[],
                \(parked.map { $0.wait / .seconds(1) })::double precision[],
                \(rows.map { PropertiesJSON.clean($0.exchange) })::text[],
                \(rows.map { PropertiesJSON.clean($0.routingKey) })::text[],
                \(try rows.map { try PropertiesJSON.encode($0.properties) })::text[],
                \(rows.map(\.body))::bytea[]
            ) as u (
                message_id, aggregate_id, aggregate_version, type, reason, detail, attempts, waits, taken, seconds,
                exchange,
                routing_key, properties, body)
            on conflict (consumer, message_id) do update
            set reason = excluded.reason,
                detail = excluded.detail,
                attempts = excluded.attempts,
                waits = excluded.waits,
                taken = excluded.taken,
                next_attempt_at = excluded.next_attempt_at
            where \(updating)::boolean
            """
    }

    func forget(_ ids: [UUID]) -> SQL {
        """
        delete from \(unescaped: schema).deferred
        where consumer = \(consumer)::text
            and message_id = any (\(ids)::uuid[])
        """
    }

    /// Takes due messages for `lease`; whoever dies with them leaves them to the next. Uses deferred_due.
    func claim(limit: Int, lease: Duration) -> SQL { claim("taken = 0", limit: limit, lease: lease) }

    /// Takes the one that was taken before and is due. Uses deferred_suspect.
    func claimSuspect(lease: Duration) -> SQL { claim("taken > 0", limit: 1, lease: lease) }

    private func claim(_ kind: StaticString, limit: Int, lease: Duration) -> SQL {
        """
        with due as (
            select consumer, message_id
            from \(unescaped: schema).deferred
            where consumer = \(consumer)::text
                and next_attempt_at <= now()
                and \(unescaped: "\(kind)")
            order by next_attempt_at
            limit \(limit)::bigint
            for update skip locked
        )
        update \(unescaped: schema).deferred d
        set next_attempt_at = now() + make_interval(secs => \(lease / .seconds(1))::double precision),
            taken = d.taken + 1
        from due
        where d.consumer = due.consumer
            and d.message_id = due.message_id
        returning
            d.message_id, d.exchange, d.routing_key, d.properties, d.body, d.attempts, d.waits, d.first_at, d.taken
        """
    }

    /// Says of messages that were taken that nothing was done with them, through no fault of theirs. They are due again.
    func giveBack(_ ids: [UUID]) -> SQL {
        """
        update \(unescaped: schema).deferred
        set taken = greatest(taken - 1, 0),
            next_attempt_at = now()
        where consumer = \(consumer)::text
            and message_id = any (\(ids)::uuid[])
        """
    }

    func parcel(_ row: Row) throws -> (Parcel, DeferredState) {
        let (_, exchange, routingKey, properties, body, attempts, waits, firstAt, taken) = try row.decode(
            UUID.self, String.self, String.self, JSON.self, [UInt8].self, Int.self, Int.self, Date.self, Int.self)
        let parcel = Parcel(
            body: body, properties: try PropertiesJSON.decode(properties.bytes), exchange: exchange,
            routingKey: routingKey)
        return (parcel, DeferredState(attempts: attempts, waits: waits, firstAt: firstAt, taken: taken))
    }
}
