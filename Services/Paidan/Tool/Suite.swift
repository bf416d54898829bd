import DispatcherService
import FollowUpService
import IntakeService
import NotifierService
import Postgres
import ReportingService
import ServiceKit

/// One service as the tool sees it. The tool runs none of them.
struct SuitePart: Sendable {
    let name: String
    let schema: String
    let migrations: [Migration]
    let settings: [any AnySetting]

    init<Part: SuiteService>(_ service: Part.Type) {
        name = service.name
        schema = service.schema
        migrations = service.migrations
        settings = service.settings
    }
}

enum Suite {
    static let intake = SuitePart(IntakeService.self)
    static let dispatcher = SuitePart(DispatcherService.self)
    static let reporting = SuitePart(ReportingService.self)
    static let services = [
        intake, dispatcher, SuitePart(NotifierService.self), SuitePart(FollowUpService.self), reporting,
    ]

    /// - Throws: a sentence that names the services there are.
    static func service(named name: String) throws -> SuitePart {
        guard let service = services.first(where: { $0.name == name || $0.schema == name }) else {
            throw Complaint("There is no service '\(name)'. Services: \(services.map(\.name).joined(separator: ", ")).")
        }
        return service
    }

    /// The service whose queue it is, by the word in front of the point.
    static func owner(ofQueue queue: String) throws -> SuitePart {
        try service(named: String(queue.prefix { $0 != "." }))
    }
}

/// Something the operator has to put right, in one sentence that says what to do.
struct Complaint: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
