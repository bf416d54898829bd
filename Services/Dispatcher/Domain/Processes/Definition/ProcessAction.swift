public import Kernel

/// What somebody can do in a step.
public struct ProcessAction: Hashable, Sendable {
    public let code: String
    public let title: Phrase
    public let takers: [Taker]
    public let target: Target
    /// Fields that may be filled with it.
    public let fill: [Reference]
    /// Fields that must be filled after it.
    public let require: [Reference]
    public let when: Guard?
    /// What to say when `when` does not hold.
    public let otherwise: Phrase?
    public let needsReason: Bool
    /// Roles that must grant it one after the other; it happens when the last has granted.
    public let approval: [Reference]
    /// Who has the document afterwards; nil keeps him where the step's role stays the same, else nobody yet.
    public let own: OwnerRule?
    /// The taker becomes the one who answers for it to the end.
    public let takesResponsibility: Bool
    /// Counts as a round of rework.
    public let isRework: Bool
    public let effects: [ProcessEffect]
    public let at: Position
}

/// Who may take an action.
public enum Taker: Hashable, Sendable, CustomStringConvertible {
    /// Who has the document; while nobody has it, anybody of the step's role, who thereby takes it.
    case owner
    /// Who answers for the work to the end.
    case responsible
    case customer
    case role(RoleReference)
    /// A timer or a clock of the process.
    case timer
    /// A visit, by its effect `work:`.
    case visit
    /// The work order, by its effect `visit:`.
    case work

    /// The words of `by:` that are no roles.
    static let words: Set = ["owner", "responsible", "customer", "timer", "visit", "work"]

    public var description: String {
        switch self {
        case .owner: "owner"
        case .responsible: "responsible"
        case .customer: "customer"
        case .role(let role): role.description
        case .timer: "timer"
        case .visit: "visit"
        case .work: "work"
        }
    }
}

/// Who has a document after an action.
public enum OwnerRule: Hashable, Sendable {
    case actor
    /// Whom the command names.
    case named
    /// Nobody: the first of the step's role to take it.
    case pool
    case keep
    case responsible
}

/// The roles that are built in: those of the staff. A definition may add its own.
public enum ProcessRole {
    public static let all: [String: Phrase] = Dictionary(
        uniqueKeysWithValues: StaffRole.allCases.map { ($0.rawValue, $0.name) })
}
