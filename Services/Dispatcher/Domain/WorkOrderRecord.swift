public import Contracts
public import Foundation
public import Kernel

/// A work order as it stands.
public struct WorkOrderRecord: Hashable, Sendable {
    public let id: ID<WorkOrder>
    public let ticket: ID<Ticket>
    public let ticketNumber: String
    public let subject: String
    /// Code of the department whose pool it was offered to.
    public let department: String
    public let customer: CustomerCard
    public let address: String?
    public let openedAt: Date
    public var state: WorkState
    /// 1 when opened, one more with every step: the `aggregateVersion` of its events.
    public var version: Int64
    /// Nil while it is in the pool.
    public var owner: Person?
    public var acceptedAt: Date?
    public var changedAt: Date

    public init(
        id: ID<WorkOrder>, ticket: ID<Ticket>, ticketNumber: String, subject: String, department: String,
        customer: CustomerCard, address: String?, openedAt: Date, state: WorkState, version: Int64, owner: Person?,
        acceptedAt: Date?, changedAt: Date
    ) {
        self.id = id
        self.ticket = ticket
        self.ticketNumber = ticketNumber
        self.subject = subject
        self.department = department
        self.customer = customer
        self.address = address
        self.openedAt = openedAt
        self.state = state
        self.version = version
        self.owner = owner
        self.acceptedAt = acceptedAt
        self.changedAt = changedAt
    }

    /// The work order after the move.
    public func applying(_ move: WorkMoved) -> WorkOrderRecord {
        var next = self
        next.state = move.state
        next.version = version + 1
        next.owner = move.owner
        if move.state == .accepted { next.acceptedAt = move.at }
        next.changedAt = move.at
        return next
    }
}
