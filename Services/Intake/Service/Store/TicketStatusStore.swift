internal import Contracts
internal import Foundation
internal import IntakeDomain
internal import Kernel
internal import Postgres

extension TicketStore {
    /// Sets status and engineer, one step for each ticket.
    func move(_ steps: [WorkMoved], in transaction: Transaction) async throws {
        try await transaction.query(
            """
            update intake.ticket
            set status = new.status, status_at = new.at, engineer = new.engineer
            from unnest(
              \(steps.map(\.ticket.value))::uuid[],
              \(steps.map { CustomerStatus($0.state).rawValue })::text[],
              \(steps.map(\.at))::timestamptz[],
              \(steps.map(\.owner?.name))::text[]
            ) as new (id, status, at, engineer)
            where ticket.id = new.id
            """)
    }
}
