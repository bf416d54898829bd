public import Kernel

/// What a listener needs to know of the customer to reach him, as it was when the message was written.
public struct CustomerCard: Codable, Hashable, Sendable {
    public let id: ID<Customer>
    public let name: String
    /// The person to speak to, when that is not the customer himself.
    public let contact: String?
    /// E.164.
    public let phone: String?
    public let email: String?
    public let weChatOpenID: String?
    /// `zh` or `en`.
    public let language: Open<Language>

    public init(
        id: ID<Customer>, name: String, contact: String?, phone: String?, email: String?, weChatOpenID: String?,
        language: Open<Language>
    ) {
        self.id = id
        self.name = name
        self.contact = contact
        self.phone = phone
        self.email = email
        self.weChatOpenID = weChatOpenID
        self.language = language
    }
}
