import Foundation
import Postgres

/// A timer that is set, moved, or (without a time) cancelled.
struct TimerChange: Sendable, Hashable {
    let kind: String
    let subject: UUID
    let dueAt: Date?
}

/// All SQL of timers.
struct TimerStore: Sendable {
    let schema: String

    /// The last word about each timer counts.
    func set(_ changes: [TimerChange]) -> SQL {
        struct Key: Hashable {
            let kind: String
            let subject: UUID
        }
        var last: [Key: Date?] = [:]
        for change in changes { last[Key(kind: change.kind, subject: change.subject)] = .some(change.dueAt) }
        let wanted = Array(last)
        return """
            select \(unescaped: schema).set_timers(
                \(wanted.map(\.key.kind))::text[],
                \(wanted.map(\.key.subject))::uuid[],
                \(wanted.map(\.value))::timestamptz[])
            """
    }

    /// Fires due timers of `kinds`; those that another instance fires at the moment are skipped. Uses timer_pending.
    func fire(kinds: [String], limit: Int) -> SQL {
        """
        with due as (
            select id
            from \(unescaped: schema).timer
            where fired_at is null
                and cancelled_at is null
                and wake_at <= \(unescaped: schema).suite_now()
                and kind = any (\(kinds)::text[])
            order by wake_at
            limit \(limit)::bigint
            for update skip locked
        )
        update \(unescaped: schema).timer t
        set fired_at = now()
        from due
        where t.id = due.id
        returning t.id, t.kind, t.subject_id, t.generation, t.due_at, \(unescaped: schema).suite_now() as now
        """
    }

    /// Fires one, if it is still pending and free.
    func fire(_ id: UUID) -> SQL {
        """
        with due as (
            select id
            from \(unescaped: schema).timer
            where id = \(id)::uuid
                and fired_at is null
                and cancelled_at is null
            for update skip locked
        )
        update \(unescaped: schema).timer t
        set fired_at = now()
        from due
        where t.id = due.id
        returning t.id, t.kind, t.subject_id, t.generation, t.due_at, \(unescaped: schema).suite_now() as now
        """
    }

    /// 10 s after the first failure, doubling to an hour.
    func postpone(_ id: UUID, error: String) -> SQL {
        """
        update \(unescaped: schema).timer
        set attempts = attempts + 1,
            wake_at = \(unescaped: schema).suite_now()
                + least(interval '1 hour', interval '10 seconds' * power(2, least(attempts, 20))),
            last_error = \(String(error.prefix(500)))::text
        where id = \(id)::uuid
            and fired_at is null
        """
    }

    /// Ids of the due ones, to try them one by one.
    func dueIDs(kinds: [String], limit: Int) -> SQL {
        """
        select id
        from \(unescaped: schema).timer
        where fired_at is null
            and cancelled_at is null
            and wake_at <= \(unescaped: schema).suite_now()
            and kind = any (\(kinds)::text[])
        order by wake_at
        limit \(limit)::bigint
        """
    }

    /// Seconds until the next one is due.
    func next(kinds: [String]) -> SQL {
        """
        select extract(epoch from wake_at - (clock_timestamp() + c.shift))::double precision as seconds
        from \(unescaped: schema).timer
        cross join \(unescaped: schema).clock c
        where fired_at is null
            and cancelled_at is null
            and kind = any (\(kinds)::text[])
        order by wake_at
        limit 1
        """
    }
}
