import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Messaging
import Postgres

/// Takes one step on a work order for a person.
struct TakeStep: Sendable {
    let pool: PostgresPool
    let outbox: Outbox
    let store = WorkOrderStore()

    /// - Returns: the work order after the step; as it stands now when the caller had taken this very step before; nil
    ///   when his departments hold no such work order.
    /// - Throws: ``WorkOrderProcess/Refusal``; nothing was changed.
    func callAsFunction(
        _ step: WorkStep, on id: ID<WorkOrder>, by member: StaffMember, note: String?, expectedVersion: Int64?
    ) async throws -> WorkOrderRecord? {
        try await pool.transaction(role: WorkOrderStore.member) { transaction in
            try await transaction.query(store.scope(to: member.departments))
            while true {
                let (now, found) = try await store.find(id, departments: member.departments, in: transaction)
                guard let order = found else { return nil }
                let move: WorkMoved
                do throws(WorkOrderProcess.Refusal) {
                    move = try WorkOrderProcess.decide(
                        order, step, by: member, note: note, expectedVersion: expectedVersion, now: now)
                } catch {
                    guard error.mayBeRepetition,
                        try await store.hasTaken(step.target, of: id, by: member.person.id, in: transaction)
                    else { throw error }
                    return order
                }
                // Somebody was quicker: look again and decide again. It ends, for every such turn means one step more
                // on the work order, and there are only so many.
                guard try await store.save(move, on: order, in: transaction) else { continue }
                let after = order.applying(move)
                try await outbox.append([try event(move, version: after.version)], in: transaction)
                return after
            }
        }
    }

    private func event(_ move: WorkMoved, version: Int64) throws -> OutgoingMessage {
        try .event(
            move, id: UUID(namespace: move.workOrder.value, name: "\(move.type)/\(version)"),
            aggregate: move.workOrder.value, version: version, correlation: move.ticket.value, causation: nil,
            source: DispatcherService.name, time: move.at)
    }
}
