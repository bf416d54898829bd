import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Postgres
import ServiceKit

/// Puts a transaction in the place of whoever asks, with the rights that he has now, not those of his token: what an
/// administrator took away is gone at once.
struct PeopleScope: Sendable {
    /// Row-level security holds from here to the end of the transaction.
    ///
    /// - Returns: nil when he works here no more, or when his session was ended.
    func enter(_ identity: Identity, in transaction: Transaction) async throws -> Authority? {
        let results = try await transaction.pipeline([
            """
            select name, department, roles
            from dispatch.staff
            where id = \(identity.staff.value)
              and active
              and not exists (
                select from dispatch.sign_in_session
                where id = \(identity.session)
                  and ended_at is not null)
            """,
            DepartmentStore.parents,
        ])
        guard let row = results[0].first else { return nil }
        let (name, department, words) = try row.decode(String.self, String.self, [String].self)
        let tree = try DepartmentStore.tree(results[1])
        let actor = Authority(
            person: .init(id: identity.staff, name: name), roles: Set(words.compactMap(StaffRole.init(rawValue:))),
            department: department, departments: Set(tree.subtree(of: department)))
        try await transaction.pipeline([
            "set local role dispatch_member",
            """
            select
              set_config('paidan.departments', (\(actor.departments.sorted())::text[])::text, true),
              set_config('paidan.staff', \(identity.staff.description), true),
              set_config('paidan.roles', (\(words)::text[])::text, true),
              set_config('plan_cache_mode', 'force_custom_plan', true)
            """,
        ])
        return actor
    }

    /// The rest of the transaction is the service's own work, on tables that no person's request may touch: whether the
    /// person may have it done was decided before.
    func leave(_ transaction: Transaction) async throws { try await transaction.query("set local role none") }

    /// Acts that must see each other's effects (no department below itself, one administrator at least) come one by one.
    func takeTurns(in transaction: Transaction) async throws {
        try await transaction.query("select pg_advisory_xact_lock(7301)")
    }

    /// The same for what concerns one member of staff: leaves and duties must not overlap.
    func takeTurns(of staff: [ID<Staff>], in transaction: Transaction) async throws {
        for id in Set(staff.map(\.description)).sorted() {
            try await transaction.query("select pg_advisory_xact_lock(7302, hashtext(\(id)))")
        }
    }
}
