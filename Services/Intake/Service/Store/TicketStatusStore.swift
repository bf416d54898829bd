internal import Contracts
internal import Foundation
internal import IntakeDomain
internal import Kernel
internal import Postgres

extension TicketStore {
    /// Sets status, engineer, what the customer reads and may ask for, and the department that has the work (which need not be the one
    /// that was asked for), one step for each ticket. Whoever did the work stays named when nobody has it any more.
    func move(_ steps: [WorkMoved], in transaction: Transaction) async throws {
        let offers = try steps.map { step in
            try step.offers.map { String(decoding: try WireJSON.encode($0), as: UTF8.self) }
        }
        try await transaction.query(
            """
            update intake.ticket
            set status = new.status,
              status_at = new.at,
              engineer = case
                when new.status in ('done', 'closed') then coalesce(new.engineer, ticket.engineer)
                else new.engineer
              end,
              department = new.department,
              progress_zh = coalesce(new.progress_zh, ticket.progress_zh),
              progress_en = coalesce(new.progress_en, ticket.progress_en),
              offers = coalesce(new.offers::jsonb, ticket.offers)
            from unnest(
              \(steps.map(\.ticket.value))::uuid[],
              \(steps.map { CustomerStatus($0.state).rawValue })::text[],
              \(steps.map(\.at))::timestamptz[],
              \(steps.map(\.owner?.name))::text[],
              \(steps.map(\.department))::text[],
              \(steps.map { $0.place?.customer?.zh })::text[],
              \(steps.map { $0.place?.customer?.en })::text[],
              \(offers)::text[]
            ) as new (id, status, at, engineer, department, progress_zh, progress_en, offers)
            where ticket.id = new.id
            """)
    }
}
