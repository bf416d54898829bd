/// What somebody can do in a step.
public struct ProcessAction: Hashable, Sendable {
    public let code: String
    public let title: Words
    public let takers: [Taker]
    public let target: Target
    /// Fields that may be filled with it.
    public let fill: [Reference]
    /// Fields that must be filled after it.
    public let require: [Reference]
    public let when: Guard?
    /// What to say when `when` does not hold.
    public let otherwise: Words?
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

/// The roles that are built in; a definition may add its own.
public enum ProcessRole {
    public static let all: [String: Words] = [
        "desk": Words(zh: "客服", en: "Service desk"),
        "dispatcher": Words(zh: "调度员", en: "Dispatcher"),
        "engineer": Words(zh: "工程师", en: "Engineer"),
        "manager": Words(zh: "服务经理", en: "Service manager"),
        "supervisor": Words(zh: "客服主管", en: "Supervisor"),
        "quality": Words(zh: "质量监督员", en: "Quality supervisor"),
        "warehouse": Words(zh: "仓库", en: "Warehouse"),
        "finance": Words(zh: "财务商务", en: "Finance and commerce"),
        "station": Words(zh: "服务站或代理商", en: "Station or agent"),
        "rnd": Words(zh: "研发", en: "R&D"),
        "knowledge": Words(zh: "知识库编辑", en: "Knowledge editor"),
        "administrator": Words(zh: "管理员", en: "Administrator"),
        "general-manager": Words(zh: "总经理", en: "General manager"),
    ]
}
