import Contracts
import Messaging

/// Opens a work order for every ticket.
struct OnTicketCreated: Sendable {
    let open: OpenWork

    var route: Route {
        .on(TicketCreated.self) { tickets, unit in try await open(tickets, in: unit) }
    }
}
