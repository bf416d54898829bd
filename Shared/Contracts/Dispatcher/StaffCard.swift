public import Kernel

/// What a listener needs to know of a member of staff to reach him, as it was when the message was written.
public struct StaffCard: Codable, Hashable, Sendable {
    public let id: ID<Staff>
    public let name: String
    public let email: String
    /// `zh` or `en`.
    public let language: Open<Language>

    public init(id: ID<Staff>, name: String, email: String, language: Open<Language>) {
        self.id = id
        self.name = name
        self.email = email
        self.language = language
    }
}
