import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Postgres
import ServiceKit

/// Puts a transaction in the place of somebody who works, with the rights that he has now, not those of his token, and
/// says what the rules of processes ask of him. The same as ``PeopleScope``, in as few round trips as can be.
struct WorkScope: Sendable {
    /// Who asks; the transaction stays the service's own.
    ///
    /// - Throws: a 401 problem for somebody who works here no more or whose session was ended.
    func staff(_ identity: Identity, in transaction: Transaction) async throws -> StaffActor {
        guard let staff = try await staff([identity], in: transaction)[0] else { throw Self.endedSession }
        return staff
    }

    static let endedSession = Problem.signInNeeded("Your session was ended, or you are no active member of staff.")

    /// In the order of `identities`; nil for somebody who works here no more or whose session was ended.
    func staff(_ identities: [Identity], in transaction: Transaction) async throws -> [StaffActor?] {
        let results = try await transaction.pipeline(
            [DepartmentStore.parents] + identities.map { Self.member($0) })
        let tree = try DepartmentStore.tree(results[0])
        return try zip(identities, results.dropFirst()).map { identity, rows in
            guard
                let (name, department, roles, level, isStation) = try rows.first?.decode(
                    String.self, String.self, [String].self, Int64.self, Bool.self)
            else { return nil }
            return StaffActor(
                person: Person(id: identity.staff, name: name), roles: Set(roles), level: Int(level),
                departments: Set(tree.subtree(of: department)), stations: isStation ? [department] : [])
        }
    }

    private static func member(_ identity: Identity) -> SQL {
        """
        select s.name, s.department, s.roles || array(select role from dispatch.work_role where staff = s.id),
          coalesce(s.level, 1)::bigint, d.kind <> 'department'
        from dispatch.staff s
        join dispatch.department d on d.code = s.department
        where s.id = \(identity.staff.value)
          and s.active
          and not exists (
            select from dispatch.sign_in_session
            where id = \(identity.session)
              and ended_at is not null)
        """
    }

    /// How the statements of a person are planned.
    private enum Plans: String {
        /// For lists: by what the person may see and how much of it there is.
        case each = "force_custom_plan"
        /// For look-ups by key, which need one plan whoever asks.
        case once = "force_generic_plan"
    }

    /// From here to ``leave`` row-level security holds.
    private static func enter(_ staff: StaffActor, _ plans: Plans) -> SQL {
        """
        select
          set_config('role', 'dispatch_member', true),
          set_config('paidan.departments', (\(staff.departments.sorted())::text[])::text, true),
          set_config('paidan.staff', \(staff.person.id.description), true),
          set_config('paidan.roles', (\(staff.roles.sorted())::text[])::text, true),
          set_config('plan_cache_mode', \(plans.rawValue), true),
          set_config('enable_seqscan', \(plans == .once ? "off" : "on"), true)
        """
    }

    /// What the service does afterwards it does by keys: planned once, and by indexes.
    private static let leave: SQL = """
        select
          set_config('role', 'none', true),
          set_config('plan_cache_mode', 'force_generic_plan', true),
          set_config('enable_seqscan', 'off', true)
        """

    /// What `statements` find in the place of the person, and then `own` in the service's, in one round trip; afterwards the
    /// transaction is the service's.
    func look(
        as staff: StaffActor, _ statements: [SQL], then own: [SQL] = [], in transaction: Transaction
    ) async throws -> [QueryResult] {
        let results = try await transaction.pipeline([Self.enter(staff, .each)] + statements + [Self.leave] + own)
        return Array(results[1...statements.count] + results.suffix(own.count))
    }

    /// What each statement, a look-up by key, finds in the place of its person, then what `own` finds in the service's;
    /// after `first`, whose answer nobody needs. One round trip.
    func look(
        after first: SQL, each: [(staff: StaffActor, statement: SQL)], then own: [SQL], in transaction: Transaction
    ) async throws -> [QueryResult] {
        let looks = each.flatMap { [Self.enter($0.staff, .once), $0.statement] }
        let results = try await transaction.pipeline([first] + looks + [Self.leave] + own)
        return each.indices.map { results[2 + 2 * $0] } + results.suffix(own.count)
    }

    /// A member of staff whom a command names.
    struct Named: Sendable {
        let person: Person
        let roles: Set<String>
        let level: Int
        /// Those whose work he sees.
        let departments: Set<String>

        /// - Parameter department: the one that gets the document with him.
        func candidate(for department: String?) -> Candidate {
            Candidate(.person(person), roles: roles, level: level, department: department, departments: departments)
        }
    }

    /// An active member of staff, wherever he works; nil when there is none of this id.
    ///
    /// Runs as the service: the rules say whether he may have it.
    func named(_ id: ID<Staff>, in transaction: Transaction) async throws -> Named? {
        let results = try await transaction.pipeline([
            """
            select name, roles || array(select role from dispatch.work_role where staff = id),
              coalesce(level, 1)::bigint, department
            from dispatch.staff
            where id = \(id.value)
              and active
            """,
            DepartmentStore.parents,
        ])
        guard
            let (name, roles, level, own) = try results[0].first?.decode(
                String.self, [String].self, Int64.self, String.self)
        else { return nil }
        return Named(
            person: Person(id: id, name: name), roles: Set(roles), level: Int(level),
            departments: Set(try DepartmentStore.tree(results[1]).subtree(of: own)))
    }

    /// A station or agent that a command names; it gets the document into its department. Nil when there is none.
    func station(_ code: String, in transaction: Transaction) async throws -> Candidate? {
        let rows = try await transaction.query(
            """
            select code
            from dispatch.department
            where code = \(code)
              and kind in ('station', 'agent')
              and active
            """)
        return rows.isEmpty ? nil : Candidate(.station(code), department: code, departments: [code])
    }
}
