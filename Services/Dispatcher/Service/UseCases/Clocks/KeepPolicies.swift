import BusinessTime
import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Messaging
import Postgres

/// Makes policies and their next versions, and says for whom they hold; clocks that run by a policy go over to its newest
/// version, agreements count for work that is opened from then on.
struct KeepPolicies: Sendable {
    /// Policies there may be.
    static let limit = 200

    let desk: PeopleDesk
    /// Nil: policies are not compared with the processes in force.
    var shelf: ProcessShelf?
    let store = PolicyStore()
    let agreementStore = AgreementStore()

    func list(for caller: Caller) async throws -> [PolicyStore.Kept] {
        try await desk.act(for: caller) { try await store.list(in: $0.transaction) }
    }

    func find(_ key: String, version: Int?, for caller: Caller) async throws -> PolicyStore.Kept? {
        try await desk.act(for: caller) { try await store.find(key, version: version, in: $0.transaction) }
    }

    /// What is wrong with a policy; empty when it could be put.
    ///
    /// - Throws: ``PeopleRefusal/roleMissing(_:)`` for everybody but administrators.
    func check(_ policy: SLAPolicy, for caller: Caller) async throws -> [FieldFault] {
        try await desk.act(for: caller) { work in
            guard work.actor.may(.administer) else { throw PeopleRefusal.roleMissing(PeopleAct.administer.roles) }
            return policy.faults(
                calendars: Set(try await CalendarStore().list(in: work.transaction).map(\.calendar.key)))
        }
    }

    /// Words of a policy that no process in force, no kind, no department and no role has.
    func warnings(_ policy: SLAPolicy, for caller: Caller) async throws -> [FieldFault] {
        guard let shelf else { return [] }
        return try await desk.act(for: caller) { work in
            let departments = try await DepartmentStore().tree(in: work.transaction).codes
            // Which processes are in force is nobody's secret; they are read as the service reads them.
            try await PeopleScope().leave(work.transaction)
            return policy.warnings(
                PolicyVocabulary(
                    try await shelf.inForce(in: work.transaction), groups: Set(departments),
                    kinds: Set(TicketKind.allCases.map(\.rawValue)),
                    severities: Set(Urgency.allCases.map(\.rawValue))))
        }
    }

    /// Makes a policy, or its next version.
    ///
    /// - Parameters:
    ///   - policy: its version means nothing.
    ///   - expectedVersion: 0 for a new one.
    /// - Throws: `InvalidInput`, ``PeopleRefusal``, ``ServiceLevelRefusal``; nothing was changed.
    func put(
        _ policy: SLAPolicy, department: String, expectedVersion: Int, note: String?, for caller: Caller
    ) async throws -> PolicyStore.Kept {
        try await desk.act(for: caller) { work in
            let present = try await store.find(policy.key, in: work.transaction)
            try work.actor.require(.administer, in: present?.department ?? department)
            try work.actor.require(.administer, in: department)
            let version = present?.policy.version ?? 0
            guard version == expectedVersion else { throw PeopleRefusal.stale(version: Int64(version)) }
            if present == nil, try await store.list(in: work.transaction).count >= Self.limit {
                throw ServiceLevelRefusal.tooManyCalendars(limit: Self.limit)
            }
            guard try await DepartmentStore().find(department, in: work.transaction) != nil else {
                throw PeopleRefusal.unknownDepartment(department)
            }
            let calendars = try await CalendarStore().list(in: work.transaction).map(\.calendar.key)
            let next = policy.numbered(version + 1)
            let faults = next.faults(calendars: Set(calendars))
            guard faults.isEmpty else { throw InvalidInput(faults) }
            let isKept = try await store.keep(
                next, department: department, note: note, by: work.actor.person?.id.value, in: work.transaction)
            guard isKept else { throw PeopleRefusal.stale(version: Int64(next.version)) }
            try await work.record(
                AuditStore.Entry(
                    act: .policyKept, subject: next.key, department: department, reason: note,
                    details: ["version": String(next.version), "rows": String(next.rows.count)]))
            try await RecountClocks.begin(at: work.now, work.outbox, in: work.transaction)
            return PolicyStore.Kept(department: department, policy: next, note: note, madeAt: work.now)
        }
    }

    func agreements(for caller: Caller) async throws -> [ServiceAgreement] {
        try await desk.act(for: caller) { try await agreementStore.list(limit: 1000, in: $0.transaction) }
    }

    /// Nil when there is none that the caller may see.
    func agreement(of department: String, _ customer: UUID?, for caller: Caller) async throws -> ServiceAgreement? {
        try await desk.act(for: caller) { work in
            try await agreementStore.find(department, customer, in: work.transaction)
        }
    }

    /// Says by which calendar and policy the work of a department counts.
    ///
    /// - Parameter expectedVersion: 0 for a new one.
    /// - Throws: ``PeopleRefusal``, ``ServiceLevelRefusal``; nothing was changed.
    func agree(_ draft: ServiceAgreement, expectedVersion: Int64, for caller: Caller) async throws -> ServiceAgreement {
        try await desk.act(for: caller) { work in
            try work.actor.require(.administer, in: draft.department)
            guard try await DepartmentStore().find(draft.department, in: work.transaction) != nil else {
                throw PeopleRefusal.unknownDepartment(draft.department)
            }
            if let key = draft.calendar, try await CalendarStore().find(key, in: work.transaction) == nil {
                throw ServiceLevelRefusal.unknownCalendar(key)
            }
            if let key = draft.policy, try await store.find(key, in: work.transaction) == nil {
                throw ServiceLevelRefusal.unknownPolicy(key)
            }
            let present = try await agreementStore.find(draft.department, draft.customer, in: work.transaction)
            let version = present?.version ?? 0
            guard version == expectedVersion else { throw PeopleRefusal.stale(version: version) }
            let next = ServiceAgreement(
                department: draft.department, customer: draft.customer, calendar: draft.calendar, policy: draft.policy,
                version: version + 1)
            try await agreementStore.keep(next, in: work.transaction)
            try await work.record(
                AuditStore.Entry(
                    act: .agreementKept, subject: draft.customer?.lowercaseText ?? draft.department,
                    department: draft.department,
                    details: [
                        "calendar": "\(present?.calendar ?? "") → \(next.calendar ?? "")",
                        "policy": "\(present?.policy ?? "") → \(next.policy ?? "")",
                    ]))
            return next
        }
    }
}
