public import Kernel

/// One place in the life of a document: somebody has it, and time passes in it.
public struct ProcessStep: Hashable, Sendable {
    public let code: String
    public let title: Phrase
    public let colour: Colour
    /// Who has it while it is here; nil in steps that only wait, pass on or end.
    public let owner: RoleReference?
    /// The department that has it while it is here; nil for the document's own.
    public let department: String?
    /// What the other services call it; nil: made out from who has the document.
    public let stage: Stage?
    /// What the customer reads; nil when he reads what he read before.
    public let customer: Phrase?
    /// Clocks that run here. A clock that ran and is neither here nor in `pauses` stops.
    public let clocks: [Reference]
    public let pauses: [Reference]
    public let actions: [ProcessAction]
    /// When there are any, nobody stops here: the first that holds decides where to go.
    public let routes: [Route]
    public let timers: [ProcessTimer]
    /// What happens on every arrival here.
    public let effects: [ProcessEffect]
    public let end: Outcome?
    /// Steps of one detour share its name; `to: back` leads to where the detour was begun.
    public let detour: String?
    public let at: Position

    public func action(_ code: String) -> ProcessAction? { actions.first { $0.code == code } }
    public func timer(_ code: String) -> ProcessTimer? { timers.first { $0.code == code } }

    public struct Route: Hashable, Sendable {
        /// Nil in the last route, which always holds.
        public let when: Guard?
        public let target: Target
        public let own: OwnerRule?
        public let effects: [ProcessEffect]
        public let at: Position
    }

    /// How the document ended.
    public enum Outcome: String, Hashable, Sendable, Codable, CaseIterable {
        case done, cancelled, rejected, terminated
    }

    /// The words that all services know for where work stands.
    public enum Stage: String, Hashable, Sendable, Codable, CaseIterable {
        case offered, accepted, travelling
        case onSite = "on-site"
        case done
    }

    /// Colour as presentation: what it means is the step.
    public enum Colour: String, Hashable, Sendable, Codable, CaseIterable {
        case red, yellow, green, blue, orange, purple, grey
    }
}

/// Where an action leads.
public enum Target: Hashable, Sendable {
    case stay
    case step(Reference)
    /// To the step that the detour was begun from.
    case back(at: Position)
}

/// A role, and for engineers the least level.
public struct RoleReference: Hashable, Sendable, Codable, CustomStringConvertible {
    public let role: String
    /// 1 to 3; 1 for everybody who has the role.
    public let level: Int

    public init(_ role: String, level: Int = 1) {
        self.role = role
        self.level = level
    }

    public var description: String { level > 1 ? "\(role):\(level)" : role }
}
