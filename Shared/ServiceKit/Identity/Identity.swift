public import Kernel

/// Who signed in.
public struct Identity: Sendable, Hashable {
    public let staff: ID<Staff>
    public let name: String
    public let roles: Set<String>
    /// The departments whose records this person may see, those below them included.
    public let departments: [String]

    public init(staff: ID<Staff>, name: String, roles: Set<String>, departments: [String]) {
        self.staff = staff
        self.name = name
        self.roles = roles
        self.departments = departments
    }
}
