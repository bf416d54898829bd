import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Postgres

/// Reads and writes tables appointment and appointment_booking.
struct AppointmentStore: Sendable {
    struct Kept: Sendable {
        /// One more with each change.
        let sequence: Int
        let appointment: Appointment
        let changedAt: Date
    }

    /// Whoever books comes one after the other, so that nobody is booked twice; until the transaction ends.
    func takeTurn(in transaction: Transaction) async throws {
        try await transaction.query("select pg_advisory_xact_lock(7303)")
    }

    func find(_ order: ID<WorkOrder>, visit: Int, in transaction: Transaction) async throws -> Kept? {
        let rows = try await transaction.query(
            """
            select a.sequence, a.starts_at, a.length, a.days, a.window_start, a.window_end, a.access, a.time_zone,
              a.changed_at
            from dispatch.appointment a
            where a.work_order = \(order.value)
              and a.visit = \(visit)
            """)
        guard
            let (sequence, start, length, days, from, until, access, zone, changedAt) = try rows.first?.decode(
                Int32.self, Date.self, Int32.self, Int32.self, Date.self, Date.self, String?.self, String.self,
                Date.self),
            let window = Span(from, until)
        else { return nil }
        let crew = try await transaction.query(
            """
            select s.id, s.name
            from dispatch.appointment_booking b
            join dispatch.staff s on s.id = b.staff
            where b.work_order = \(order.value)
              and b.visit = \(visit)
            group by s.id, s.name, b.place
            order by b.place
            """
        ).map { row in
            let (id, name) = try row.decode(ID<Staff>.self, String.self)
            return Person(id: id, name: name)
        }
        return Kept(
            sequence: Int(sequence),
            appointment: Appointment(
                start: start, length: Double(length), days: Int(days), window: window,
                access: access.flatMap { ShiftHours($0) },
                zone: TimeZone(identifier: zone) ?? EngineerStore.standardZone, crew: crew),
            changedAt: changedAt)
    }

    /// Time of these people that other open visits take; the lead's goes with whoever has the visit now.
    func booked(
        _ staff: [ID<Staff>], except order: ID<WorkOrder>, visit: Int, within: Span, in transaction: Transaction
    ) async throws -> [ID<Staff>: [Span]] {
        var booked: [ID<Staff>: [Span]] = [:]
        for row in try await transaction.query(
            """
            select case when b.place = 0 then coalesce(v.owner_id, b.staff) else b.staff end, b.starts_at, b.ends_at
            from dispatch.appointment_booking b
            join dispatch.work_visit v on v.work_order = b.work_order and v.number = b.visit
            where v.outcome is null
              and (b.staff = any(\(staff.map(\.value))::uuid[]) or v.owner_id = any(\(staff.map(\.value))::uuid[]))
              and not (b.work_order = \(order.value) and b.visit = \(visit))
              and b.starts_at < \(within.end)
              and b.ends_at > \(within.start)
            """)
        {
            let (person, start, end) = try row.decode(ID<Staff>.self, Date.self, Date.self)
            if let span = Span(start, end) { booked[person, default: []].append(span) }
        }
        return booked
    }

    /// With the next sequence, and nothing but its own bookings.
    func keep(
        _ appointment: Appointment, of order: ID<WorkOrder>, visit: Int, at now: Date, in transaction: Transaction
    ) async throws {
        let times = appointment.crew.enumerated().flatMap { place, person in
            appointment.parts.map { (person.id.value, Int64(place), $0) }
        }
        try await transaction.pipeline([
            """
            insert into dispatch.appointment (
              work_order, visit, sequence, starts_at, length, days, window_start, window_end, access, time_zone,
              changed_at)
            values (
              \(order.value), \(visit), 0, \(appointment.start), \(Int(appointment.length)), \(appointment.days),
              \(appointment.window.start), \(appointment.window.end), \(appointment.access?.text),
              \(appointment.zone.identifier), \(now))
            on conflict (work_order, visit) do update
            set sequence = appointment.sequence + 1,
              starts_at = excluded.starts_at,
              length = excluded.length,
              days = excluded.days,
              window_start = excluded.window_start,
              window_end = excluded.window_end,
              access = excluded.access,
              time_zone = excluded.time_zone,
              changed_at = excluded.changed_at
            """,
            "delete from dispatch.appointment_booking where work_order = \(order.value) and visit = \(visit)",
            """
            insert into dispatch.appointment_booking (work_order, visit, staff, place, starts_at, ends_at)
            select \(order.value), \(visit)::int, staff, place, starts_at, ends_at
            from unnest(
              \(times.map(\.0))::uuid[], \(times.map(\.1))::bigint[], \(times.map(\.2.start))::timestamptz[],
              \(times.map(\.2.end))::timestamptz[]
            ) as t (staff, place, starts_at, ends_at)
            """,
        ])
    }
}
