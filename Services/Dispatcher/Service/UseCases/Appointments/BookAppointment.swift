import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Messaging
import Postgres

/// Holds times against the plans of the crew and books them. Runs as the service.
struct BookAppointment: Sendable {
    /// Where a customer has said nothing and nothing is planned for the crew.
    static let usualAccess = ShiftHours("08:00-20:00")

    let travel = AppointmentRules.travel
    let store = AppointmentStore()
    let engineers = EngineerStore()

    /// The crew with their plans around a time.
    ///
    /// - Throws: ``ProcessRefusal`` when one of them works here no more.
    func crew(
        of appointment: Appointment, for order: ID<WorkOrder>, visit: Int, within: Span, in transaction: Transaction
    ) async throws -> [CrewMember] {
        let ids = appointment.crew.map(\.id)
        let found = try await engineers.find(ids, for: nil, now: within.start, in: transaction)
        let booked = try await store.booked(
            ids, except: order, visit: visit,
            within: Span(within.start.addingTimeInterval(-travel), within.end.addingTimeInterval(travel)) ?? within,
            in: transaction)
        return try appointment.crew.map { person in
            guard let engineer = found.first(where: { $0.person.id == person.id }) else {
                throw AppointmentObstacle.away(person).refusal
            }
            return CrewMember(
                person: person, present: engineer.planned, leaves: engineer.leaves, booked: booked[person.id] ?? [])
        }
    }

    /// - Throws: ``ProcessRefusal`` when it is not free; nothing was changed.
    func check(
        _ appointment: Appointment, for order: ID<WorkOrder>, visit: Int, now: Date, in transaction: Transaction
    ) async throws -> AppointmentObstacle? {
        let parts = appointment.parts
        guard let first = parts.first, let last = parts.last, let all = Span(first.start, last.end) else {
            return .past
        }
        let crew = try await crew(of: appointment, for: order, visit: visit, within: all, in: transaction)
        return AppointmentRules.obstacle(appointment, crew, travel: travel, now: now)
    }

    /// What a visit's action sets by itself is booked as what was booked before, if it was; else it is nobody's business
    /// here.
    ///
    /// - Throws: ``ProcessRefusal`` when it is not free.
    func follow(
        _ command: ProcessCommand, _ order: WorkOrderRecord, now: Date, in transaction: Transaction
    ) async throws {
        guard let (visit, time) = AppointmentRules.time(set: command),
            let kept = try await store.find(order.id, visit: visit, in: transaction), kept.appointment.start != time
        else { return }
        try await store.takeTurn(in: transaction)
        let moved = lead(kept.appointment, order, visit).moved(to: time)
        if let obstacle = try await check(moved, for: order.id, visit: visit, now: now, in: transaction) {
            throw obstacle.refusal
        }
        try await store.keep(moved, of: order.id, visit: visit, at: now, in: transaction)
    }

    /// Whoever has the visit now leads.
    func lead(_ appointment: Appointment, _ order: WorkOrderRecord, _ visit: Int) -> Appointment {
        guard let holder = order.state[.visit(visit)]?.holder?.person else { return appointment }
        let helpers = appointment.crew.dropFirst().filter { $0.id != holder.id }
        return Appointment(
            start: appointment.start, length: appointment.length, days: appointment.days, window: appointment.window,
            access: appointment.access, zone: appointment.zone, crew: [holder] + helpers)
    }
}
