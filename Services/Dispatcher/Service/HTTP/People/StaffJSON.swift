import Contracts
import DispatcherDomain
import Foundation
import Kernel

/// A member of staff as the API shows him.
struct StaffJSON: Encodable, Sendable {
    let id: String
    let login: String
    let name: String
    let department: String
    /// With oneself only: the own department and those below it.
    let departments: [String]?
    let roles: [String]
    let level: Int?
    let language: String
    let phone: String?
    let email: String?
    let isActive: Bool
    let version: Int64
    let skills: [SkillLevelJSON]
    /// With oneself only. False: he signs in by one-time passwords, or by a provider, until he chooses a password.
    let hasPassword: Bool?

    init(_ staff: StaffProfile, departments: [String]? = nil, hasPassword: Bool? = nil) {
        id = staff.id.description
        login = staff.login
        name = staff.name
        department = staff.department
        self.departments = departments
        roles = staff.roles.map(\.rawValue).sorted()
        level = staff.level
        language = staff.language.rawValue
        phone = staff.phone
        email = staff.email
        isActive = staff.isActive
        version = staff.version
        skills = staff.skills.map(SkillLevelJSON.init)
        self.hasPassword = hasPassword
    }
}

struct SkillLevelJSON: Codable, Sendable {
    var skill: String
    var level: Int
    /// `2027-01-31`
    var until: String?

    init(_ skill: SkillLevel) {
        self.skill = skill.skill
        level = skill.level
        until = skill.until?.text
    }
}

/// The body that makes or changes a member of staff: all of him, so that nothing is meant by what is left out but what
/// is left out.
struct StaffDraftJSON: Decodable, Sendable {
    var login: String?
    var name: String?
    var department: String?
    var roles: [String]?
    var level: Int?
    var language: String?
    var phone: String?
    var email: String?
    var isActive: Bool?
    /// With a change only, and then it must be there.
    var expectedVersion: Int64?

    var draft: StaffDraft {
        StaffDraft(
            login: login, name: name, department: department, roles: roles, level: level, language: language,
            phone: phone, email: email, isActive: isActive)
    }
}

struct SkillsJSON: Decodable, Sendable {
    var skills: [SkillLevelJSON]
    var expectedVersion: Int64

    /// - Throws: `InvalidInput` for a day that is none.
    func checked() throws -> [SkillLevel] {
        var faults: [FieldFault] = []
        let result = skills.prefix(200).enumerated().map { place, skill in
            let until = skill.until.flatMap { LocalDay($0) }
            if skill.until != nil, until == nil {
                faults.append(
                    FieldFault(
                        field: "/skills/\(place)/until", code: "malformed", message: "A day such as 2027-01-31."))
            }
            return SkillLevel(skill: skill.skill, level: skill.level, until: until)
        }
        if !faults.isEmpty { throw InvalidInput(faults) }
        return result
    }
}

struct DepartmentJSON: Encodable, Sendable {
    let code: String
    let name: NameJSON
    let parent: String?
    let kind: String
    let timeZone: String?
    let phone: String?
    let address: String?
    let isActive: Bool
    let version: Int64

    init(_ department: Department) {
        code = department.code
        name = NameJSON(department.name)
        parent = department.parent
        kind = department.kind.rawValue
        timeZone = department.timeZone
        phone = department.phone
        address = department.address
        isActive = department.isActive
        version = department.version
    }
}

struct DepartmentDraftJSON: Decodable, Sendable {
    var code: String?
    var name: NameJSON?
    var parent: String?
    var kind: String?
    var timeZone: String?
    var phone: String?
    var address: String?
    var isActive: Bool?
    var expectedVersion: Int64?

    func draft(_ code: String) -> DepartmentDraft {
        DepartmentDraft(
            code: code, chineseName: name?.zh, englishName: name?.en, parent: parent, kind: kind, timeZone: timeZone,
            phone: phone, address: address, isActive: isActive)
    }
}
