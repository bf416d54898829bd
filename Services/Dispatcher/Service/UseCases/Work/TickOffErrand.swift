import Contracts
import DispatcherDomain
import Kernel
import Postgres
import ServiceKit

/// Notes that an errand of a work order is done, by whom. It may outlive the work order.
struct TickOffErrand: Sendable {
    static let noteLimit = 2000

    let pool: PostgresPool
    let scope = WorkScope()

    enum Answer: Sendable {
        case done
        /// The caller's departments hold no such errand.
        case unknown
        /// It is for this role, which the caller has not; nothing was changed.
        case roleMissing(String)
    }

    /// One that was ticked off before stays as it was.
    func callAsFunction(
        _ number: Int64, of id: ID<WorkOrder>, note: String?, for identity: Identity
    ) async throws -> Answer {
        try await pool.transaction { transaction in
            let staff = try await scope.staff(identity, in: transaction)
            let found = try await scope.look(
                as: staff,
                [WorkOrderStore.errandRole(number, of: id, departments: staff.departments.sorted())], in: transaction)
            guard let row = found[0].first else { return .unknown }
            let role: String? = try row.decode(String?.self)
            if let role, !staff.has(RoleReference(role)) {
                return .roleMissing(role)
            }
            try await transaction.query(WorkOrderStore.tickOff(number, by: staff.person, note: note))
            return .done
        }
    }
}
