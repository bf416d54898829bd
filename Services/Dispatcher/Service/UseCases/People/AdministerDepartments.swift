import Contracts
import DispatcherDomain
import Foundation
import Kernel

/// Makes, changes, moves and closes departments, stations and agents.
struct AdministerDepartments: Sendable {
    let desk: PeopleDesk
    let store = DepartmentStore()

    func list(for caller: Caller) async throws -> [Department] {
        try await desk.act(for: caller) { try await store.list(in: $0.transaction) }
    }

    /// Nil when there is none.
    func find(_ code: String, for caller: Caller) async throws -> Department? {
        try await desk.act(for: caller) { try await store.find(code, in: $0.transaction) }
    }

    /// - Throws: `InvalidInput`, ``PeopleRefusal``; nothing was changed.
    func make(_ draft: DepartmentDraft, for caller: Caller) async throws -> Department {
        try await desk.act(for: caller) { work in
            try await PeopleScope().takeTurns(in: work.transaction)
            let made = try DepartmentAdministration.decide(
                draft, present: nil, expectedVersion: nil, around: try await around(draft.code, work), by: work.actor)
            try await store.insert(made, in: work.transaction)
            try await tell(made, before: nil, work)
            return made
        }
    }

    /// - Throws: `InvalidInput`, ``PeopleRefusal``; nothing was changed.
    func change(_ draft: DepartmentDraft, expectedVersion: Int64, for caller: Caller) async throws -> Department {
        try await desk.act(for: caller) { work in
            try await PeopleScope().takeTurns(in: work.transaction)
            guard let present = try await store.find(draft.code, in: work.transaction) else {
                throw PeopleRefusal.unknownDepartment(draft.code)
            }
            let changed = try DepartmentAdministration.decide(
                draft, present: present, expectedVersion: expectedVersion, around: try await around(draft.code, work),
                by: work.actor)
            guard try await store.update(changed, in: work.transaction) else { throw PeopleRefusal.otherDepartment }
            try await tell(changed, before: present, work)
            return changed
        }
    }

    private func around(_ code: String, _ work: PeopleWork) async throws -> DepartmentAdministration.Surroundings {
        let all = try await store.list(in: work.transaction)
        return DepartmentAdministration.Surroundings(
            tree: DepartmentTree(parents: Dictionary(uniqueKeysWithValues: all.map { ($0.code, $0.parent) })),
            closed: Set(all.filter { !$0.isActive }.map(\.code)),
            staff: try await store.staffCount(code, in: work.transaction))
    }

    private func tell(_ department: Department, before: Department?, _ work: PeopleWork) async throws {
        try await work.say(
            DepartmentChanged(
                code: department.code, chineseName: department.name.zh, englishName: department.name.en,
                parent: department.parent, kind: department.kind.rawValue, timeZone: department.timeZone,
                isActive: department.isActive, at: work.now),
            aggregate: Department.id(of: department.code), version: department.version)
        try await work.record(
            AuditStore.Entry(
                act: before == nil ? .departmentMade : .departmentChanged, subject: department.code,
                department: department.code,
                details: AuditedChange.details(before.map(AuditedChange.fields), AuditedChange.fields(department))))
    }
}

/// What a line of the record tells of a change: the fields that are different, `from → to`. Telephone numbers and
/// addresses are personal: of them it says only that they were changed.
enum AuditedChange {
    static func details(_ before: [String: String]?, _ after: [String: String]) -> [String: String] {
        let personal: Set = ["phone", "email", "address"]
        var details: [String: String] = [:]
        for (field, value) in after where before?[field] != value {
            if personal.contains(field) {
                if before != nil || !value.isEmpty { details[field] = "changed" }
            } else {
                details[field] = before.map { "\($0[field] ?? "") → \(value)" } ?? value
            }
        }
        return details
    }

    static func fields(_ department: Department) -> [String: String] {
        [
            "nameZh": department.name.zh, "nameEn": department.name.en, "parent": department.parent ?? "",
            "kind": department.kind.rawValue, "timeZone": department.timeZone ?? "", "phone": department.phone ?? "",
            "address": department.address ?? "", "active": String(department.isActive),
        ]
    }

    static func fields(_ profile: StaffProfile) -> [String: String] {
        [
            "login": profile.login, "name": profile.name, "department": profile.department,
            "roles": profile.roles.map(\.rawValue).sorted().joined(separator: " "),
            "level": profile.level.map(String.init) ?? "", "language": profile.language.rawValue,
            "phone": profile.phone ?? "", "email": profile.email ?? "", "active": String(profile.isActive),
            "skills": profile.skills.map { "\($0.skill):\($0.level)" }.joined(separator: " "),
        ]
    }
}
