import Contracts
import DispatcherDomain
import Foundation
import Kernel

/// Reads the record of what was done to people's records. The look is a line of the record itself.
struct ReadAudit: Sendable {
    let desk: PeopleDesk
    let store = AuditStore()

    /// - Throws: ``PeopleRefusal/roleMissing(_:)`` for everybody but administrators.
    func callAsFunction(_ filter: AuditStore.Filter, for caller: Caller) async throws -> [AuditLine] {
        try await desk.act(for: caller) { work in
            guard work.actor.may(.readAudit) else { throw PeopleRefusal.roleMissing(PeopleAct.readAudit.roles) }
            let lines = try await store.list(filter, in: work.transaction)
            if !work.actor.isOperator {
                try await work.record(
                    AuditStore.Entry(
                        act: .auditRead, subject: filter.subject ?? "", department: work.actor.department,
                        details: ["lines": String(lines.count)]))
            }
            return lines
        }
    }
}
