import ArgumentParser
import Foundation
import Messaging

struct OutboxCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "outbox", abstract: "What the services have published.", subcommands: [Resend.self])

    struct Resend: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Publishes again what was published since a time. Without --yes it only says how much.",
            discussion: """
                For a broker that has lost its messages. What was published is kept for three days; ids stay the same, so \
                whoever has a message already drops it.
                """)
        @Option(help: "30m, 2h, 3d ago, or 2026-11-22T08:00:00Z.") var since: String
        @Option(help: "Up to this time; now when absent.") var until: String?
        @Option(help: "One service only.") var service: String?
        @Flag(help: "Do it.") var yes = false

        func run() async throws {
            let sessions = Sessions()
            let now = Date()
            let from = try Moment.parse(since, now: now)
            let to = try until.map { try Moment.parse($0, now: now) }
            let services = try service.map { [try Suite.service(named: $0)] } ?? Suite.services
            for part in services {
                let sent = OutboxSent(schema: part.schema)
                let count = try await sessions.withDatabase(of: part) { [yes] pool in
                    yes
                        ? try await sent.resend(since: from, until: to, in: pool)
                        : try await sent.count(since: from, until: to, in: pool)
                }
                print("\(part.name): \(yes ? "publishing" : "would publish") \(count) again")
            }
            print(
                yes
                    ? "All are in the outboxes again; they are published when `paidan status` shows nothing unsent."
                    : "Nothing done yet; add --yes.")
        }
    }
}
