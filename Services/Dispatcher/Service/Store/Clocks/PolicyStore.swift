import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Postgres

/// Reads and writes tables sla_policy and sla_policy_version.
struct PolicyStore: Sendable {
    /// A policy in one of its versions.
    struct Kept: Sendable {
        /// Who keeps it.
        let department: String
        let policy: SLAPolicy
        let note: String?
        let madeAt: Date
    }

    /// `key`, `version`.
    let newest: SQL = "select key, version from dispatch.sla_policy order by key"

    /// The newest versions, by key.
    func list(in transaction: Transaction) async throws -> [Kept] {
        try kept(
            await transaction.query(
                """
                select p.department, v.body, v.note, v.made_at
                from dispatch.sla_policy p
                join dispatch.sla_policy_version v on v.key = p.key and v.version = p.version
                order by p.key
                """))
    }

    /// - Parameter version: nil for the newest.
    func find(_ key: String, version: Int? = nil, in transaction: Transaction) async throws -> Kept? {
        try kept(
            await transaction.query(
                """
                select p.department, v.body, v.note, v.made_at
                from dispatch.sla_policy p
                join dispatch.sla_policy_version v
                  on v.key = p.key and v.version = coalesce(\(version)::int, p.version)
                where p.key = \(key)
                """)
        ).first
    }

    func version(_ ref: PolicyRef, in transaction: Transaction) async throws -> SLAPolicy? {
        try await transaction.query(
            "select body from dispatch.sla_policy_version where key = \(ref.key) and version = \(ref.version)"
        ).first.map { try Self.read($0.value("body")) }
    }

    /// Keeps what a definition says; what is there already is the same.
    func keep(_ limits: SLAPolicy) throws -> SQL {
        """
        insert into dispatch.sla_policy_version (key, version, body)
        values (\(limits.key), \(limits.version), \(String(decoding: try WireJSON.encode(limits), as: UTF8.self)))
        on conflict (key, version) do nothing
        """
    }

    /// Makes the policy, or its next version.
    ///
    /// - Returns: false when another has made this version meanwhile.
    func keep(
        _ policy: SLAPolicy, department: String, note: String?, by actor: UUID?, in transaction: Transaction
    ) async throws -> Bool {
        let body = String(decoding: try WireJSON.encode(policy), as: UTF8.self)
        let results = try await transaction.pipeline([
            """
            insert into dispatch.sla_policy (key, department, version)
            values (\(policy.key), \(department), \(policy.version))
            on conflict (key) do update
            set version = excluded.version,
              department = excluded.department,
              changed_at = now()
            where dispatch.sla_policy.version = excluded.version - 1
            """,
            """
            insert into dispatch.sla_policy_version (key, version, body, note, actor)
            select \(policy.key), \(policy.version), \(body), \(note), \(actor)
            from dispatch.sla_policy
            where key = \(policy.key) and version = \(policy.version)
            on conflict (key, version) do nothing
            """,
        ])
        return results[0].affected == 1
    }

    private func kept(_ result: QueryResult) throws -> [Kept] {
        try result.map { row in
            let (department, body, note, madeAt) = try row.decode(
                String.self, String.self, String?.self, Date.self)
            return Kept(department: department, policy: try Self.read(body), note: note, madeAt: madeAt)
        }
    }

    private static func read(_ body: String) throws -> SLAPolicy {
        try WireJSON.decode(SLAPolicy.self, from: Array(body.utf8))
    }
}
