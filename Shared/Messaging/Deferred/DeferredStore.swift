import Foundation
import Postgres

/// SQL about deferred messages of all consumers, and about what has grown old.
struct DeferredStore: Sendable {
    let schema: String

    /// Consumers that have something due. Uses deferred_due once for each.
    func due(_ consumers: [String]) -> SQL {
        """
        select c.name
        from unnest(\(consumers)::text[]) as c (name)
        where exists (
            select from \(unescaped: schema).deferred
            where consumer = c.name
                and next_attempt_at <= now()
        )
        """
    }

    var counts: SQL {
        """
        select
            consumer, reason, count(*) as rows, extract(epoch from now() - min(first_at))::double precision as age
        from \(unescaped: schema).deferred
        group by consumer, reason
        """
    }

    /// The first message behind each gap that has lasted for ten seconds, and the version that is missing; twenty of them.
    /// Uses deferred_gap.
    func gaps(_ consumers: [String]) -> SQL {
        """
        select distinct on (d.consumer, d.aggregate_id)
            d.consumer, d.aggregate_id, d.message_id, coalesce(p.last_version, 0) + 1 as missing
        from \(unescaped: schema).deferred d
        left join \(unescaped: schema).stream_position p
            on p.consumer = d.consumer and p.aggregate_id = d.aggregate_id
        where d.consumer = any (\(consumers)::text[])
            and d.reason = 'gap'
            and d.first_at < now() - interval '10 s'
        order by d.consumer, d.aggregate_id, d.aggregate_version
        limit 20
        """
    }

    /// Dead letters that nobody has decided on. Uses dead_letter_open.
    var openLetters: SQL {
        """
        select queue, count(*) as rows, extract(epoch from now() - min(archived_at))::double precision as age
        from \(unescaped: schema).dead_letter
        where replayed_at is null
            and discarded_at is null
        group by queue
        """
    }

    /// Timers that should have fired by now, and for how many seconds the first. Uses timer_pending.
    var overdueTimers: SQL {
        """
        select
            count(*) as rows,
            coalesce(extract(epoch from \(unescaped: schema).suite_now() - min(wake_at)), 0)::double precision as age
        from \(unescaped: schema).timer
        where fired_at is null
            and cancelled_at is null
            and wake_at <= \(unescaped: schema).suite_now()
        """
    }

    static let trimLimit = 2000

    /// What is older than the tables remember, `trimLimit` rows of each. Uses inbox_received_at, outbox_sent_pkey,
    /// timer_over.
    var trim: [SQL] {
        [
            """
            delete from \(unescaped: schema).inbox
            where ctid = any (array(
                select ctid
                from \(unescaped: schema).inbox
                where received_at < now() - interval '30 days'
                order by received_at
                limit 2000))
            """,
            """
            delete from \(unescaped: schema).outbox_sent
            where ctid = any (array(
                select ctid
                from \(unescaped: schema).outbox_sent
                where sent_at < now() - interval '3 days'
                order by sent_at
                limit 2000))
            """,
            """
            delete from \(unescaped: schema).timer
            where id = any (array(
                select id
                from \(unescaped: schema).timer
                where (fired_at is not null or cancelled_at is not null)
                    and least(fired_at, cancelled_at) < now() - interval '30 days'
                order by least(fired_at, cancelled_at)
                limit 2000))
            """,
        ]
    }
}
