public import Contracts
public import Foundation
public import Kernel

/// The call-back of one ticket.
public struct CallBackRecord: Hashable, Sendable {
    public let id: ID<CallBack>
    public let ticket: ID<Ticket>
    public let ticketNumber: String
    /// Code of the department that did the work.
    public let department: String
    public let customer: CustomerCard
    public let state: CallBackState
    public let dueAt: Date
    /// When the work was done that it asks about.
    public let doneAt: Date
    public let plannedAt: Date
    /// 1 when planned, one more with every change: the `aggregateVersion` of its events.
    public let version: Int64

    public init(
        id: ID<CallBack>, ticket: ID<Ticket>, ticketNumber: String, department: String, customer: CustomerCard,
        state: CallBackState, dueAt: Date, doneAt: Date, plannedAt: Date, version: Int64
    ) {
        self.id = id
        self.ticket = ticket
        self.ticketNumber = ticketNumber
        self.department = department
        self.customer = customer
        self.state = state
        self.dueAt = dueAt
        self.doneAt = doneAt
        self.plannedAt = plannedAt
        self.version = version
    }

    /// The same for the same ticket at any time, so that work reported twice cannot plan two.
    public static func id(for ticket: ID<Ticket>) -> ID<CallBack> {
        ID(UUID(namespace: ticket.value, name: "callback"))
    }

    /// What the others are told of it.
    public func moved(at now: Date) -> CallBackMoved {
        CallBackMoved(callBack: id, ticket: ticket, ticketNumber: ticketNumber, state: state, dueAt: dueAt, at: now)
    }
}
