public import Kernel

/// A member of staff as he stands in the books.
public struct StaffProfile: Hashable, Sendable {
    public let id: ID<Staff>
    public let login: String
    public var name: String
    /// Code of his department.
    public var department: String
    public var roles: Set<StaffRole>
    /// 1 to 3, of an engineer only (S0.26: who cannot solve it passes it to the next level).
    public var level: Int?
    public var language: Language
    /// E.164.
    public var phone: String?
    public var email: String?
    public var isActive: Bool
    /// 1 when made, one more with every change: the `aggregateVersion` of his events.
    public var version: Int64
    public var skills: [SkillLevel]

    public init(
        id: ID<Staff>, login: String, name: String, department: String, roles: Set<StaffRole>, level: Int?,
        language: Language, phone: String?, email: String?, isActive: Bool, version: Int64, skills: [SkillLevel]
    ) {
        self.id = id
        self.login = login
        self.name = name
        self.department = department
        self.roles = roles
        self.level = level
        self.language = language
        self.phone = phone
        self.email = email
        self.isActive = isActive
        self.version = version
        self.skills = skills
    }
}

/// How well somebody knows a thing, 1 to 5.
public struct SkillLevel: Hashable, Sendable {
    public static let levels = 1...5

    public let skill: String
    public let level: Int
    /// The last day on which it counts (a manufacturer's licence ends); nil: always.
    public let until: LocalDay?

    public init(skill: String, level: Int, until: LocalDay?) {
        self.skill = skill
        self.level = level
        self.until = until
    }
}

/// What somebody wants a member of staff to be, as it came in.
public struct StaffDraft: Hashable, Sendable {
    public var login: String?
    public var name: String?
    public var department: String?
    public var roles: [String]?
    public var level: Int?
    public var language: String?
    public var phone: String?
    public var email: String?
    public var isActive: Bool?

    public init(
        login: String?, name: String?, department: String?, roles: [String]?, level: Int?, language: String?,
        phone: String?, email: String?, isActive: Bool?
    ) {
        self.login = login
        self.name = name
        self.department = department
        self.roles = roles
        self.level = level
        self.language = language
        self.phone = phone
        self.email = email
        self.isActive = isActive
    }
}
