public import Contracts
public import Foundation
public import Kernel

/// The rules by which staff are taken on, changed and let go. Nobody is ever deleted: the history names him.
public enum StaffAdministration {
    /// What a change must know of the rest.
    public struct Surroundings: Sendable {
        public let departments: Set<String>
        public let closed: Set<String>
        /// Active administrators besides the one who is changed.
        public let otherAdministrators: Int

        public init(departments: Set<String>, closed: Set<String>, otherAdministrators: Int) {
            self.departments = departments
            self.closed = closed
            self.otherAdministrators = otherAdministrators
        }
    }

    /// Whom the change makes him, or the new one with the id `new`.
    ///
    /// - Parameter expectedVersion: what the caller looked at; nil for a new one.
    /// - Throws: `InvalidInput`, ``PeopleRefusal``.
    public static func decide(
        _ draft: StaffDraft, new id: ID<Staff>, around: Surroundings, by actor: Authority
    ) throws -> StaffProfile {
        guard actor.may(.administer) else { throw PeopleRefusal.roleMissing(PeopleAct.administer.roles) }
        var reader = DraftReader()
        let login = reader.login(draft.login, "/login")
        let profile = read(draft, id: id, login: login, version: 1, isActive: true, skills: [], &reader)
        try reader.check()
        try check(department: profile.department, around, actor)
        return profile
    }

    public static func decide(
        _ draft: StaffDraft, present: StaffProfile, expectedVersion: Int64, around: Surroundings, by actor: Authority
    ) throws -> StaffProfile {
        try actor.require(.administer, in: present.department)
        var reader = DraftReader()
        let next = read(
            draft, id: present.id, login: present.login, version: present.version + 1,
            isActive: draft.isActive ?? present.isActive, skills: present.skills, &reader)
        if let login = draft.login, login.lowercased() != present.login {
            reader.fault("/login", "conflict", "A login stays what it is.")
        }
        try reader.check()
        guard expectedVersion == present.version else { throw PeopleRefusal.stale(version: present.version) }
        if next.department != present.department || (next.isActive && !present.isActive) {
            try check(department: next.department, around, actor)
        }
        let isOwn = actor.person?.id == present.id
        let changesRights =
            next.roles != present.roles || next.department != present.department || next.isActive != present.isActive
        guard !(isOwn && changesRights) else { throw PeopleRefusal.ownRights }
        let wasAdministrator = present.isActive && present.roles.contains(.administrator)
        let isAdministrator = next.isActive && next.roles.contains(.administrator)
        if wasAdministrator, !isAdministrator, around.otherAdministrators == 0 { throw PeopleRefusal.lastAdministrator }
        return next
    }

    /// - Parameter known: codes of the skills there are and count.
    public static func decide(
        skills: [SkillLevel], of present: StaffProfile, expectedVersion: Int64, known: Set<String>, by actor: Authority
    ) throws -> StaffProfile {
        guard actor.may(.administer) || actor.may(.plan) else { throw PeopleRefusal.roleMissing(PeopleAct.plan.roles) }
        guard actor.reaches(present.department) else { throw PeopleRefusal.otherDepartment }
        var reader = DraftReader()
        if skills.count > 100 { reader.fault("/skills", "tooLong", "At most 100 skills.") }
        var seen: Set<String> = []
        for (place, skill) in skills.enumerated() {
            if !SkillLevel.levels.contains(skill.level) {
                reader.fault("/skills/\(place)/level", "malformed", "A number from 1 to 5.")
            }
            if !seen.insert(skill.skill).inserted {
                reader.fault("/skills/\(place)/skill", "conflict", "It stands in the list twice.")
            }
        }
        try reader.check()
        if let unknown = skills.first(where: { !known.contains($0.skill) }) {
            throw PeopleRefusal.unknownSkill(unknown.skill)
        }
        guard expectedVersion == present.version else { throw PeopleRefusal.stale(version: present.version) }
        var next = present
        next.skills = skills.sorted { $0.skill < $1.skill }
        next.version += 1
        return next
    }

    /// What the others are told.
    public static func event(_ profile: StaffProfile, at now: Date) -> StaffChanged {
        StaffChanged(
            staff: profile.id, name: profile.name, department: profile.department,
            roles: profile.roles.map(\.rawValue).sorted(), level: profile.level,
            skills: profile.skills.map { StaffChanged.Skill(code: $0.skill, level: $0.level, until: $0.until?.text) },
            language: Open(profile.language), phone: profile.phone, email: profile.email, isActive: profile.isActive,
            at: now)
    }

    private static func check(department: String, _ around: Surroundings, _ actor: Authority) throws(PeopleRefusal) {
        guard around.departments.contains(department) else { throw .unknownDepartment(department) }
        guard actor.reaches(department) else { throw .otherDepartment }
        guard !around.closed.contains(department) else { throw .closedDepartment }
    }

    private static func read(
        _ draft: StaffDraft, id: ID<Staff>, login: String, version: Int64, isActive: Bool, skills: [SkillLevel],
        _ reader: inout DraftReader
    ) -> StaffProfile {
        var roles: Set<StaffRole> = []
        for (place, word) in (draft.roles ?? []).prefix(StaffRole.allCases.count * 2).enumerated() {
            if let role = reader.word(word, "/roles/\(place)", of: StaffRole.self) { roles.insert(role) }
        }
        if draft.roles?.isEmpty ?? true { reader.fault("/roles", "required", "At least one role.") }
        if roles.contains(.engineer) {
            if draft.level.map({ !(1...3).contains($0) }) ?? true {
                reader.fault("/level", draft.level == nil ? "required" : "malformed", "An engineer's level, 1 to 3.")
            }
        } else if draft.level != nil {
            reader.fault("/level", "conflict", "Only engineers have a level.")
        }
        return StaffProfile(
            id: id, login: login, name: reader.text(draft.name, "/name", limit: 80),
            department: reader.code(draft.department, "/department"), roles: roles, level: draft.level,
            language: reader.word(draft.language ?? "zh", "/language", of: Language.self) ?? .chinese,
            phone: reader.phone(draft.phone, "/phone"), email: reader.email(draft.email, "/email"), isActive: isActive,
            version: version, skills: skills)
    }
}
