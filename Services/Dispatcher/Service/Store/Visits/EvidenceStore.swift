import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Postgres

/// Reads and writes table evidence_rule.
struct EvidenceStore: Sendable {
    /// The newest versions, by department and kind.
    func list(in transaction: Transaction) async throws -> [EvidencePolicy] {
        try await transaction.query(
            """
            select distinct on (department, kind) department, kind, version, body, made_at
            from dispatch.evidence_rule
            order by department, kind, version desc
            """
        ).map(Self.policy)
    }

    /// - Parameter kind: nil for every kind.
    func find(_ department: String, _ kind: String?, in transaction: Transaction) async throws -> EvidencePolicy? {
        try await transaction.query(
            """
            select department, kind, version, body, made_at
            from dispatch.evidence_rule
            where department = \(department)
              and kind = \(kind ?? "")
            order by version desc
            limit 1
            """
        ).first.map(Self.policy)
    }

    /// Every version for work of one of these departments.
    func all(of departments: [String], in transaction: Transaction) async throws -> [EvidencePolicy] {
        try await transaction.query(
            """
            select department, kind, version, body, made_at
            from dispatch.evidence_rule
            where department = any(\(departments)::text[])
            """
        ).map(Self.policy)
    }

    /// - Returns: false when somebody else has made this version meanwhile.
    func keep(
        _ policy: EvidencePolicy, note: String?, by actor: UUID?, in transaction: Transaction
    ) async throws -> Bool {
        try await transaction.query(
            """
            insert into dispatch.evidence_rule (department, kind, version, body, note, actor, made_at)
            values (
              \(policy.department), \(policy.kind ?? ""), \(policy.version),
              \(JSON(bytes: try WireJSON.encode(policy.rule))), \(note), \(actor), \(policy.since))
            on conflict do nothing
            """
        ).affected == 1
    }

    private static func policy(_ row: Row) throws -> EvidencePolicy {
        let (department, kind, version, body, madeAt) = try row.decode(
            String.self, String.self, Int32.self, JSON.self, Date.self)
        return EvidencePolicy(
            department: department, kind: kind.isEmpty ? nil : kind, version: Int(version),
            rule: try WireJSON.decode(EvidenceRule.self, from: body.bytes), since: madeAt)
    }
}
