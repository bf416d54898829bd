public import Contracts
public import Foundation
public import Kernel

/// What is asked of a work order.
public enum ProcessCommand: Hashable, Sendable {
    case act(ActionCommand)
    /// A timer of a step came due.
    case timer(TimerKey)
    /// A share of a clock's target is used up, in its n-th run; again, when its instant was moved to a later one.
    case clock(String, percent: Int, run: Int, again: Bool = false)
    /// A promise of the policy in force is about to be missed, or was: what the policy wants done then.
    case promise(timer: String, point: String, [PromisedAct])
    case grant(approval: Int)
    case refuse(approval: Int, reason: String)
    case putAside(reason: String, note: String? = nil)
    /// The automatic question while it lies aside came due, in the n-th hold.
    case followUp(hold: Int)
    /// The longest time that it may lie aside is over.
    case asideOver(hold: Int)
    case resume(note: String? = nil)
    case suspend(reason: String)
    case terminate(reason: String)
    case urge(note: String? = nil)
    case copy(Person, reason: String? = nil)
    case delegate(Scope, to: Person, until: Date, reason: String)
    case transfer(Scope, to: Candidate, reason: String)
}

/// What a policy causes in the work's process.
public enum PromisedAct: Hashable, Sendable {
    /// Tells these: `owner`, `responsible`, `customer`, `copied`, or a role.
    case remind([String])
    /// Takes this action, if the process lets a timer take it where the work stands.
    case take(String)

    /// The action by which processes hand work to the next higher level.
    public static let nextLevel = PromisedAct.take("escalate")
}

public struct ActionCommand: Hashable, Sendable {
    public let action: String
    public let scope: Scope
    public let fields: [String: FieldValue]
    public let reason: String?
    /// Whom it names, for actions that hand the document to somebody.
    public let candidate: Candidate?
    /// Those of a pool who are asked; empty: everybody of its role.
    public let offered: [Candidate]
    /// Whom it names gets it although he is not at work.
    public let evenIfAway: Bool
    /// What came for a field or for the candidate and could not be read: told with all else that is wrong.
    public let unread: [FieldFault]

    public init(
        _ action: String, _ scope: Scope = .work, fields: [String: FieldValue] = [:], reason: String? = nil,
        candidate: Candidate? = nil, offered: [Candidate] = [], evenIfAway: Bool = false, unread: [FieldFault] = []
    ) {
        self.action = action
        self.scope = scope
        self.fields = fields
        self.reason = reason
        self.candidate = candidate
        self.offered = offered
        self.evenIfAway = evenIfAway
        self.unread = unread
    }
}

extension ActionCommand {
    /// Whether it asks for what was done: the same values, and the same reason where it gives one.
    ///
    /// - Parameters:
    ///   - acted: an action of the same name in the same document.
    ///   - filled: what it filled in; nil for nothing.
    public func isRepetition(of acted: ProcessChange, filling filled: ProcessChange?) -> Bool {
        guard unread.isEmpty, case .acted(_, _, let given) = acted else { return false }
        let words = { (text: String?) in text?.trimmingWhitespace ?? "" }
        guard words(reason).isEmpty || words(reason) == words(given) else { return false }
        guard !fields.isEmpty else { return true }
        guard case .filled(_, let values, let cleared)? = filled else { return false }
        return fields.filter { !$0.value.isEmpty } == values
            && fields.filter(\.value.isEmpty).keys.sorted() == cleared
    }
}

/// One timer of one stay in a step.
public struct TimerKey: Hashable, Sendable, Codable {
    public let scope: Scope
    public let timer: String
    /// The track's `entry` when it was started.
    public let entry: Int

    public init(_ scope: Scope, _ timer: String, entry: Int) {
        self.scope = scope
        self.timer = timer
        self.entry = entry
    }
}
