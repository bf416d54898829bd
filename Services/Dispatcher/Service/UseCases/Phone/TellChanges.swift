import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Postgres
import ServiceKit

/// Tells a telephone what of its person's work is different from what it was told last.
struct TellChanges: Sendable {
    /// Work orders in one answer.
    static let limit = 50

    /// One that has left him.
    struct Removed: Sendable {
        let id: ID<WorkOrder>
        /// Nil: his departments have nothing to do with it any more.
        let seen: WorkSeen?
    }

    struct Changes: Sendable {
        let cursor: String
        let changed: [WorkSeen]
        let removed: [Removed]
        let isPartial: Bool
    }

    let pool: PostgresPool
    let lookUp: LookUpWork

    /// One statement when nothing is different.
    ///
    /// - Returns: nil when nothing is.
    /// - Throws: a 401 problem for somebody who works here no more.
    func callAsFunction(since known: PhoneWorld, for identity: Identity) async throws -> Changes? {
        let rows = try await pool.query(ChangesStore.world(of: identity))
        guard !rows.isEmpty else { throw WorkScope.endedSession }
        let difference = known.difference(to: try ChangesStore.world(rows), limit: Self.limit)
        guard difference.known != known else { return nil }
        let seen = try await lookUp.find(difference.changed + difference.removed, for: identity)
        let byID = Dictionary(seen.map { ($0.order.id, $0) }) { first, _ in first }
        return Changes(
            cursor: difference.known.cursor, changed: difference.changed.compactMap { byID[$0] },
            removed: difference.removed.map { Removed(id: $0, seen: byID[$0]) }, isPartial: difference.isPartial)
    }
}
