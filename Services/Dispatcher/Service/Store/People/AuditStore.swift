import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Postgres

/// What was done, in one word.
enum AuditedAct: String, Sendable, CaseIterable {
    case departmentMade, departmentChanged
    case staffMade, staffChanged, skillsSet, staffExported
    case oneTimePasswordIssued, passwordChanged, sessionsRead, sessionsEnded
    /// A refresh token was shown long after it had been used: somebody has a copy.
    case tokenReused
    case skillKept, territoryKept, shiftKept, shiftsPlanned, limitsSet, jobNeedKept, partKept
    case leaveRequested, leaveDecided, dutyAdded, dutyRemoved
    case calendarKept, holidaysImported, policyKept, agreementKept, workReclassified, evidenceKept
    case auditRead
    case processPutInForce, processTakenOutOfForce, workMovedToVersion, workRoleSet
}

/// A line of the record, as administrators read it.
struct AuditLine: Sendable {
    let id: Int64
    let at: Date
    let actor: ID<Staff>?
    let actorName: String
    let address: String?
    let act: String
    let subject: String
    let department: String
    let reason: String?
    let details: [String: String]
}

/// Writes and reads table people_audit; nothing of it can be changed.
struct AuditStore: Sendable {
    struct Entry: Sendable {
        let act: AuditedAct
        let subject: String
        let department: String
        var reason: String?
        var details: [String: String] = [:]
    }

    func write(
        _ entry: Entry, by actor: Authority, session: UUID?, address: String?, in transaction: Transaction
    ) async throws {
        try await transaction.query(
            """
            insert into dispatch.people_audit (
              actor, actor_name, session, address, act, subject, department, reason, details)
            values (
              \(actor.person?.id.value), \(actor.person?.name ?? "paidan"), \(session), \(address),
              \(entry.act.rawValue), \(entry.subject), \(entry.department), \(entry.reason),
              \(JSON(bytes: try WireJSON.encode(entry.details))))
            """)
    }

    struct Filter: Sendable {
        var subject: String?
        var act: String?
        /// Lines before this one.
        var before = Int64.max
        var limit = 50
    }

    /// The newest first; only what the caller may read.
    func list(_ filter: Filter, in transaction: Transaction) async throws -> [AuditLine] {
        try await transaction.query(
            """
            select id, at, actor, actor_name, address, act, subject, department, reason, details
            from dispatch.people_audit
            where id < \(filter.before)
              and (\(filter.subject)::text is null or subject = \(filter.subject)::text)
              and (\(filter.act)::text is null or act = \(filter.act)::text)
            order by id desc
            limit \(filter.limit)
            """
        ).map { row in
            let (id, at, actor, name, address, act, subject, department, reason, details) = try row.decode(
                Int64.self, Date.self, ID<Staff>?.self, String.self, String?.self, String.self, String.self,
                String.self, String?.self, JSON.self)
            return AuditLine(
                id: id, at: at, actor: actor, actorName: name, address: address, act: act, subject: subject,
                department: department, reason: reason,
                details: try WireJSON.decode([String: String].self, from: details.bytes))
        }
    }
}
