public import Foundation
public import Kernel

/// A call-back to the customer was planned, its time has come, or somebody has called: `callback.planned.v1` …
public struct CallBackMoved: Event {
    public static let types = CallBackState.allCases.map(\.messageType)

    public let callBack: ID<CallBack>
    public let ticket: ID<Ticket>
    public let ticketNumber: String
    public let state: CallBackState
    /// When the customer shall be called.
    public let dueAt: Date
    public let at: Date
    /// The call that brought it here; nil when none did.
    public let call: CallBackCall?

    public var type: MessageType { state.messageType }

    public init(
        callBack: ID<CallBack>, ticket: ID<Ticket>, ticketNumber: String, state: CallBackState, dueAt: Date, at: Date,
        call: CallBackCall? = nil
    ) {
        self.callBack = callBack
        self.ticket = ticket
        self.ticketNumber = ticketNumber
        self.state = state
        self.dueAt = dueAt
        self.at = at
        self.call = call
    }
}

public enum CallBackState: String, Codable, Sendable, CaseIterable {
    case planned, due
    /// The customer was reached and has said whether he is content.
    case done
    /// Nobody answered as often as it is tried.
    case missed
    /// The work has gone on without it.
    case dropped

    public var messageType: MessageType { MessageType("callback.\(rawValue)") }
}

/// One call to the customer, and what came of it.
public struct CallBackCall: Codable, Hashable, Sendable {
    /// How many there were for this work, this one included.
    public let attempt: Int
    public let outcome: Open<CallBackOutcome>
    /// 1 (worst) to 5.
    public let score: Int?
    /// The customer's words, or why he is not content.
    public let note: String?
    public let by: Person
    /// Where the work waits for it; nil where nothing does.
    public let stay: CallBackWish.Stay?
    /// Code of the action that it asks for there.
    public let action: String?
    /// The action's fields by their codes, as they were typed.
    public let fields: [String: String]?

    public init(
        attempt: Int, outcome: CallBackOutcome, score: Int?, note: String?, by: Person, stay: CallBackWish.Stay?,
        action: String?, fields: [String: String]?
    ) {
        self.attempt = attempt
        self.outcome = Open(outcome)
        self.score = score
        self.note = note
        self.by = by
        self.stay = stay
        self.action = action
        self.fields = fields
    }
}

public enum CallBackOutcome: String, Codable, Sendable, CaseIterable {
    case satisfied, unsatisfied
    /// Nobody answered.
    case unreached
}
