import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Postgres

/// Reads and writes table visit_signature.
struct SignatureStore: Sendable {
    struct Kept: Sendable {
        let id: UUID
        let path: String
        let signer: String
        let sheet: String
        let takenAt: Date

        var signature: VisitSignature { VisitSignature(id: id.lowercaseText, sheet: sheet) }
    }

    /// The one that stands in a visit's field; nil when what stands there was not given here.
    func find(
        _ id: String, of order: ID<WorkOrder>, visit: Int, in transaction: Transaction
    ) async throws -> Kept? {
        guard let id = UUID(uuidString: id) else { return nil }
        return try await transaction.query(
            """
            select id, path, signer, sheet, taken_at
            from dispatch.visit_signature
            where id = \(id)
              and work_order = \(order.value)
              and visit = \(visit)
            """
        ).first.map { row in
            let (id, path, signer, sheet, takenAt) = try row.decode(
                UUID.self, String.self, String.self, String.self, Date.self)
            return Kept(id: id, path: path, signer: signer, sheet: sheet, takenAt: takenAt)
        }
    }

    /// What is there already is the same.
    func keep(
        _ signature: Kept, of order: ID<WorkOrder>, visit: Int, by staff: ID<Staff>, in transaction: Transaction
    ) async throws {
        try await transaction.query(
            """
            insert into dispatch.visit_signature (id, work_order, visit, path, signer, sheet, taken_by, taken_at)
            values (
              \(signature.id), \(order.value), \(visit), \(signature.path), \(signature.signer), \(signature.sheet),
              \(staff.value), \(signature.takenAt))
            on conflict do nothing
            """)
    }
}
