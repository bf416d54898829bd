import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Postgres

/// Says what visits must bring back; a version holds for visits that are opened from then on.
struct KeepEvidenceRules: Sendable {
    /// Rules there may be, each with its versions.
    static let limit = 500

    let desk: PeopleDesk
    /// Of ticket, that intake takes.
    let kinds: [String]
    let store = EvidenceStore()

    func list(for caller: Caller) async throws -> [EvidencePolicy] {
        try await desk.act(for: caller) { try await store.list(in: $0.transaction) }
    }

    func find(_ department: String, _ kind: String?, for caller: Caller) async throws -> EvidencePolicy? {
        try await desk.act(for: caller) { try await store.find(department, kind, in: $0.transaction) }
    }

    /// Makes a rule, or its next version.
    ///
    /// - Parameter expectedVersion: 0 for a new one.
    /// - Throws: `InvalidInput`, ``PeopleRefusal``; nothing was changed.
    func put(
        _ rule: EvidenceRule, department: String, kind: String?, expectedVersion: Int, note: String?,
        for caller: Caller
    ) async throws -> EvidencePolicy {
        try await desk.act(for: caller) { work in
            try work.actor.require(.requireEvidence, in: department)
            guard try await DepartmentStore().find(department, in: work.transaction) != nil else {
                throw PeopleRefusal.unknownDepartment(department)
            }
            var faults = rule.faults
            if let kind, !kinds.contains(kind) {
                faults.append(
                    FieldFault(
                        field: "/kind", code: "unknownValue",
                        message: "只能是 \(kinds.joined(separator: ", ")) / one of \(kinds.joined(separator: ", "))"))
            }
            guard faults.isEmpty else { throw InvalidInput(faults) }
            let present = try await store.find(department, kind, in: work.transaction)
            let version = present?.version ?? 0
            guard version == expectedVersion else { throw PeopleRefusal.stale(version: Int64(version)) }
            if present == nil, try await store.list(in: work.transaction).count >= Self.limit {
                throw InvalidInput([
                    FieldFault(
                        field: "", code: "tooLong", message: "最多\(Self.limit)条规则 / at most \(Self.limit) rules")
                ])
            }
            let next = EvidencePolicy(
                department: department, kind: kind, version: version + 1, rule: rule, since: work.now)
            guard try await store.keep(next, note: note, by: work.actor.person?.id.value, in: work.transaction) else {
                throw PeopleRefusal.stale(version: Int64(version + 1))
            }
            try await work.record(
                AuditStore.Entry(
                    act: .evidenceKept, subject: kind ?? "*", department: department, reason: note,
                    details: [
                        "version": String(next.version), "photos": String(rule.photos),
                        "signature": String(rule.signature), "serials": String(rule.serials),
                        "checklist": rule.checklist.joined(separator: " "),
                        "results": rule.results.joined(separator: " "),
                    ]))
            return next
        }
    }
}
