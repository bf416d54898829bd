public import Contracts
public import Foundation
public import Kernel

/// A work order: what its ticket asks for, and how far its process has come with it.
public struct WorkOrderRecord: Hashable, Sendable {
    public let id: ID<WorkOrder>
    public let ticket: ID<Ticket>
    public let ticketNumber: String
    public let subject: String
    public let customer: CustomerCard
    public let address: String?
    /// What ticket and customer tell conditions and forms (``Facts``).
    public let facts: [String: FieldValue]
    public var state: ProcessState
    /// Messages that have told of it: the `aggregateVersion` of the last.
    public var told: Int64
    /// What will happen if nobody does anything, the next first.
    public var alarms: AlarmList
    public var changedAt: Date

    public init(
        id: ID<WorkOrder>, ticket: ID<Ticket>, ticketNumber: String, subject: String, customer: CustomerCard,
        address: String?, facts: [String: FieldValue], state: ProcessState, told: Int64, alarms: AlarmList,
        changedAt: Date
    ) {
        self.id = id
        self.ticket = ticket
        self.ticketNumber = ticketNumber
        self.subject = subject
        self.customer = customer
        self.address = address
        self.facts = facts
        self.state = state
        self.told = told
        self.alarms = alarms
        self.changedAt = changedAt
    }

    /// The same for the same ticket at any time, so that a ticket heard twice cannot make two.
    public static func id(for ticket: ID<Ticket>) -> ID<WorkOrder> {
        ID(UUID(namespace: ticket.value, name: "work-order"))
    }

    /// Every department that has to do with it and therefore sees it: the one it belongs to, those that have it or one
    /// of its visits.
    public var departments: [String] {
        Set([state.home, state.work.department] + state.visits.map(\.department)).sorted()
    }

    /// Roles that are asked to grant something.
    public var askedRoles: [String] {
        Set(state.approvals.filter { $0.granted < $0.stages.count }.map { $0.stages[$0.granted] }).sorted()
    }
}
