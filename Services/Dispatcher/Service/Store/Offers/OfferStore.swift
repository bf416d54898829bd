import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Postgres

/// Reads and writes tables work_offer and work_offer_answer.
enum OfferStore {
    static let columns = """
        f.id, f.work_order, f.visit, f.entry, f.kind, f.department, f.role, f.level::bigint as level, f.asked, f.asked_names,
        f.station, f.offered_at, f.offered_by, f.offered_by_name, f.from_id, f.from_name, f.expires_at,
        f.outcome, f.ended_at, f.ended_by, f.ended_by_name,
        array(select staff from dispatch.work_offer_answer where offer = f.id order by at, staff) as answer_staff,
        array(select staff_name from dispatch.work_offer_answer where offer = f.id order by at, staff) as answer_names,
        array(select at from dispatch.work_offer_answer where offer = f.id order by at, staff) as answer_times,
        array(select reason from dispatch.work_offer_answer where offer = f.id order by at, staff) as answer_reasons,
        array(select coalesce(note, '') from dispatch.work_offer_answer where offer = f.id order by at, staff) as answer_notes
        """

    /// Those that are open, of these work orders.
    static func open(of orders: [ID<WorkOrder>]) -> SQL {
        """
        select \(unescaped: columns)
        from dispatch.work_offer f
        where f.work_order = any(\(orders.map(\.value))::uuid[])
          and f.ended_at is null
        """
    }

    static func find(_ ids: [ID<WorkOffer>]) -> SQL {
        """
        select \(unescaped: columns)
        from dispatch.work_offer f
        where f.id = any(\(ids.map(\.value))::uuid[])
        """
    }

    /// All of a work order, the last first.
    static func history(of order: ID<WorkOrder>) -> SQL {
        """
        select \(unescaped: columns)
        from dispatch.work_offer f
        where f.work_order = \(order.value)
        order by f.offered_at desc, f.id
        limit 200
        """
    }

    /// What is put before this person and waits for his word, with what the job is about, the oldest first.
    static func waiting(for staff: StaffActor, limit: Int) -> SQL {
        """
        select \(unescaped: columns), o.ticket_number, o.subject, o.address
        from dispatch.work_offer f
        join dispatch.work_order o on o.id = f.work_order
        where f.ended_at is null
          and (f.asked @> array[\(staff.person.id.value)::uuid]
            or f.station = any(\(staff.stations.sorted())::text[])
            or (f.asked = '{}' and f.station is null and f.department = any(\(staff.departments.sorted())::text[])
              and (f.role is null or f.role = any(\(staff.roles.sorted())::text[])) and f.level <= \(Int64(staff.level))))
          and not exists (
            select from dispatch.work_offer_answer a
            where a.offer = f.id
              and a.staff = \(staff.person.id.value)
              and a.reason <> \(OfferRefusal.atCapacity.rawValue))
        order by f.offered_at, f.id
        limit \(limit)
        """
    }

    /// Whether somebody of the role is not on leave and has no shifts planned, so that he is taken to be there: found at once
    /// where no shifts are kept.
    static func isAnybodyUnplanned(_ role: RoleReference, departments: [String], now: Date) -> SQL {
        """
        select exists (
          select from dispatch.staff s
          where s.active
            and s.department = any(\(departments)::text[])
            and (\(role.role) = any(s.roles)
              or exists (select from dispatch.work_role r where r.staff = s.id and r.role = \(role.role)))
            and coalesce(s.level, 1) >= \(Int64(role.level))
            and not exists (
              select from dispatch.leave l
              where l.staff = s.id
                and l.state = 'approved'
                and l.starts_at <= \(now)
                and l.ends_at > \(now))
            and not exists (
              select from dispatch.shift_day d
              where d.staff = s.id
                and d.day between (\(now)::timestamptz at time zone 'UTC')::date - 1
                  and (\(now)::timestamptz at time zone 'UTC')::date + 8))
        """
    }

    static func offer(_ row: Row) throws -> WorkOffer {
        let visit: Int32? = try row.value("visit")
        let role: String? = try row.value("role")
        let level: Int64 = try row.value("level")
        let entry: Int32 = try row.value("entry")
        let outcome: String? = try row.value("outcome")
        let endedBy = try person(row.value("ended_by"), row.value("ended_by_name"))
        let end = try both(outcome.flatMap(OfferEnd.Outcome.init), row.value("ended_at")).map {
            OfferEnd($0, at: $1, by: endedBy)
        }
        return WorkOffer(
            id: ID(try row.value("id") as UUID), order: ID(try row.value("work_order") as UUID),
            scope: visit.map { .visit(Int($0)) } ?? .work, entry: Int(entry),
            kind: WorkOffer.Kind(rawValue: try row.value("kind")) ?? .pool, department: try row.value("department"),
            role: role.map { RoleReference($0, level: Int(level)) },
            asked: people(try row.value("asked"), try row.value("asked_names")), station: try row.value("station"),
            offeredAt: try row.value("offered_at"),
            offeredBy: try person(row.value("offered_by"), row.value("offered_by_name")),
            from: try person(row.value("from_id"), row.value("from_name")), expiresAt: try row.value("expires_at"),
            answers: try answers(row), end: end)
    }

    private static func answers(_ row: Row) throws -> [OfferAnswer] {
        let staff = people(try row.value("answer_staff"), try row.value("answer_names"))
        let times: [Date] = try row.value("answer_times")
        let reasons: [String] = try row.value("answer_reasons")
        let notes: [String] = try row.value("answer_notes")
        return staff.indices.map { index in
            OfferAnswer(
                staff: staff[index], at: times[index], reason: OfferRefusal(rawValue: reasons[index]) ?? .other,
                note: notes[index].isEmpty ? nil : notes[index])
        }
    }

    private static func people(_ ids: [UUID], _ names: [String]) -> [Person] {
        zip(ids, names).map { Person(id: ID($0), name: $1) }
    }

    private static func person(_ id: UUID?, _ name: String?) -> Person? {
        both(id, name).map { Person(id: ID($0), name: $1) }
    }

    private static func both<One, Other>(_ one: One?, _ other: Other?) -> (One, Other)? {
        guard let one, let other else { return nil }
        return (one, other)
    }
}
