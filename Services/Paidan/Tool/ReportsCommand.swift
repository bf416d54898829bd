import ArgumentParser
import ReportingService

struct ReportsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reports", abstract: "What is read from events.", subcommands: [Rebuild.self])

    struct Rebuild: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Makes the read models anew from the events that were kept; the services may go on meanwhile.")

        func run() async throws {
            let events = try await Sessions().withDatabase(of: Suite.reporting, as: .run) {
                try await ReportingRebuild.run($0)
            }
            print("Made anew from \(events) events.")
        }
    }
}
