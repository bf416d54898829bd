import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Messaging
import Postgres
import ServiceKit

/// What a command is made with: the work order it is for, and where to look for whom it names.
struct WorkRoom: Sendable {
    let order: WorkOrderRecord
    let definition: ProcessDefinition
    let staff: StaffActor
    let transaction: Transaction

    /// That of one document; none of a visit that is not there, which the rules refuse.
    func departments(of scope: Scope) -> Set<String> { Set([order.state[scope]?.department].compactMap { $0 }) }
}

/// A work order as somebody sees it.
struct WorkSeen: Sendable {
    let order: WorkOrderRecord
    let definition: ProcessDefinition
    let staff: StaffActor
    let now: Date
}

/// A command was refused; nothing has changed.
struct WorkRefused: Error {
    let refusal: ProcessRefusal
    /// As it stands.
    let seen: WorkSeen
}

/// Carries out one command on a work order for a person: load, decide, save with the messages, in one transaction.
struct RunWork: Sendable {
    let pool: PostgresPool
    let outbox: Outbox
    let shelf: ProcessShelf
    let keep: KeepWork
    let scope = WorkScope()

    /// - Parameter expected: the revision that the caller looked at; nil when he does not mind.
    /// - Returns: the work order after the command; as it stands now when the caller had taken this very action before;
    ///   nil when his departments hold no such work order.
    /// - Throws: ``WorkRefused``, what `make` throws; nothing was changed.
    func callAsFunction(
        _ id: ID<WorkOrder>, for identity: Identity, expected: Int64? = nil,
        _ make: @Sendable (WorkRoom) async throws -> ProcessCommand
    ) async throws -> WorkSeen? {
        try await pool.transaction { transaction in
            try await shelf.stock(in: transaction)
            let staff = try await scope.staff(identity, in: transaction)
            let rows = try await scope.look(
                as: staff, [WorkOrderStore.lock(id, departments: staff.departments.sorted())],
                then: [WorkOrderStore.now, WorkClocksStore.lock([id])], in: transaction)
            guard let order = try rows[0].first.map(WorkOrderStore.record) else { return nil }
            let definition = try await shelf.definition(of: order, in: transaction)
            let unit = try await outbox.unitOfWork(
                in: transaction, source: DispatcherService.name, now: try rows[1][0].value("now"))
            let now = unit.now.wholeMillisecond
            let command = try await make(
                WorkRoom(order: order, definition: definition, staff: staff, transaction: transaction))
            let context = ProcessContext(
                now: max(now, order.changedAt), actor: .staff(staff), facts: order.facts, expectedRevision: expected)
            let decision: Decision
            do throws(ProcessRefusal) {
                decision = try ProcessRules.decide(order.state, command, context, by: definition)
            } catch {
                let seen = WorkSeen(order: order, definition: definition, staff: staff, now: now)
                if error.mayBeRepetition,
                    try await hasTaken(command, order, staff, after: expected ?? 0, in: transaction)
                {
                    return seen
                }
                throw WorkRefused(refusal: error, seen: seen)
            }
            let made = keep.made(
                decision, before: order, template: order, by: definition,
                try await keep.reckoning(of: order, in: transaction), now: context.time)
            if !decision.events.isEmpty {
                let clocks = try WorkClocksStore.rows(rows[2]).first
                try await keep.keep([(made, Self.cause(order, at: context.time))], clocks: .locked(clocks), in: unit)
                try await outbox.commit(unit)
            }
            return WorkSeen(order: made.after, definition: definition, staff: staff, now: now)
        }
    }

    /// Whoever lost the answer asks again: the action that he took himself was taken, and once.
    private func hasTaken(
        _ command: ProcessCommand, _ order: WorkOrderRecord, _ staff: StaffActor, after revision: Int64,
        in transaction: Transaction
    ) async throws -> Bool {
        guard case .act(let action) = command else { return false }
        let rows = try await transaction.query(
            WorkOrderStore.hasTaken(
                action.action, action.scope, of: order.id, by: staff.person.id, after: revision))
        return !rows.isEmpty
    }

    /// What the messages of a command name as their cause: the command itself, which is no message.
    static func cause(_ order: WorkOrderRecord, at time: Date) -> Envelope {
        Envelope(
            id: UUID(namespace: order.id.value, name: "command/\(order.state.revision)"), type: "work.command",
            source: DispatcherService.name, time: time)
    }
}

extension ProcessRefusal {
    /// True when the caller may have taken this very action before, so that asking again harms nobody.
    var mayBeRepetition: Bool {
        switch rule {
        case .notHere, .closed, .stale, .notOwner: true
        default: false
        }
    }
}
