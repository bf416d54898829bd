import Contracts
import DispatcherDomain
import Foundation
import Kernel

/// A work order as the API shows it.
struct WorkOrderJSON: Encodable, Sendable {
    let id: String
    let ticket: TicketJSON
    let subject: String
    let department: String
    let customer: CustomerCard
    let address: String?
    let state: WorkState
    let version: Int64
    let owner: Person?
    let openedAt: String
    let acceptedAt: String?
    let changedAt: String
    /// The steps that the caller may take now.
    let possible: [String]
    /// With a single work order only.
    let steps: [StepJSON]?

    struct TicketJSON: Encodable, Sendable {
        let id: String
        let number: String
    }

    init(_ order: WorkOrderRecord, for member: StaffMember, steps: [StepTaken]? = nil) {
        id = order.id.description
        ticket = TicketJSON(id: order.ticket.description, number: order.ticketNumber)
        subject = order.subject
        department = order.department
        customer = order.customer
        address = order.address
        state = order.state
        version = order.version
        owner = order.owner
        openedAt = WireJSON.text(of: order.openedAt)
        acceptedAt = order.acceptedAt.map(WireJSON.text(of:))
        changedAt = WireJSON.text(of: order.changedAt)
        possible = WorkOrderProcess.steps(for: member, on: order).map(\.rawValue)
        self.steps = steps?.map(StepJSON.init)
    }
}

/// A step of the history.
struct StepJSON: Encodable, Sendable {
    let version: Int64
    let from: WorkState?
    let to: WorkState
    let actor: Person?
    let note: String?
    let at: String

    init(_ step: StepTaken) {
        version = step.version
        from = step.from
        to = step.to
        actor = step.actor
        note = step.note
        at = WireJSON.text(of: step.at)
    }
}

struct WorkOrderListJSON: Encodable, Sendable {
    let items: [WorkOrderJSON]
}

/// The body of a step; all of it may be left out.
struct StepRequestJSON: Decodable, Sendable {
    var note: String?
    /// The version that the caller looked at; the step is refused when the work order has moved on since.
    var expectedVersion: Int64?
}
