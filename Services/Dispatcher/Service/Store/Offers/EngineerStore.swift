import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Postgres

/// Reads who may be sent, with all that speaks for and against it: in one round trip, however many there are.
struct EngineerStore: Sendable {
    /// Days before and after the moment whose shifts are read.
    private static let daysBefore = 1
    private static let daysAfter = 8
    /// More than these are not looked at.
    private static let most: Int64 = 2000

    /// Active staff of a role, in these departments.
    ///
    /// Runs as the service: who may know of them the caller decides by the departments.
    ///
    /// - Parameter order: the work whose refusals count; nil: none do.
    func find(
        _ role: RoleReference, departments: [String], for order: ID<WorkOrder>?, now: Date, in transaction: Transaction
    ) async throws -> [Engineer] {
        try await read(
            """
            select s.id
            from dispatch.staff s
            where s.active
              and s.department = any(\(departments)::text[])
              and (\(role.role) = any(s.roles)
                or exists (select from dispatch.work_role r where r.staff = s.id and r.role = \(role.role)))
              and coalesce(s.level, 1) >= \(Int64(role.level))
            order by s.id
            limit \(Self.most)
            """, for: order, now: now, in: transaction)
    }

    /// These people, as far as they are active.
    func find(
        _ staff: [ID<Staff>], for order: ID<WorkOrder>?, now: Date, in transaction: Transaction
    ) async throws -> [Engineer] {
        try await read(
            "select id from dispatch.staff where active and id = any(\(staff.map(\.value))::uuid[])", for: order,
            now: now,
            in: transaction)
    }

    private func read(
        _ ids: SQL, for order: ID<WorkOrder>?, now: Date, in transaction: Transaction
    ) async throws -> [Engineer] {
        let found: [UUID] = try await transaction.query(ids).map { try $0.decode(UUID.self) }
        guard !found.isEmpty else { return [] }
        let results = try await transaction.pipeline([
            Self.people(found, for: order, now: now), Self.skills(of: found, now: now),
            Self.shifts(of: found, now: now),
            Self.leaves(of: found, now: now), Self.duties(of: found, now: now), Self.zones,
            Self.visits(of: found, now: now),
        ])
        let zones = try Self.zones(results[5])
        var skills: [UUID: [String: Int]] = [:]
        for row in results[1] {
            let (staff, skill, level) = try row.decode(UUID.self, String.self, Int64.self)
            skills[staff, default: [:]][skill] = Int(level)
        }
        var home: [UUID: TimeZone] = [:]
        for row in results[0] {
            home[try row.value("id")] = zones[try row.value("department")] ?? Self.standardZone
        }
        var planned = try Self.shifts(results[2], home)
        let leaves = try Self.spans(results[3])
        for (staff, duties) in try Self.spans(results[4]) where planned[staff] != nil { planned[staff]? += duties }
        let visits = try Self.spans(results[6])
        return try results[0].map { row in
            let (id, name, department, roles, level, open, accepted, hasLimits, most, hourly, refusedAt) =
                try row.decode(
                    UUID.self, String.self, String.self, [String].self, Int64.self, Int64.self, Int64.self, Bool.self,
                    Int32?.self, Int32?.self, Date?.self)
            return Engineer(
                person: Person(id: ID(id), name: name), roles: Set(roles), level: Int(level), department: department,
                zone: home[id] ?? Self.standardZone, skills: skills[id] ?? [:], planned: planned[id].map(Span.union),
                leaves: leaves[id] ?? [], visits: visits[id] ?? [], open: Int(open), acceptedLately: Int(accepted),
                limits: hasLimits ? EngineerLimits(open: most.map(Int.init), hourly: hourly.map(Int.init)) : nil,
                refusedAt: refusedAt)
        }
    }

    private static func people(_ ids: [UUID], for order: ID<WorkOrder>?, now: Date) -> SQL {
        """
        with each as (
          select owner_id as staff, count(*) as jobs
          from dispatch.work_order
          where closed_at is null
            and owner_id = any(\(ids)::uuid[])
          group by owner_id
          union all
          select v.owner_id, count(distinct v.work_order)
          from dispatch.work_visit v
          where v.outcome is null
            and v.owner_id = any(\(ids)::uuid[])
            and not exists (
              select from dispatch.work_order o
              where o.id = v.work_order
                and o.owner_id = v.owner_id
                and o.closed_at is null)
          group by v.owner_id
        ), load as (
          select staff, sum(jobs)::bigint as jobs
          from each
          group by staff
        ), lately as (
          select ended_by as staff, count(*) as jobs
          from dispatch.work_offer
          where outcome = 'accepted'
            and ended_by = any(\(ids)::uuid[])
            and ended_at > \(now.addingTimeInterval(-3600))
          group by ended_by
        ), refusal as (
          select a.staff, max(a.at) as at
          from dispatch.work_offer f
          join dispatch.work_offer_answer a on a.offer = f.id
          where f.work_order = \(order?.value)::uuid
            and a.reason <> 'at-capacity'
          group by a.staff
        )
        select s.id, s.name, s.department, s.roles || array(select role from dispatch.work_role where staff = s.id),
          coalesce(s.level, 1)::bigint, coalesce(load.jobs, 0), coalesce(lately.jobs, 0), m.staff is not null, m.most_open,
          m.hourly, refusal.at
        from dispatch.staff s
        left join load on load.staff = s.id
        left join lately on lately.staff = s.id
        left join refusal on refusal.staff = s.id
        left join dispatch.engineer_limits m on m.staff = s.id
        where s.id = any(\(ids)::uuid[])
        """
    }

