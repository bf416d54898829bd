import AMQP
import Contracts
import Foundation
import Postgres

/// All SQL of the dead letters' archive.
struct DeadLetterStore: Sendable {
    let schema: String

    func archive(_ letters: [DeadLetterReading]) throws -> SQL {
        """
        insert into \(unescaped: schema).dead_letter (
            queue, message_key, message_id, type, reason, detail, faults, attempts, exchange, routing_key, source_user,
            properties, body, body_size, replay_count, first_failed_at)
        select
            u.queue, u.message_key, u.message_id, u.type, u.reason, u.detail, u.faults::jsonb, u.attempts, u.exchange,
            u.routing_key, u.source_user, u.properties::jsonb, u.body, u.body_size, u.replay_count, u.first_failed_at
        from unnest(
            \(letters.map(\.queue))::text[],
            \(letters.map(\.key))::uuid[],
            \(letters.map { $0.parcel.properties.messageID.map(PropertiesJSON.clean) })::text[],
            \(letters.map { $0.parcel.properties.type.map(PropertiesJSON.clean) })::text[],
            \(letters.map(\.reason))::text[],
            \(letters.map(\.detail))::text[],
            \(letters.map(\.faults))::text[],
            \(letters.map { Int64($0.attempts) })::bigint[],
            \(letters.map { PropertiesJSON.clean($0.parcel.exchange) })::text[],
            \(letters.map { PropertiesJSON.clean($0.parcel.routingKey) })::text[],
            \(letters.map(\.sourceUser))::text[],
            \(try letters.map { try PropertiesJSON.encode($0.parcel.properties) })::text[],
            \(letters.map(\.parcel.body))::bytea[],
            \(letters.map { Int64($0.bodySize) })::bigint[],
            \(letters.map { Int64($0.replayCount) })::bigint[],
            \(letters.map(\.firstFailedAt))::timestamptz[]
        ) as u (
            queue, message_key, message_id, type, reason, detail, faults, attempts, exchange, routing_key, source_user,
            properties, body, body_size, replay_count, first_failed_at)
        on conflict (queue, message_key) where replayed_at is null and discarded_at is null do nothing
        returning id, reason = 'delivery_limit' and replay_count = 0 as is_suspect
        """
    }

    /// Newest first; without a limit all. Uses dead_letter_archived_at.
    func list(_ filter: DeadLetterFilter) -> SQL {
        """
        select
            id, queue, message_id, type, reason, detail, faults, attempts, source_user, body_size, replay_count,
            first_failed_at, archived_at, replayed_at, discarded_at
        from \(unescaped: schema).dead_letter
        where (\(filter.ids)::bigint[] is null or id = any (\(filter.ids)::bigint[]))
            and (\(filter.queue)::text is null or queue = \(filter.queue)::text)
            and (\(filter.reason)::text is null or reason = \(filter.reason)::text)
            and (\(filter.type)::text is null or type = \(filter.type)::text)
            and (
                \(filter.messageID)::text is null
                or message_id = \(filter.messageID)::text
                or message_key = \(filter.messageID.flatMap(UUID.init(uuidString:)))::uuid)
            and (\(filter.since)::timestamptz is null or archived_at >= \(filter.since)::timestamptz)
            and (\(filter.until)::timestamptz is null or archived_at < \(filter.until)::timestamptz)
            and (not \(filter.onlyOpen)::boolean or (replayed_at is null and discarded_at is null))
        order by archived_at desc, id desc
        limit \(filter.limit)::bigint
        """
    }

    func count(_ filter: DeadLetterFilter) -> SQL {
        """
        select count(*) as n
        from \(unescaped: schema).dead_letter
        where (\(filter.ids)::bigint[] is null or id = any (\(filter.ids)::bigint[]))
            and (\(filter.queue)::text is null or queue = \(filter.queue)::text)
            and (\(filter.reason)::text is null or reason = \(filter.reason)::text)
            and (\(filter.type)::text is null or type = \(filter.type)::text)
            and (
                \(filter.messageID)::text is null
                or message_id = \(filter.messageID)::text
                or message_key = \(filter.messageID.flatMap(UUID.init(uuidString:)))::uuid)
            and (\(filter.since)::timestamptz is null or archived_at >= \(filter.since)::timestamptz)
            and (\(filter.until)::timestamptz is null or archived_at < \(filter.until)::timestamptz)
            and (not \(filter.onlyOpen)::boolean or (replayed_at is null and discarded_at is null))
        """
    }

