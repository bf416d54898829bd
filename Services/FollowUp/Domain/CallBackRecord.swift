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
    public var state: CallBackState
    public var dueAt: Date
    /// When the work was done that it asks about.
    public let doneAt: Date
    public let plannedAt: Date
    /// 1 when planned, one more with every change: the `aggregateVersion` of its events.
    public var version: Int64
    /// What the process asked for; nil from a sender that knew no processes.
    public let wish: CallBackWish?
    /// How often somebody has called for this work.
    public var attempts: Int

    public init(
        id: ID<CallBack>, ticket: ID<Ticket>, ticketNumber: String, department: String, customer: CustomerCard,
        state: CallBackState, dueAt: Date, doneAt: Date, plannedAt: Date, version: Int64,
        wish: CallBackWish? = nil, attempts: Int = 0
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
        self.wish = wish
        self.attempts = attempts
    }

    /// The same for the same ticket at any time, so that work reported twice cannot plan two.
    public static func id(for ticket: ID<Ticket>) -> ID<CallBack> {
        ID(UUID(namespace: ticket.value, name: "callback"))
    }

    /// What the others are told of it.
    ///
    /// - Parameter call: the one that brought it here.
    public func moved(at now: Date, by call: CallBackCall? = nil) -> CallBackMoved {
        CallBackMoved(
            callBack: id, ticket: ticket, ticketNumber: ticketNumber, state: state, dueAt: dueAt, at: now, call: call)
    }
}
