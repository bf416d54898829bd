import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Postgres

/// Reads and writes tables shift and shift_day.
struct ShiftStore: Sendable {
    /// A day of somebody's plan.
    struct Planned: Sendable {
        let staff: Person
        let department: String
        let day: LocalDay
        let shift: String
        let hours: ShiftHours
    }

    /// What a table holds that this version cannot read: written by a newer one, or by hand.
    struct Unreadable: Error {
        let text: String
    }

    /// By code; those of the departments.
    func list(departments: [String], in transaction: Transaction) async throws -> [Shift] {
        try await transaction.query(
            """
            select code, department, name_zh, name_en, hours, active
            from dispatch.shift
            where department = any(\(departments)::text[])
            order by code
            """
        ).map(Self.shift)
    }

    func find(_ codes: [String], in transaction: Transaction) async throws -> [Shift] {
        try await transaction.query(
            """
            select code, department, name_zh, name_en, hours, active
            from dispatch.shift
            where code = any(\(codes)::text[])
            """
        ).map(Self.shift)
    }

    /// - Returns: false when another department, out of the caller's sight, has the code.
    func keep(_ shift: Shift, in transaction: Transaction) async throws -> Bool {
        do {
            return try await transaction.query(
                """
                insert into dispatch.shift (code, department, name_zh, name_en, hours, active)
                values (
                  \(shift.code), \(shift.department), \(shift.name.zh), \(shift.name.en), \(shift.hours.text),
                  \(shift.isActive))
                on conflict (code) do update
                set department = excluded.department,
                  name_zh = excluded.name_zh,
                  name_en = excluded.name_en,
                  hours = excluded.hours,
                  active = excluded.active
                """
            ).affected == 1
        } catch let error as PostgresError where error.kind == .insufficientPrivilege {
            return false
        }
    }

    /// - Parameter staff: nil: everybody of the departments.
    func plan(
        of staff: ID<Staff>? = nil, departments: [String]? = nil, from first: LocalDay, through last: LocalDay,
        in transaction: Transaction
    ) async throws -> [Planned] {
        try await transaction.query(
            """
            select s.id, s.name, s.department, to_char(d.day, 'YYYY-MM-DD'), d.shift, h.hours
            from dispatch.shift_day d
            join dispatch.staff s on s.id = d.staff
            join dispatch.shift h on h.code = d.shift
            where d.day between \(first.text)::date and \(last.text)::date
              and (\(staff?.value)::uuid is null or d.staff = \(staff?.value)::uuid)
              and (\(departments)::text[] is null or s.department = any(\(departments)::text[]))
            order by d.day, s.department, s.name, s.id
            limit 20000
            """
        ).map { row in
            let (id, name, department, dayText, shift, hoursText) = try row.decode(
                ID<Staff>.self, String.self, String.self, String.self, String.self, String.self)
            guard let day = LocalDay(dayText), let hours = ShiftHours(hoursText) else {
                throw Unreadable(text: "\(dayText) \(hoursText)")
            }
            return Planned(
                staff: Person(id: id, name: name), department: department, day: day, shift: shift, hours: hours)
        }
    }

    /// Makes the plan of these days just what is given: a day without a shift is free.
    func replace(
        _ days: [(staff: ID<Staff>, day: LocalDay, shifts: [String])], in transaction: Transaction
    ) async throws {
        let flat = days.flatMap { day in day.shifts.map { (day.staff.value, day.day.text, $0) } }
        try await transaction.pipeline([
            """
            delete from dispatch.shift_day d
            using unnest(
              \(days.map(\.staff.value))::uuid[], \(days.map(\.day.text))::text[]
            ) as t (staff, day)
            where d.staff = t.staff
              and d.day = t.day::date
            """,
            """
            insert into dispatch.shift_day (staff, day, shift)
            select staff, day::date, shift
            from unnest(
              \(flat.map(\.0))::uuid[], \(flat.map(\.1))::text[], \(flat.map(\.2))::text[]
            ) as t (staff, day, shift)
            on conflict do nothing
            """,
        ])
    }

    private static func shift(_ row: Row) throws -> Shift {
        let (code, department, chinese, english, hours, active) = try row.decode(
            String.self, String.self, String.self, String.self, String.self, Bool.self)
        guard let read = ShiftHours(hours) else { throw Unreadable(text: hours) }
        return Shift(
            code: code, department: department, name: Phrase(zh: chinese, en: english), hours: read, isActive: active)
    }
}
