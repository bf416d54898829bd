public import Contracts
public import Foundation
public import Kernel

/// The rule by which a ticket becomes a work order: one for each ticket, offered to the pool of its department.
public enum OpenWorkOrder {
    /// - Parameters:
    ///   - known: the departments there are.
    ///   - top: where a ticket goes whose department nobody knows, so that it does not lie where nobody looks.
    public static func decide(_ ticket: TicketCreated, known: Set<String>, top: String, now: Date) -> WorkMoved {
        WorkMoved(
            workOrder: id(for: ticket.ticket), ticket: ticket.ticket, ticketNumber: ticket.number,
            subject: ticket.subject, department: known.contains(ticket.department) ? ticket.department : top,
            state: .offered, previous: nil, owner: nil, actor: nil, note: nil, customer: ticket.customer,
            address: ticket.address, at: now)
    }

    /// The same for the same ticket at any time, so that a ticket heard twice cannot make two.
    public static func id(for ticket: ID<Ticket>) -> ID<WorkOrder> {
        ID(UUID(namespace: ticket.value, name: "work-order"))
    }
}