    func content(_ id: Int64) -> SQL {
        """
        select properties, body, exchange, routing_key
        from \(unescaped: schema).dead_letter
        where id = \(id)::bigint
        """
    }

    /// Marks open, whole letters as replayed and returns what has to be handled again.
    func takeForReplay(_ ids: [Int64]) -> SQL {
        """
        update \(unescaped: schema).dead_letter
        set replayed_at = now(),
            replay_count = replay_count + 1
        where id = any (\(ids)::bigint[])
            and replayed_at is null
            and discarded_at is null
            and body_size = octet_length(body)
        returning
            queue, message_key, type, exchange, routing_key, source_user, properties, body, replay_count,
            reason in ('delivery_limit', 'crashed')
        """
    }

    struct Replayed: Sendable {
        let queue: String
        let key: UUID
        let type: String?
        let exchange: String
        let routingKey: String
        let properties: MessageProperties
        let body: [UInt8]
        let count: Int
        /// It may end a process, and is handled alone.
        let isSuspect: Bool
    }

    func replayed(_ row: Row) throws -> Replayed {
        let (queue, key, type, exchange, routingKey, user, json, body, count, isSuspect) = try row.decode(
            String.self, UUID.self, String?.self, String.self, String.self, String?.self, JSON.self, [UInt8].self,
            Int.self, Bool.self)
        var properties = try PropertiesJSON.decode(json.bytes)
        properties.headers = properties.headers.filter { name, _ in
            !name.hasPrefix("paidan-dead-") && name != DeadCopy.HeaderName.userID && !name.hasPrefix("x-death")
                && !name.hasPrefix("x-first-death") && name != "x-delivery-count"
        }
        properties.headers[EnvelopeCodec.HeaderName.replay] = .int(Int64(count))
        properties.userID = user
        return Replayed(
            queue: queue, key: key, type: type, exchange: exchange, routingKey: routingKey, properties: properties,
            body: body, count: count, isSuspect: isSuspect)
    }

    /// Replayed messages are due at once in the deferred table, from where their consumer takes them.
    func deliverAgain(_ letters: [Replayed]) throws -> SQL {
        """
        insert into \(unescaped: schema).deferred (
            consumer, message_id, aggregate_id, aggregate_version, type, reason, taken, next_attempt_at, exchange,
            routing_key, properties, body)
        select
            u.queue, u.message_key, u.aggregate_id, u.aggregate_version, coalesce(u.type, ''), 'replay',
            u.is_suspect::int, now(), u.exchange, u.routing_key, u.properties::jsonb, u.body
        from unnest(
            \(letters.map(\.queue))::text[],
            \(letters.map(\.key))::uuid[],
            \(letters.map { Self.aggregate(of: $0.properties)?.id })::uuid[],
            \(letters.map { Self.aggregate(of: $0.properties)?.version })::bigint[],
            \(letters.map(\.type))::text[],
            \(letters.map(\.isSuspect))::boolean[],
            \(letters.map(\.exchange))::text[],
            \(letters.map(\.routingKey))::text[],
            \(try letters.map { try PropertiesJSON.encode($0.properties) })::text[],
            \(letters.map(\.body))::bytea[]
        ) as u (
            queue, message_key, aggregate_id, aggregate_version, type, is_suspect, exchange, routing_key, properties,
            body)
        on conflict (consumer, message_id) do update
        set next_attempt_at = now(),
            attempts = 0,
            taken = excluded.taken
        """
    }

    private static func aggregate(of properties: MessageProperties) -> (id: UUID, version: Int64)? {
        // A message without a readable envelope has no place in an order.
        (try? EnvelopeCodec.envelope(of: properties))?.aggregate.map { ($0.id, $0.version) }
    }

    func discard(_ ids: [Int64]) -> SQL {
        """
        update \(unescaped: schema).dead_letter
        set discarded_at = now()
        where id = any (\(ids)::bigint[])
            and replayed_at is null
            and discarded_at is null
        """
    }
}
