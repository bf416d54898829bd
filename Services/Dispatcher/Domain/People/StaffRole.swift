public import Kernel

/// What a member of staff may be; words beyond these may stand in a token and mean nothing here.
public enum StaffRole: String, Sendable, CaseIterable {
    case desk
    case dispatcher
    /// The only one with a level (``StaffProfile/level``).
    case engineer
    case manager
    case supervisor
    case quality
    case warehouse
    case finance
    /// Works for a station or an agent, and runs it.
    case station
    case rnd
    case knowledge
    case administrator
    case generalManager = "general-manager"

    public var name: Phrase {
        switch self {
        case .desk: Phrase(zh: "客服", en: "service desk")
        case .dispatcher: Phrase(zh: "调度员", en: "dispatcher")
        case .engineer: Phrase(zh: "工程师", en: "engineer")
        case .manager: Phrase(zh: "服务经理", en: "service manager")
        case .supervisor: Phrase(zh: "客服主管", en: "supervisor")
        case .quality: Phrase(zh: "质量监督员", en: "quality supervisor")
        case .warehouse: Phrase(zh: "仓库", en: "warehouse")
        case .finance: Phrase(zh: "财务商务", en: "finance and commerce")
        case .station: Phrase(zh: "服务站或代理商", en: "station or agent")
        case .rnd: Phrase(zh: "研发", en: "R&D")
        case .knowledge: Phrase(zh: "知识库编辑", en: "knowledge editor")
        case .administrator: Phrase(zh: "管理员", en: "administrator")
        case .generalManager: Phrase(zh: "总经理", en: "general manager")
        }
    }
}

/// What is done to people and their records, and which roles may do it, each in the own department and those below.
public enum PeopleAct: Sendable, CaseIterable {
    case administer
    /// Shifts and duty roster (S4.12).
    case plan
    case decideLeave
    case readAudit
    case exportPersonalData
    /// What was promised, and how it was kept.
    case reviewService
    /// Severity and kind of work.
    case reclassify
    /// What visits must bring back.
    case requireEvidence

    public var roles: [StaffRole] {
        switch self {
        case .administer, .readAudit: [.administrator]
        case .plan: [.manager, .station, .administrator]
        case .decideLeave: [.manager, .supervisor, .station, .generalManager]
        case .exportPersonalData: [.manager, .generalManager, .administrator]
        case .reclassify: [.desk, .dispatcher, .manager, .supervisor, .station, .administrator]
        case .requireEvidence: [.manager, .administrator]
        case .reviewService: [.manager, .supervisor, .quality, .generalManager, .administrator]
        }
    }
}
