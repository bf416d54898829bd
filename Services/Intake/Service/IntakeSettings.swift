internal import Contracts
internal import ServiceKit

/// How intake opens tickets, beyond the settings that every service has.
enum IntakeSettings {
    static let batch = Setting.int(
        "create.batch", default: 128, in: 1...1024,
        "Requests that may share one transaction when tickets are opened over HTTP")
    static let lanes = Setting.int(
        "create.lanes", default: 2, in: 1...8,
        "Transactions under way at once when tickets are opened over HTTP; each takes a connection of database.connections.requests"
    )

    static let kinds = Setting.list(
        "tickets.kinds", default: TicketKind.allCases.map(\.rawValue).joined(separator: ","), of: nil,
        "Kinds of ticket that are taken; a process serves those that it names, the plain process the others")

    static let all: [any AnySetting] = [batch, lanes, kinds]
}
