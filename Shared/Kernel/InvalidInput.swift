/// One field that cannot be taken as it is, named so that a form can show the words beside it.
public struct FieldFault: Hashable, Sendable, Codable {
    /// Where, as a JSON pointer (RFC 6901): `/customer/phone`. Empty for the whole input.
    public let field: String
    /// One word for programs, from a closed set: `required`, `tooLong`, `malformed`, `unknownValue`, `unknownField`,
    /// `conflict`.
    public let code: String
    /// What is wrong and what would be right, for a person.
    public let message: String

    public init(field: String, code: String, message: String) {
        self.field = field
        self.code = code
        self.message = message
    }
}

/// Input that was refused, with every fault that was found, not only the first. Nothing was changed.
public struct InvalidInput: Error, Equatable {
    public let faults: [FieldFault]

    public init(_ faults: [FieldFault]) { self.faults = faults }
}
