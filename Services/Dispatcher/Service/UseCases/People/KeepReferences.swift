import Contracts
import DispatcherDomain
import Foundation
import Kernel

/// Keeps skills, territories and shifts: the lists that profiles and plans choose from.
struct KeepReferences: Sendable {
    let desk: PeopleDesk
    let store = ReferenceStore()

    func skills(for caller: Caller) async throws -> [Skill] {
        try await desk.act(for: caller) { try await store.skills(in: $0.transaction) }
    }

    /// - Throws: `InvalidInput`, ``PeopleRefusal``; nothing was changed.
    func keepSkill(
        _ code: String, chineseName: String?, englishName: String?, isActive: Bool, for caller: Caller
    ) async throws -> Skill {
        try await desk.act(for: caller) { work in
            let skill = try ReferenceData.skill(
                code, chineseName: chineseName, englishName: englishName, isActive: isActive, by: work.actor)
            try await store.keep(skill, in: work.transaction)
            try await work.record(
                AuditStore.Entry(
                    act: .skillKept, subject: code, department: work.actor.department,
                    details: ["nameZh": skill.name.zh, "nameEn": skill.name.en, "active": String(isActive)]))
            return skill
        }
    }

    func territories(for caller: Caller) async throws -> [Territory] {
        try await desk.act(for: caller) { try await store.territories(in: $0.transaction) }
    }

    /// What a territory is to be, as it came in.
    struct TerritoryDraft: Sendable {
        let code: String
        let chineseName: String?
        let englishName: String?
        let regions: [String]
        let places: [String]
        let departments: [String]
        let isActive: Bool
    }

    /// - Throws: `InvalidInput`, ``PeopleRefusal``; nothing was changed.
    func keepTerritory(_ draft: TerritoryDraft, for caller: Caller) async throws -> Territory {
        try await desk.act(for: caller) { work in
            let tree = try await DepartmentStore().tree(in: work.transaction)
            let territory = try ReferenceData.territory(
                draft.code, chineseName: draft.chineseName, englishName: draft.englishName, regions: draft.regions,
                places: draft.places, departments: draft.departments, isActive: draft.isActive, known: tree,
                by: work.actor)
            // Nobody takes a territory away from departments that are not his.
            let present = try await store.territories(in: work.transaction).first { $0.code == draft.code }
            guard present?.departments.allSatisfy(work.actor.reaches) ?? true else {
                throw PeopleRefusal.otherDepartment
            }
            try await store.keep(territory, in: work.transaction)
            try await work.record(
                AuditStore.Entry(
                    act: .territoryKept, subject: draft.code, department: work.actor.department,
                    details: [
                        "regions": territory.regions.joined(separator: " "),
                        "places": territory.places.joined(separator: " "),
                        "departments": territory.departments.joined(separator: " "), "active": String(draft.isActive),
                    ]))
            return territory
        }
    }
}
