public import Foundation
public import Kernel

/// A call-back to the customer was planned, or its time has come: `callback.planned.v1`, `callback.due.v1`.
public struct CallBackMoved: Event {
    public static let types = CallBackState.allCases.map(\.messageType)

    public let callBack: ID<CallBack>
    public let ticket: ID<Ticket>
    public let ticketNumber: String
    public let state: CallBackState
    /// When the customer shall be called.
    public let dueAt: Date
    public let at: Date

    public var type: MessageType { state.messageType }

    public init(
        callBack: ID<CallBack>, ticket: ID<Ticket>, ticketNumber: String, state: CallBackState, dueAt: Date, at: Date
    ) {
        self.callBack = callBack
        self.ticket = ticket
        self.ticketNumber = ticketNumber
        self.state = state
        self.dueAt = dueAt
        self.at = at
    }
}

public enum CallBackState: String, Codable, Sendable, CaseIterable {
    case planned, due

    public var messageType: MessageType { MessageType("callback.\(rawValue)") }
}
