public import Contracts
public import Foundation
public import Kernel

/// What a command leads to: events to keep, effects to carry out in the same transaction, and the state after them.
public struct Decision: Hashable, Sendable {
    public let events: [ProcessEvent]
    public let effects: [Effect]
    public let state: ProcessState

    /// Everything stays as it is.
    public static func nothing(in state: ProcessState) -> Decision { Decision(events: [], effects: [], state: state) }
}

/// Something for another part of the suite to do.
public enum Effect: Hashable, Sendable, Codable {
    case visitOpened(Int)
    /// - `asked`: those of a pool who are asked by name; empty: everybody of the role.
    case offer(Scope, ProcessEffect.OfferTo, role: RoleReference?, holder: Holder?, asked: [Person])
    case notify(Notice)
    case clock(String, ClockState.Phase, run: Int, pausedFor: String?)
    case startTimer(TimerKey, TimerStart)
    /// Every timer of the scope with this entry or an earlier one.
    case cancelTimers(Scope, entry: Int)
    case startFollowUp(hold: Int, every: Limit, from: Date)
    case startAsideLimit(hold: Int, after: Limit, from: Date)
    /// Follow-up and limit of this hold.
    case cancelHold(hold: Int)
    case askApproval(number: Int, role: String, department: String)
    case errand(Errand)
}

/// When a timer is due.
public enum TimerStart: Hashable, Sendable, Codable {
    case after(Limit, from: Date)
    case at(Date)
}

public struct Notice: Hashable, Sendable, Codable {
    public let to: Recipient
    /// Who that is, where the process knows.
    public let holder: Holder?
    /// Everybody of this role: for a role, and for the owner of what nobody in particular has.
    public let role: RoleReference?
    public let occasion: String
    public let scope: Scope
    /// The step that the document is in when it is told.
    public let step: String
    /// The definition's own words for the customer; nil: the step's.
    public let text: Phrase?

    /// Characters in each language.
    static let longestText = 200

    init(
        to recipient: Recipient, holder: Holder?, role: RoleReference? = nil, occasion: String, scope: Scope,
        step: String, text: Phrase? = nil
    ) {
        to = recipient
        self.holder = holder
        self.role = role
        self.occasion = occasion
        self.scope = scope
        self.step = step
        self.text = text
    }
}

public struct Errand: Hashable, Sendable, Codable {
    public let kind: ErrandKind
    public let code: String?
    public let role: String?
    public let within: Limit?
    public let scope: Scope
    public let fields: [String: FieldValue]
}
