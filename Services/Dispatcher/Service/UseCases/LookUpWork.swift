import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Postgres

/// Reads work orders for a person: those of his departments, and nothing else.
struct LookUpWork: Sendable {
    let pool: PostgresPool
    let store = WorkOrderStore()

    func list(_ view: WorkOrderView, for member: StaffMember, limit: Int) async throws -> [WorkOrderRecord] {
        try await pool.transaction(role: WorkOrderStore.member) { transaction in
            try await transaction.query(store.scope(to: member.departments))
            return try await store.list(
                view, of: member.person.id, departments: member.departments, limit: limit, in: transaction)
        }
    }

    func find(ticketNumber: String, for member: StaffMember) async throws -> [WorkOrderRecord] {
        try await pool.transaction(role: WorkOrderStore.member) { transaction in
            try await transaction.query(store.scope(to: member.departments))
            return try await store.find(
                ticketNumber: ticketNumber, departments: member.departments, in: transaction)
        }
    }

    /// With its history, the oldest step first; nil when his departments hold no such work order.
    func find(
        _ id: ID<WorkOrder>, for member: StaffMember
    ) async throws -> (order: WorkOrderRecord, steps: [StepTaken])? {
        try await pool.transaction(role: WorkOrderStore.member) { transaction in
            try await transaction.query(store.scope(to: member.departments))
            let found = try await store.find(id, departments: member.departments, in: transaction)
            guard let order = found.order else { return nil }
            return (order, try await store.steps(of: id, in: transaction))
        }
    }
}
