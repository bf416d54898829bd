/// Why something was not done to people's records. Nothing was changed.
public enum PeopleRefusal: Error, Hashable, Sendable {
    case roleMissing([StaffRole])
    /// The record, or where it should go, lies outside of the actor's departments.
    case otherDepartment
    /// The caller looked at an older version.
    case stale(version: Int64)
    case loginTaken
    case emailTaken
    case codeTaken
    case unknownDepartment(String)
    case unknownStaff
    case unknownSkill(String)
    case unknownShift(String)
    case closedDepartment
    /// A department cannot stand below itself.
    case departmentLoop
    /// Somebody still works there, or a department below is still open.
    case departmentInUse
    /// The codes of a whole tree must fit into an access token.
    case treeTooLarge
    /// Nobody makes himself mightier or locks himself out.
    case ownRights
    case lastAdministrator
    case ownLeave
    case leaveOverlaps
    case leaveDecided
    case leaveStarted
    case onLeave
    case dutyOverlaps
    case dutyOver
    case deputyAway
    case passwordUnfit(PasswordFault)
    case wrongPassword

    /// One word for programs; it never changes.
    public var code: String {
        switch self {
        case .roleMissing: "role-missing"
        case .otherDepartment: "other-department"
        case .stale: "stale-version"
        case .loginTaken: "login-taken"
        case .emailTaken: "email-taken"
        case .codeTaken: "code-taken"
        case .unknownDepartment: "unknown-department"
        case .unknownStaff: "unknown-staff"
        case .unknownSkill: "unknown-skill"
        case .unknownShift: "unknown-shift"
        case .closedDepartment: "closed-department"
        case .departmentLoop: "department-loop"
        case .departmentInUse: "department-in-use"
        case .treeTooLarge: "tree-too-large"
        case .ownRights: "own-rights"
        case .lastAdministrator: "last-administrator"
        case .ownLeave: "own-leave"
        case .leaveOverlaps: "leave-overlaps"
        case .leaveDecided: "leave-decided"
        case .leaveStarted: "leave-started"
        case .onLeave: "on-leave"
        case .dutyOverlaps: "duty-overlaps"
        case .dutyOver: "duty-over"
        case .deputyAway: "deputy-away"
        case .passwordUnfit: "password-unfit"
        case .wrongPassword: "wrong-password"
        }
    }
}
