public import Kernel

/// One field of a form.
public struct ProcessField: Hashable, Sendable {
    public let code: String
    public let title: Phrase
    public let type: FieldType
    /// For `choice` and `choices`.
    public let choices: [Choice]
    /// Characters of a text, entries of a list, or the value of a number.
    public let max: Int?
    public let min: Int?
    /// When this holds, an action that may fill the field must.
    public let requiredWhen: Guard?
    /// Roles that may see it, `customer` among them; empty for all staff who may see the document.
    public let visibleTo: [Reference]
    /// A fact it is filled from when the document is opened, such as `customer.phone1`.
    public let from: Reference?
    public let at: Position

    public struct Choice: Hashable, Sendable, Codable {
        public let code: String
        public let title: Phrase
    }
}

public enum FieldType: String, Hashable, Sendable, Codable, CaseIterable {
    case text, number, money, flag, choice, choices, date, time, person, phone, files, signature

    /// Characters of a text or entries of a list, when the definition says nothing.
    public var defaultMax: Int? {
        switch self {
        case .text: 2000
        case .phone: 40
        case .choices, .files: 50
        case .signature: 200
        case .number, .money, .flag, .choice, .date, .time, .person: nil
        }
    }
}
