internal import Contracts
internal import Foundation
internal import IntakeDomain
internal import Kernel
internal import Messaging
internal import Postgres
internal import ServiceKit
internal import Tracing

/// Opens the tickets that people ask for over HTTP, all that wait at a moment in one transaction.
struct TicketDesk: Sendable {
    private struct Asked: Sendable {
        let request: TicketRequest
        /// The trace of the request, since the batch runs outside of every request.
        let trace: ServiceContext?
    }

    private let pool: PostgresPool
    private let opening = OpenTickets()
    private let commit: GroupCommit<Asked, OpeningOutcome>

    /// - Parameters:
    ///   - lanes: transactions under way at once.
    ///   - batch: requests in one transaction.
    init(pool: PostgresPool, outbox: Outbox, lanes: Int, batch: Int) {
        self.pool = pool
        let opening = opening
        // Where the database's answers come: one change of thread for a ticket instead of four.
        commit = GroupCommit(lanes: lanes, limit: batch, executor: pool.executor) { asked in
            try await Self.retryingCollisions {
                try await pool.transaction { transaction in
                    let plan = try await opening.plan(asked.map(\.request), in: transaction)
                    guard !plan.created.isEmpty else { return plan.outcomes }
                    let traces = zip(asked, plan.outcomes).compactMap { asked, outcome in
                        if case .opened = outcome { Optional.some(asked.trace) } else { nil }
                    }
                    let messages = try zip(plan.created, traces).map { try Self.message($0, trace: $1) }
                    try await outbox.commit(messages, after: plan.writes, in: transaction)
                    return plan.outcomes
                }
            }
        }
    }

    /// - Throws: ``PostgresError`` when nothing is known of the ticket; the same key may be tried again.
    func open(_ request: TicketRequest) async throws -> OpeningOutcome {
        if !request.draft.faults.isEmpty {
            return .refused(try await opening.faults(in: request.draft, in: pool))
        }
        return try await commit(Asked(request: request, trace: ServiceContext.current))
    }

    private static func message(_ ticket: TicketCreated, trace: ServiceContext?) throws -> OutgoingMessage {
        try ServiceContext.$current.withValue(trace) {
            try OutgoingMessage.event(
                ticket, id: UUID(namespace: ticket.ticket.value, name: "ticket.created.1"),
                aggregate: ticket.ticket.value,
                version: 1, correlation: ticket.ticket.value, causation: nil, source: IntakeService.name,
                time: ticket.createdAt)
        }
    }

    /// Another lane or another process may have written the same key or the same new customer in between; what it wrote
    /// is found by the next try.
    private static func retryingCollisions<Result>(_ body: () async throws -> Result) async throws -> Result {
        for _ in 1...3 {
            do {
                return try await body()
            } catch let error as PostgresError where error.kind == .uniqueViolation {
                continue
            }
        }
        return try await body()
    }
}
