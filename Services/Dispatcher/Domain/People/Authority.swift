public import Contracts

/// Who does something to people's records: a member of staff with the rights that he has now, or the operators' tool.
public struct Authority: Hashable, Sendable {
    /// Nil for the operators' tool.
    public let person: Person?
    public let roles: Set<StaffRole>
    /// Code of his own department.
    public let department: String
    /// His own department and those below it.
    public let departments: Set<String>

    public init(person: Person?, roles: Set<StaffRole>, department: String, departments: Set<String>) {
        self.person = person
        self.roles = roles
        self.department = department
        self.departments = departments
    }

    /// Whoever may start the operators' tool with the service's database password may do everything.
    public static let operators = Authority(
        person: nil, roles: Set(StaffRole.allCases), department: "", departments: [])

    public var isOperator: Bool { person == nil }

    /// False for what lies outside of his departments.
    public func reaches(_ department: String) -> Bool { isOperator || departments.contains(department) }

    public func may(_ act: PeopleAct) -> Bool { isOperator || !roles.isDisjoint(with: act.roles) }

    /// - Throws: ``PeopleRefusal``: first the role, then the department.
    public func require(_ act: PeopleAct, in department: String) throws(PeopleRefusal) {
        guard may(act) else { throw .roleMissing(act.roles) }
        guard reaches(department) else { throw .otherDepartment }
    }
}
