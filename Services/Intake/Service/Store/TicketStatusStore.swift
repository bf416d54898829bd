internal import Contracts
internal import Foundation
internal import IntakeDomain
internal import Kernel
internal import Postgres

extension TicketStore {
    /// Sets status, engineer, and the department that has the work (which need not be the one that was asked for), one
    /// step for each ticket.
    func move(_ steps: [WorkMoved], in transaction: Transaction) async throws {
        try await transaction.query(
            """
            update intake.ticket
            set status = new.status, status_at = new.at, engineer = new.engineer, department = new.department
            from unnest(
              \(steps.map(\.ticket.value))::uuid[],
              \(steps.map { CustomerStatus($0.state).rawValue })::text[],
              \(steps.map(\.at))::timestamptz[],
              \(steps.map(\.owner?.name))::text[],
              \(steps.map(\.department))::text[]
            ) as new (id, status, at, engineer, department)
            where ticket.id = new.id
            """)
    }
}
