import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Messaging
import Postgres
import ServiceKit

/// The link by which a customer sees, confirms and moves his appointment: work order, visit and an end, sealed by the
/// service; a new link takes nothing from an old one.
struct AppointmentLink: Sendable, Hashable {
    /// It is good so long after the window.
    static let afterwards: TimeInterval = 86_400

    let order: ID<WorkOrder>
    let visit: Int
    let until: Date

    func text(_ secret: ServerSecret) -> String {
        let body = "\(order.value.lowercaseText) \(visit) \(Int(until.timeIntervalSince1970))"
        return secret.seal(Array(body.utf8), for: .appointment)
    }

    init(order: ID<WorkOrder>, visit: Int, until: Date) {
        self.order = order
        self.visit = visit
        self.until = until
    }

    init(of appointment: Appointment, order: ID<WorkOrder>, visit: Int) {
        let end = appointment.parts.last?.end ?? appointment.window.end
        self.init(
            order: order, visit: visit, until: max(end, appointment.window.end).addingTimeInterval(Self.afterwards))
    }

    init?(_ text: String, _ secret: ServerSecret) {
        guard let body = secret.open(text, for: .appointment) else { return nil }
        let parts = String(decoding: body, as: UTF8.self).split(separator: " ").map(String.init)
        guard parts.count == 3, let id = UUID(uuidString: parts[0]), let visit = Int(parts[1]),
            let until = Double(parts[2])
        else { return nil }
        self.init(order: ID(id), visit: visit, until: Date(timeIntervalSince1970: until))
    }
}

/// What a customer does with his link. Nobody is signed in; the link is the right.
struct CustomerAppointment: Sendable {
    struct Seen: Sendable {
        let order: WorkOrderRecord
        let visit: Int
        let kept: AppointmentStore.Kept
        let slots: [Appointment]
    }

    let pool: PostgresPool
    let outbox: Outbox
    let shelf: ProcessShelf
    let keep: KeepWork
    let desk: AppointmentDesk
    let secret: ServerSecret

    /// - Parameter from: slots from then on; nil: from now on.
    /// - Returns: nil for a link that is none, or no more.
    func look(_ text: String, slotsFrom from: Date? = nil) async throws -> Seen? {
        try await pool.transaction { transaction in
            try await seen(text, in: transaction) { order, visit, kept, now in
                let start = max(from ?? now, now)
                guard let within = Span(start, start.addingTimeInterval(AppointmentRules.horizon)) else { return [] }
                let like = desk.booking.lead(kept.appointment, order, visit)
                return try await desk.slots(like, order.id, visit, within: within, now: now, in: transaction)
            }
        }
    }

    /// - Throws: ``ProcessRefusal`` when it cannot be confirmed (any more).
    func confirm(_ text: String) async throws -> Seen? {
        try await act(text) { order, visit, kept, definition, now, transaction in
            .act(ActionCommand(AppointmentRules.confirm, .visit(visit)))
        }
    }

    /// - Parameter from: the begin of the window that the customer has chosen.
    /// - Throws: ``ProcessRefusal`` when it is not free (any more), or cannot be moved.
    func move(_ text: String, toWindowFrom from: Date) async throws -> Seen? {
        try await act(text) { order, visit, kept, definition, now, transaction in
            let lead = kept.appointment.start.timeIntervalSince(kept.appointment.window.start)
            let moved = desk.booking.lead(kept.appointment, order, visit).moved(to: from.addingTimeInterval(lead))
            let command = AppointmentRules.command(
                moved, visit: visit, reason: "客户改约 / moved by the customer", order.state, by: definition)
            guard moved.start != kept.appointment.start else { return command }
            try await desk.booking.store.takeTurn(in: transaction)
            if let obstacle = try await desk.booking.check(
                moved, for: order.id, visit: visit, now: now, in: transaction)
            {
                throw obstacle.refusalForCustomer
            }
            try await desk.booking.store.keep(moved, of: order.id, visit: visit, at: now, in: transaction)
            return command
        }
    }

    private typealias Make =
        @Sendable (
            WorkOrderRecord, Int, AppointmentStore.Kept, ProcessDefinition, Date, Transaction
        ) async throws -> ProcessCommand

    /// One transaction: what the rules refuse leaves no booking behind either.
    private func act(_ text: String, _ make: @escaping Make) async throws -> Seen? {
        let done = try await pool.transaction { transaction -> Bool in
            try await shelf.stock(in: transaction)
            guard let link = AppointmentLink(text, secret),
                let order = try await transaction.query(WorkOrderStore.lock([link.order.value])).first
                    .map(WorkOrderStore.record)
            else { return false }
            let unit = try await outbox.unitOfWork(in: transaction, source: DispatcherService.name)
            guard unit.now < link.until,
                let kept = try await desk.booking.store.find(order.id, visit: link.visit, in: transaction)
            else { return false }
            let now = max(unit.now.wholeMillisecond, order.changedAt)
            let definition = try await shelf.definition(of: order, in: transaction)
            let command = try await make(order, link.visit, kept, definition, now, transaction)
            let decision = try ProcessRules.decide(
                order.state, command, ProcessContext(now: now, actor: .customer, facts: order.facts), by: definition)
            let made = keep.made(
                decision, before: order, template: order, by: definition,
                try await keep.reckoning(of: order, in: transaction), now: now)
            try await keep.keep([(made, WorkRound.cause(order, at: now))], in: unit)
            try await outbox.commit(unit)
            return true
        }
        return done ? try await look(text) : nil
    }

    private func seen(
        _ text: String, in transaction: Transaction,
        _ slots: @Sendable (WorkOrderRecord, Int, AppointmentStore.Kept, Date) async throws -> [Appointment]
    ) async throws -> Seen? {
        let now = try await transaction.now(schema: DispatcherService.schema)
        guard let link = AppointmentLink(text, secret), now < link.until,
            let order = try await transaction.query(WorkOrderStore.one(link.order)).first.map(WorkOrderStore.record),
            let kept = try await desk.booking.store.find(link.order, visit: link.visit, in: transaction)
        else { return nil }
        let isOpen = order.state[.visit(link.visit)].map { $0.outcome == nil } ?? false
        return Seen(
            order: order, visit: link.visit, kept: kept,
            slots: isOpen && !order.state.isClosed ? try await slots(order, link.visit, kept, now) : [])
    }
}
