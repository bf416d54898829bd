public import Kernel

/// Something in a definition that is wrong, or odd, where it stands, and what would be right.
public struct DefinitionFault: Error, Hashable, Sendable, Codable {
    public enum Severity: String, Hashable, Sendable, Codable {
        /// The definition cannot be put in force.
        case error
        /// It can, but probably somebody meant something else.
        case warning
    }

    /// For programs; it never changes its meaning. `docs/processes.md` lists all.
    public let code: String
    public let severity: Severity
    public let at: Position
    public let words: Phrase

    public init(_ code: String, _ severity: Severity = .error, at: Position, zh: String, en: String) {
        self.code = code
        self.severity = severity
        self.at = at
        words = Phrase(zh: zh, en: en)
    }

    init(_ fault: GuardFault, in condition: Guard) { self.init(fault, at: condition.position(fault.offset)) }

    init(_ fault: GuardFault, at position: Position) {
        self.init(fault.code, at: position, zh: fault.words.zh, en: fault.words.en)
    }
}

/// A definition that cannot be used, with everything that is wrong with it.
public struct InvalidDefinition: Error, Equatable {
    public let faults: [DefinitionFault]
}