    private static func skills(of ids: [UUID], now: Date) -> SQL {
        """
        select staff, skill, level::bigint
        from dispatch.staff_skill
        where staff = any(\(ids)::uuid[])
          and (until is null or until >= (\(now)::timestamptz at time zone 'UTC')::date)
        """
    }

    /// One row for all who work the same shift on a day; hours are looked up when there are few rows left.
    private static func shifts(of ids: [UUID], now: Date) -> SQL {
        """
        with same as materialized (
          select day, shift, array_agg(staff) as staff
          from dispatch.shift_day
          where staff = any(\(ids)::uuid[])
            and day between (\(now)::timestamptz at time zone 'UTC')::date - \(daysBefore)::int
            and (\(now)::timestamptz at time zone 'UTC')::date + \(daysAfter)::int
          group by day, shift
        )
        select to_char(s.day, 'YYYY-MM-DD'), h.hours, s.staff
        from same s
        join dispatch.shift h on h.code = s.shift
        """
    }

    private static func leaves(of ids: [UUID], now: Date) -> SQL {
        """
        select staff, starts_at, ends_at
        from dispatch.leave
        where staff = any(\(ids)::uuid[])
          and state = 'approved'
          and ends_at > \(now)
          and starts_at < \(now.addingTimeInterval(Double(daysAfter) * 86_400))
        """
    }

    private static func duties(of ids: [UUID], now: Date) -> SQL {
        """
        select staff, starts_at, ends_at
        from dispatch.duty
        where staff = any(\(ids)::uuid[])
          and ends_at > \(now)
          and starts_at < \(now.addingTimeInterval(Double(daysAfter) * 86_400))
        """
    }

    /// Appointments of open visits, with the way to and from them; the lead's are of whoever has the visit now.
    private static func visits(of ids: [UUID], now: Date) -> SQL {
        """
        select case when b.place = 0 then coalesce(v.owner_id, b.staff) else b.staff end,
          b.starts_at - make_interval(secs => \(AppointmentRules.travel)),
          b.ends_at + make_interval(secs => \(AppointmentRules.travel))
        from dispatch.appointment_booking b
        join dispatch.work_visit v on v.work_order = b.work_order and v.number = b.visit
        where v.outcome is null
          and (b.staff = any(\(ids)::uuid[]) or v.owner_id = any(\(ids)::uuid[]))
          and b.ends_at > \(now)
          and b.starts_at < \(now.addingTimeInterval(Double(daysAfter) * 86_400))
        """
    }

    private static let zones: SQL = """
        with recursive zone (code, time_zone) as (
          select code, time_zone
          from dispatch.department
          where parent is null
          union all
          select d.code, coalesce(d.time_zone, z.time_zone)
          from dispatch.department d
          join zone z on z.code = d.parent
        )
        select code, time_zone
        from zone
        """

    /// Where a department and all above it say nothing.
    static let standardZone = TimeZone(identifier: "Asia/Shanghai") ?? .gmt

    /// That of a department, as the one above says where it says nothing itself.
    func zone(of department: String, in transaction: Transaction) async throws -> TimeZone {
        try Self.zones(try await transaction.query(Self.zones))[department] ?? Self.standardZone
    }

    private static func zones(_ rows: QueryResult) throws -> [String: TimeZone] {
        var zones: [String: TimeZone] = [:]
        for row in rows {
            let (code, name) = try row.decode(String.self, String?.self)
            zones[code] = name.flatMap { TimeZone(identifier: $0) } ?? standardZone
        }
        return zones
    }

    private static func shifts(_ rows: QueryResult, _ home: [UUID: TimeZone]) throws -> [UUID: [Span]] {
        var planned: [UUID: [Span]] = [:]
        for row in rows {
            let (dayText, hoursText, staff) = try row.decode(String.self, String.self, [UUID].self)
            guard let day = LocalDay(dayText), let hours = ShiftHours(hoursText) else {
                throw ShiftStore.Unreadable(text: "\(dayText) \(hoursText)")
            }
            var known: [TimeZone: [Span]] = [:]
            for one in staff {
                let zone = home[one] ?? standardZone
                let spans = known[zone] ?? hours.spans(on: day, in: zone)
                known[zone] = spans
                planned[one, default: []] += spans
            }
        }
        return planned
    }

    private static func spans(_ rows: QueryResult) throws -> [UUID: [Span]] {
        var spans: [UUID: [Span]] = [:]
        for row in rows {
            let (staff, start, end) = try row.decode(UUID.self, Date.self, Date.self)
            if let span = Span(start, end) { spans[staff, default: []].append(span) }
        }
        return spans
    }
}
