import ArgumentParser
import DispatcherService
import IntakeService
import Messaging

struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo", abstract: "Data to try the suite with.", subcommands: [Fill.self])

    struct Fill: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Fills in departments, staff, customers, products and contracts. A second time changes nothing.",
            discussion:
                "It also makes this a development stack, whose clock can be advanced. Never do this to real data.")

        func run() async throws {
            let sessions = Sessions()
            try await sessions.withDatabase(of: Suite.dispatcher, as: .run) {
                try await DispatcherDemo.fill($0)
                try await DispatcherDemo.fillServiceLevels($0)
            }
            let customers = try await sessions.withDatabase(of: Suite.intake, as: .run) {
                try await IntakeDemo.fill($0)
            }
            for service in Suite.services {
                try await sessions.withDatabase(of: service) { pool in
                    try await DatabaseClock(schema: service.schema).setAdjustable(true, in: pool)
                }
            }
            print("Departments, staff and \(customers) customers are there to try.")
        }
    }
}
