/// What a member of staff may be; words beyond these may stand in a token and mean nothing here.
public enum StaffRole: String, Sendable, CaseIterable {
    /// The service desk.
    case desk
    case engineer
    case manager
    case administrator
}
