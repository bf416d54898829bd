import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Messaging

/// Opens a work order for every ticket and offers it to the pool of its department. A ticket heard twice changes
/// nothing.
struct OnTicketCreated: Sendable {
    /// Where tickets of unknown departments go; the migrations make it.
    static let topDepartment = "service"

    let orders = WorkOrderStore()
    let departments = DepartmentStore()

    var route: Route {
        .on(TicketCreated.self) { tickets, unit in try await open(tickets, unit) }
    }

    private func open(_ tickets: [Incoming<TicketCreated>], _ unit: UnitOfWork) async throws {
        let known = Set(try await departments.parents(in: unit.transaction).keys)
        let decided = tickets.map { ticket in
            (
                cause: ticket.envelope,
                move: OpenWorkOrder.decide(ticket.body, known: known, top: Self.topDepartment, now: unit.now)
            )
        }
        var opened = try await orders.open(decided.map(\.move), in: unit.transaction)
        for (cause, move) in decided where opened.remove(move.workOrder) != nil {
            try unit.publish(
                move, aggregate: move.workOrder.value, version: 1, correlation: move.ticket.value, cause: cause)
        }
    }
}
