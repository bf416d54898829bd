import Kernel

/// What jobs of a kind need: skills, time, and who does them under warranty. Kept by administrators as data.
public struct JobNeed: Hashable, Sendable {
    public struct SkillNeed: Hashable, Sendable, Codable {
        public let skill: String
        /// 1 to 5.
        public let level: Int

        public init(skill: String, level: Int) {
            self.skill = skill
            self.level = level
        }
    }

    public let code: String
    /// Kinds of ticket; empty: all.
    public let kinds: [String]
    /// How models begin that it is about; empty: all.
    public let models: [String]
    public let skills: [SkillNeed]
    /// The whole visit, without the way.
    public let minutes: Int
    /// Departments that the maker has authorised for repairs under warranty; empty: all.
    public let warrantyOrganisations: [String]
    public let isActive: Bool

    public init(
        code: String, kinds: [String], models: [String], skills: [SkillNeed], minutes: Int,
        warrantyOrganisations: [String], isActive: Bool
    ) {
        self.code = code
        self.kinds = kinds
        self.models = models
        self.skills = skills
        self.minutes = minutes
        self.warrantyOrganisations = warrantyOrganisations
        self.isActive = isActive
    }

    /// Minutes of a visit of which nothing is known.
    public static let usualMinutes = 90

    /// What a job needs: of all that fit the one that says the most about the model, then about the kind.
    public static func of(kind: String?, model: String?, among all: [JobNeed]) -> JobNeed? {
        let fitting = all.filter { need in
            need.isActive && (need.kinds.isEmpty || kind.map(need.kinds.contains) ?? false)
                && (need.models.isEmpty || need.longestModel(in: model) > 0)
        }
        return fitting.sorted { $0.code < $1.code }.max { one, other in
            (one.longestModel(in: model), one.kinds.isEmpty ? 0 : 1)
                < (other.longestModel(in: model), other.kinds.isEmpty ? 0 : 1)
        }
    }

    private func longestModel(in model: String?) -> Int {
        guard let model = model?.lowercased() else { return 0 }
        return models.filter { model.hasPrefix($0.lowercased()) }.map(\.count).max() ?? 0
    }
}

extension JobNeed {
    /// What it is to be, as it came in.
    public struct Draft: Sendable {
        public var kinds: [String]
        public var models: [String]
        public var skills: [SkillNeed]
        public var minutes: Int?
        public var warrantyOrganisations: [String]
        public var isActive: Bool

        public init(
            kinds: [String], models: [String], skills: [SkillNeed], minutes: Int?, warrantyOrganisations: [String],
            isActive: Bool
        ) {
            self.kinds = kinds
            self.models = models
            self.skills = skills
            self.minutes = minutes
            self.warrantyOrganisations = warrantyOrganisations
            self.isActive = isActive
        }
    }

    /// - Parameters:
    ///   - skillsKnown: codes of skills that are there.
    ///   - departments: codes of departments.
    /// - Throws: `InvalidInput`, ``PeopleRefusal``.
    public static func keep(
        _ code: String, _ draft: Draft, skillsKnown: Set<String>, departments: Set<String>, by actor: Authority
    ) throws -> JobNeed {
        guard actor.may(.administer) else { throw PeopleRefusal.roleMissing(PeopleAct.administer.roles) }
        var reader = DraftReader()
        let code = reader.code(code, "/code")
        for (field, count) in [
            ("/kinds", draft.kinds.count), ("/models", draft.models.count), ("/skills", draft.skills.count),
            ("/warrantyOrganisations", draft.warrantyOrganisations.count),
        ] where count > 50 { reader.fault(field, "tooLong", "At most 50.") }
        let kinds = draft.kinds.prefix(50).enumerated().map { reader.code($1, "/kinds/\($0)") }
        let models = draft.models.prefix(50).enumerated().map { reader.text($1, "/models/\($0)", limit: 80) }
        for (place, skill) in draft.skills.prefix(50).enumerated() {
            if !skillsKnown.contains(skill.skill) {
                reader.fault("/skills/\(place)/skill", "unknownValue", "There is no such skill.")
            }
            if !(1...5).contains(skill.level) {
                reader.fault("/skills/\(place)/level", "malformed", "A number from 1 to 5.")
            }
        }
        let minutes = draft.minutes ?? usualMinutes
        if !(5...10_080).contains(minutes) {
            reader.fault("/minutes", "malformed", "A number from 5 to 10080: a week.")
        }
        for (place, department) in draft.warrantyOrganisations.prefix(50).enumerated()
        where !departments.contains(department) {
            reader.fault("/warrantyOrganisations/\(place)", "unknownValue", "There is no such department.")
        }
        try reader.check()
        return JobNeed(
            code: code, kinds: kinds, models: models, skills: draft.skills, minutes: minutes,
            warrantyOrganisations: draft.warrantyOrganisations, isActive: draft.isActive)
    }
}
