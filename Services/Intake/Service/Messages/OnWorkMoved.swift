internal import Contracts
internal import Foundation
internal import Kernel
internal import Messaging

/// Hears every step of the work and keeps the customer's view of the status.
enum OnWorkMoved {
    static var route: Route {
        .on(WorkMoved.self, versions: .newest) { (messages: [Incoming<WorkMoved>], unit: UnitOfWork) in
            var newest: [UUID: Incoming<WorkMoved>] = [:]
            for message in messages {
                let ticket = message.body.ticket.value
                if let other = newest[ticket], isNewer(other, than: message) { continue }
                newest[ticket] = message
            }
            try await TicketStore().move(newest.values.map(\.body), in: unit.transaction)
        }
    }

    private static func isNewer(_ one: Incoming<WorkMoved>, than other: Incoming<WorkMoved>) -> Bool {
        (one.body.at, one.envelope.aggregate?.version ?? 0) > (other.body.at, other.envelope.aggregate?.version ?? 0)
    }
}
