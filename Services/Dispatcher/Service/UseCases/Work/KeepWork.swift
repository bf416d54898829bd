import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Messaging
import Postgres

/// Keeps what was decided: the work order, its history, visits, notices and errands, the next alarm, the SLA clocks, and
/// the messages, all in the transaction of the decision.
struct KeepWork: Sendable {
    /// One row of the timers' table for each work order: its next alarm.
    static let timer = "work"

    let clocks: KeepClocks
    let offers = KeepOffers()

    /// By the calendar that was agreed for the work of a department, or there for this customer.
    func reckoning(
        of department: String, _ customer: UUID, in transaction: Transaction
    ) async throws -> LimitReckoning {
        LimitReckoning(hours: try await clocks.library.hours(of: department, customer, in: transaction))
    }

    func reckoning(of order: WorkOrderRecord, in transaction: Transaction) async throws -> LimitReckoning {
        try await reckoning(of: order.state.home, order.customer.id.value, in: transaction)
    }

    /// A decision about one work order, not kept yet.
    struct Made: Sendable {
        /// Nil: just opened.
        let before: WorkOrderRecord?
        var after: WorkOrderRecord
        let decision: Decision
        let definition: ProcessDefinition
        let messages: [WorkMoved]
        /// When it was done, where that was heard of later; nil: now.
        var heardOf: Date?

        var change: WorkOrderStore.Change {
            WorkOrderStore.Change(
                entry: WorkOrderStore.Entry(order: after, definition: definition), decision: decision,
                at: after.changedAt)
        }
    }

    /// The work order after the decision, and what is to be told of it.
    func made(
        _ decision: Decision, before: WorkOrderRecord?, template: WorkOrderRecord, by definition: ProcessDefinition,
        _ reckoning: LimitReckoning, now: Date
    ) -> Made {
        var after = before ?? template
        after.state = decision.state
        after.alarms.apply(decision.effects) { reckoning.due($0, from: $1) }
        if decision.state.isClosed { after.alarms = AlarmList() }
        after.changedAt = now
        let messages = WorkNews.messages(
            of: decision, before: before, after: after, by: definition, due: { reckoning.due($0, from: $1) })
        after.told += Int64(messages.count)
        return Made(before: before, after: after, decision: decision, definition: definition, messages: messages)
    }

    /// The work order as it is, and the follow-up told that it cannot do what was said in a call.
    func refused(
        _ call: CallBackCall, _ words: Phrase, _ order: WorkOrderRecord, by definition: ProcessDefinition, at time: Date
    ) -> Made {
        var after = order
        after.told += 1
        after.changedAt = time
        return Made(
            before: order, after: after, decision: .nothing(in: order.state), definition: definition,
            messages: [WorkNews.refusal(of: call, words, order, by: definition, at: time)])
    }

    /// Where the SLA clocks of work orders are.
    enum Clocks {
        /// Read and locked one by one, and written at once: the next decision of this unit finds them.
        case inTable
        /// Read and locked by the caller: written with the end of the unit.
        case locked([ID<WorkOrder>: WorkClocksStore.Row])
    }

    /// Writes decisions about work orders that are there and locked, or were just inserted: each work order's once.
    ///
    /// - Parameters:
    ///   - all: with the message, timer or command that each decision was made for.
    ///   - open: the open offers of these work orders, where they were read before.
    /// - Returns: what has changed of the clocks that the caller has locked; his next decision of this unit begins with it.
    @discardableResult func keep(
        _ all: [(made: Made, cause: Envelope)], inserted: Bool = false, clocks: Clocks = .inTable,
        open: [ID<WorkOrder>: [WorkOffer]]? = nil, in unit: UnitOfWork
    ) async throws -> [WorkClocksStore.Change] {
        guard !all.isEmpty else { return [] }
        let followed = try await offers.follow(all.map(\.made), known: open, in: unit)
        // What was inserted is there already, but for alarms that were brought forward since.
        let stale = zip(all, followed).filter { !inserted || $0.made.after.alarms != $1.after.alarms }.map(\.1)
        if !stale.isEmpty { unit.write(try WorkOrderStore.update(stale.map(\.change.entry))) }
        let all = zip(followed, all).map { (made: $0, cause: $1.cause) }
        let changes = all.map(\.made.change)
        for statement in try WorkOrderStore.record(changes) { unit.write(statement) }
        var clockChanges: [WorkClocksStore.Change] = []
        for (made, cause) in all {
            let first = made.after.told - Int64(made.messages.count) + 1
            var messages = made.messages
            if let last = messages.indices.last {
                messages[last].approvers = try await approvers(of: made, in: unit.transaction)
            }
            for (index, message) in messages.enumerated() {
                try unit.publish(
                    message, aggregate: made.after.id.value, version: first + Int64(index),
                    correlation: made.after.ticket.value, cause: cause)
            }
            if let change = try await clockChange(of: made, clocks, in: unit) { clockChanges.append(change) }
            try await keepTimer(made, in: unit)
        }
        for statement in try WorkClocksStore.save(clockChanges) { unit.write(statement) }
        return clockChanges
    }

    private func keepTimer(_ made: Made, in unit: UnitOfWork) async throws {
        let next = made.after.alarms.next?.dueAt
        guard next != made.before?.alarms.next?.dueAt else { return }
        if let next {
            try await unit.setTimer(kind: Self.timer, subject: made.after.id.value, dueAt: next)
        } else if made.before?.alarms.next != nil {
            try await unit.cancelTimer(kind: Self.timer, subject: made.after.id.value)
        }
    }

    /// Those who may grant what waits for a grant since this decision; nil when nothing does.
    private func approvers(of made: Made, in transaction: Transaction) async throws -> [StaffCard]? {
        var cards: [StaffCard] = []
        for case .askApproval(let number, let role, _) in made.decision.effects {
            guard let approval = made.after.state.approvals.first(where: { $0.number == number }) else { continue }
            let rows = try await transaction.query(
                ApproverStore.mayGrant(
                    RoleReference(role), departments: made.after.departments, asker: approval.asker.id))
            cards += try rows.map(ApproverStore.card).filter { !cards.contains($0) }
        }
        return cards.isEmpty ? nil : cards
    }

    /// What is still to be written of its clocks.
    private func clockChange(
        of made: Made, _ place: Clocks, in unit: UnitOfWork
    ) async throws -> WorkClocksStore.Change? {
        guard let before = made.before else {
            return try await clocks.open(
                made.after.id, KeepClocks.Subject(made.after), made.decision, by: made.definition, in: unit)
        }
        switch place {
        case .locked(let rows):
            guard let row = rows[made.after.id] else { return nil }
            return try await clocks.follow(row, made.decision, at: made.heardOf, in: unit)
        case .inTable:
            if before.state.version != made.after.state.version {
                try await clocks.move(made.after.id, to: made.definition, in: unit)
            }
            try await clocks.follow(made.after.id, made.decision, in: unit)
            return nil
        }
    }
}
