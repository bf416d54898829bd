import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Postgres

extension OfferStore {
    /// One that is there already stays as it is.
    static func insert(_ offers: [WorkOffer]) -> SQL {
        """
        insert into dispatch.work_offer (
          id, work_order, visit, entry, kind, department, role, level, asked, asked_names, station, offered_at, offered_by,
          offered_by_name, from_id, from_name, expires_at)
        select id, work_order, visit, entry, kind, department, role, level,
          coalesce(string_to_array(asked, ' ')::uuid[], '{}'), coalesce(string_to_array(names, chr(31)), '{}'), station,
          offered_at, offered_by, offered_by_name, from_id, from_name, expires_at
        from unnest(
          \(offers.map(\.id.value))::uuid[],
          \(offers.map(\.order.value))::uuid[],
          \(offers.map { $0.scope.visitNumber.map(Int64.init) })::bigint[],
          \(offers.map { Int64($0.entry) })::bigint[],
          \(offers.map(\.kind.rawValue))::text[],
          \(offers.map(\.department))::text[],
          \(offers.map(\.role?.role))::text[],
          \(offers.map { Int64($0.role?.level ?? 1) })::bigint[],
          \(offers.map { list($0.asked.map(\.id.description), " ") })::text[],
          \(offers.map { list($0.asked.map(\.name), "\u{1F}") })::text[],
          \(offers.map(\.station))::text[],
          \(offers.map(\.offeredAt))::timestamptz[],
          \(offers.map(\.offeredBy?.id.value))::uuid[],
          \(offers.map(\.offeredBy?.name))::text[],
          \(offers.map(\.from?.id.value))::uuid[],
          \(offers.map(\.from?.name))::text[],
          \(offers.map(\.expiresAt))::timestamptz[]
        ) as t (
          id, work_order, visit, entry, kind, department, role, level, asked, names, station, offered_at, offered_by,
          offered_by_name, from_id, from_name, expires_at)
        on conflict do nothing
        """
    }

    /// Arrays of arrays are rectangles in PostgreSQL, so a list within a list travels as a text.
    private static func list(_ parts: [String], _ separator: String) -> String? {
        parts.isEmpty ? nil : parts.joined(separator: separator)
    }

    /// The first end stands.
    static func end(_ ended: [(offer: ID<WorkOffer>, end: OfferEnd)]) -> SQL {
        """
        update dispatch.work_offer f
        set outcome = t.outcome,
          ended_at = t.ended_at,
          ended_by = t.ended_by,
          ended_by_name = t.ended_by_name
        from unnest(
          \(ended.map(\.offer.value))::uuid[],
          \(ended.map(\.end.outcome.rawValue))::text[],
          \(ended.map(\.end.at))::timestamptz[],
          \(ended.map(\.end.by?.id.value))::uuid[],
          \(ended.map(\.end.by?.name))::text[]
        ) as t (id, outcome, ended_at, ended_by, ended_by_name)
        where f.id = t.id
          and f.ended_at is null
        """
    }

    /// Somebody's last word on an offer.
    static func answer(_ answer: OfferAnswer, to offer: ID<WorkOffer>) -> SQL {
        """
        insert into dispatch.work_offer_answer (offer, staff, staff_name, at, reason, note)
        values (
          \(offer.value), \(answer.staff.id.value), \(answer.staff.name), \(answer.at), \(answer.reason.rawValue),
          \(answer.note))
        on conflict (offer, staff) do update
        set at = excluded.at,
          reason = excluded.reason,
          note = excluded.note
        """
    }

    /// Those who are asked by name are told.
    static func tellAsked(_ offers: [(offer: WorkOffer, step: String)]) -> SQL {
        let lines = offers.flatMap { line in line.offer.asked.map { (line.offer, line.step, $0) } }
        return """
            insert into dispatch.work_notice (
              work_order, at, recipient, staff, station, department, occasion, visit, step)
            select work_order, at, 'asked', staff, null, department, 'offered', visit, step
            from unnest(
              \(lines.map(\.0.order.value))::uuid[],
              \(lines.map(\.0.offeredAt))::timestamptz[],
              \(lines.map(\.2.id.value))::uuid[],
              \(lines.map(\.0.department))::text[],
              \(lines.map { $0.0.scope.visitNumber.map(Int64.init) })::bigint[],
              \(lines.map(\.1))::text[]
            ) as t (work_order, at, staff, department, visit, step)
            """
    }

    /// Nobody of the pool is at work: whoever is on duty is told, wherever in the departments above.
    static func tellDuty(_ offers: [(offer: WorkOffer, step: String)], at time: Date) -> SQL {
        """
        with recursive above (work_order, visit, step, department, code) as (
          select t.work_order, t.visit, t.step, t.department, t.department
          from unnest(
            \(offers.map(\.offer.order.value))::uuid[],
            \(offers.map { $0.offer.scope.visitNumber.map(Int64.init) })::bigint[],
            \(offers.map(\.step))::text[],
            \(offers.map(\.offer.department))::text[]
          ) as t (work_order, visit, step, department)
          union
          select a.work_order, a.visit, a.step, a.department, d.parent
          from above a
          join dispatch.department d on d.code = a.code
          where d.parent is not null
        )
        insert into dispatch.work_notice (
          work_order, at, recipient, staff, station, department, occasion, visit, step)
        select distinct a.work_order, \(time)::timestamptz, 'duty', y.staff, null::text, a.department, 'nobody-there', a.visit,
          a.step
        from above a
        join dispatch.duty y on y.department = a.code and y.starts_at <= \(time) and y.ends_at > \(time)
        """
    }

    /// Those who have room again hear of what they were turned away from.
    static func sweep(_ freed: [ID<Staff>], at time: Date) -> SQL {
        """
        with again as (
          delete from dispatch.work_offer_answer a
          using dispatch.work_offer f
          where f.id = a.offer
            and f.ended_at is null
            and a.reason = \(OfferRefusal.atCapacity.rawValue)
            and a.staff = any(\(freed.map(\.value))::uuid[])
          returning a.staff, f.work_order, f.department, f.visit
        )
        insert into dispatch.work_notice (
          work_order, at, recipient, staff, station, department, occasion, visit, step)
        select g.work_order, \(time)::timestamptz, 'asked', g.staff, null::text, g.department, 'offered-again', g.visit, o.step
        from again g
        join dispatch.work_order o on o.id = g.work_order
        """
    }
}
