public import Foundation
public import Kernel

/// Who signed in.
public struct Identity: Sendable, Hashable {
    public let staff: ID<Staff>
    public let name: String
    public let roles: Set<String>
    /// The departments whose records this person may see, those below them included.
    public let departments: [String]
    /// The sign-in that the token belongs to; nil for a token that was made without one.
    public let session: UUID?

    public init(
        staff: ID<Staff>, name: String, roles: Set<String>, departments: [String], session: UUID? = nil
    ) {
        self.staff = staff
        self.name = name
        self.roles = roles
        self.departments = departments
        self.session = session
    }
}
