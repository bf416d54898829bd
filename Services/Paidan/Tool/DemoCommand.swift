import ArgumentParser
import DispatcherService
import IntakeService

struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo", abstract: "Data to try the suite with.", subcommands: [Fill.self])

    struct Fill: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Fills in departments, staff, customers, installed products and contracts. A second time changes nothing.")

        func run() async throws {
            let sessions = Sessions()
            try await sessions.withDatabase(of: Suite.dispatcher, as: .run) {
                try await DispatcherDemo.fill($0)
            }
            let customers = try await sessions.withDatabase(of: Suite.intake, as: .run) {
                try await IntakeDemo.fill($0)
            }
            print("Departments, staff and \(customers) customers are there to try.")
        }
    }
}
