import DispatcherDomain
import Foundation
import Kernel
import Postgres
import ServiceKit
import Tracing

/// Carries out commands on work orders for people, all that wait at a moment in one transaction: see ``WorkRound``.
struct RunWork: Sendable {
    /// What a command is, once its work order is known.
    typealias Make = @Sendable (WorkRoom) async throws -> ProcessCommand

    /// Transactions under way at once: one is computed while the other commits.
    private static let lanes = 2
    /// Commands that wait before a second transaction begins beside the first.
    private static let leastBeside = 16
    /// Commands in one transaction; their work orders are locked together.
    private static let limit = 32

    private let group: GroupCommit<WorkRound.Asked, WorkRound.Verdict>

    init(pool: PostgresPool, round: WorkRound) {
        group = GroupCommit(
            lanes: Self.lanes, leastBeside: Self.leastBeside, limit: Self.limit, executor: pool.executor
        ) { asked in
            try await pool.transaction { try await round(asked, in: $0) }
        }
    }

    /// - Parameter expected: the revision that the caller looked at; nil when he does not mind.
    /// - Returns: the work order after the command; as it stands now when the caller had taken this very action before;
    ///   nil when his departments hold no such work order.
    /// - Throws: ``WorkRefused``, what `make` throws, a 401 problem for somebody who works here no more; nothing was changed.
    func callAsFunction(
        _ id: ID<WorkOrder>, for identity: Identity, expected: Int64? = nil, _ make: @escaping Make
    ) async throws -> WorkSeen? {
        let asked = WorkRound.Asked(
            order: id, identity: identity, expected: expected, make: make, trace: ServiceContext.current)
        while true {
            switch try await group(asked) {
            case .seen(let seen): return seen
            case .failed(let error): throw error
            case .phone: preconditionFailure("no telephone has said this")
            // Somebody else's command on the same work order came first.
            case .again: continue
            }
        }
    }

    /// A telephone's command, which is answered and the answer kept whatever comes of it; once only, however often it comes.
    ///
    /// - Throws: a 401 problem for somebody who works here no more, `PostgresError`; nothing was changed.
    func callAsFunction(
        _ command: PhoneCommand, expected: Int64?, for identity: Identity,
        _ make: @escaping @Sendable (WorkRoom) async throws -> WorkDeed
    ) async throws -> WorkRound.PhoneVerdict {
        let asked = WorkRound.Asked(
            command, identity: identity, expected: expected, trace: ServiceContext.current, make: make)
        while true {
            switch try await group(asked) {
            case .phone(let verdict): return verdict
            case .failed(let error): throw error
            case .seen: preconditionFailure("what a telephone says is answered")
            case .again: continue
            }
        }
    }
}
