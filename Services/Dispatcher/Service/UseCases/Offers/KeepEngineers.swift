import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Postgres

/// Keeps how much engineers may have at once, and what jobs need.
struct KeepEngineers: Sendable {
    let desk: PeopleDesk

    /// - Returns: nil when he may have as much as he likes.
    /// - Throws: ``PeopleRefusal`` for somebody whom the caller does not see.
    func limits(of staff: ID<Staff>, for caller: Caller) async throws -> EngineerLimits? {
        try await desk.act(for: caller) { work in
            _ = try await work.staff(staff)
            let rows = try await work.transaction.query(EngineerLimitsStore.find(staff))
            guard let (open, hourly) = try rows.first?.decode(Int32?.self, Int32?.self) else { return nil }
            return EngineerLimits(open: open.map(Int.init), hourly: hourly.map(Int.init))
        }
    }

    /// Without any number he may have as much as he likes.
    ///
    /// - Throws: `InvalidInput`, ``PeopleRefusal``; nothing was changed.
    func keepLimits(
        _ limits: EngineerLimits, of staff: ID<Staff>, for caller: Caller
    ) async throws -> EngineerLimits {
        try await desk.act(for: caller) { work in
            let member = try await work.staff(staff)
            try limits.check(for: member, by: work.actor)
            let isNone = limits.open == nil && limits.hourly == nil
            try await work.transaction.query(
                isNone
                    ? EngineerLimitsStore.drop(of: staff)
                    : EngineerLimitsStore.keep(limits, of: staff, now: work.now))
            try await work.record(
                AuditStore.Entry(
                    act: .limitsSet, subject: staff.description, department: member.department,
                    details: [
                        "open": limits.open.map(String.init) ?? "", "hourly": limits.hourly.map(String.init) ?? "",
                    ]))
            return limits
        }
    }

    func needs(for caller: Caller) async throws -> [JobNeed] {
        try await desk.act(for: caller) { try await $0.transaction.query(JobNeedStore.all).map(JobNeedStore.need) }
    }

    /// - Throws: `InvalidInput`, ``PeopleRefusal``; nothing was changed.
    func keepNeed(_ code: String, _ draft: JobNeed.Draft, for caller: Caller) async throws -> JobNeed {
        try await desk.act(for: caller) { work in
            let skills = Set(try await ReferenceStore().skills(in: work.transaction).map(\.code))
            let need = try JobNeed.keep(
                code, draft, skillsKnown: skills,
                departments: try await DepartmentStore().tree(in: work.transaction).codes, by: work.actor)
            try await work.transaction.query(JobNeedStore.keep(need))
            try await work.record(
                AuditStore.Entry(
                    act: .jobNeedKept, subject: code, department: work.actor.department,
                    details: [
                        "kinds": need.kinds.joined(separator: " "), "models": need.models.joined(separator: ", "),
                        "skills": need.skills.map { "\($0.skill):\($0.level)" }.joined(separator: " "),
                        "minutes": "\(need.minutes)", "active": "\(need.isActive)",
                        "warrantyOrganisations": need.warrantyOrganisations.joined(separator: " "),
                    ]))
            return need
        }
    }
}
