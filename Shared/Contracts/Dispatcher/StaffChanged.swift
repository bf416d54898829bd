public import Foundation
public import Kernel

/// A member of staff was taken on, changed or let go; all of what the other services need of him, as it is now. The
/// aggregate is the member.
public struct StaffChanged: Event {
    public static let types = [MessageType("staff.changed")]

    public let staff: ID<Staff>
    public let name: String
    /// Code of his department.
    public let department: String
    /// Words such as `engineer`; a newer version may say more of them.
    public let roles: [String]
    /// 1 to 3, of an engineer only.
    public let level: Int?
    public let skills: [Skill]
    public let language: Open<Language>
    /// E.164.
    public let phone: String?
    public let email: String?
    /// False: he works here no more.
    public let isActive: Bool
    public let at: Date

    public struct Skill: Codable, Hashable, Sendable {
        public let code: String
        /// 1 to 5.
        public let level: Int
        /// The last day on which it counts, `2026-12-31`; nil: always.
        public let until: String?

        public init(code: String, level: Int, until: String?) {
            self.code = code
            self.level = level
            self.until = until
        }
    }

    public init(
        staff: ID<Staff>, name: String, department: String, roles: [String], level: Int?, skills: [Skill],
        language: Open<Language>, phone: String?, email: String?, isActive: Bool, at: Date
    ) {
        self.staff = staff
        self.name = name
        self.department = department
        self.roles = roles
        self.level = level
        self.skills = skills
        self.language = language
        self.phone = phone
        self.email = email
        self.isActive = isActive
        self.at = at
    }
}
