import AMQP
import ArgumentParser
import Contracts
import Messaging

struct TopologyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "topology", abstract: "The broker's exchanges, queues and bindings: declare or compare them.",
        subcommands: [Apply.self, Check.self, Diff.self])

    struct Apply: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Declares every exchange, queue and binding of the suite. What is there already stays as it is.")

        func run() async throws {
            let suite = Topology.suite
            let before: [Management.Binding]?
            do {
                before = try await Management(settings: try OperatorSettings().management()).bindings()
            } catch {
                before = nil
                print("Which bindings are missing cannot be told: \(error)")
            }
            try await Sessions().withBroker { try await $0.declare(suite.declarations) }
            print(
                "\(suite.exchanges.count) exchanges, \(suite.queues.count) queues, \(suite.bindings.count) bindings declared."
            )
            if let before, let advice = Self.advice(declared: suite, before: before) { print(advice) }
        }

        /// What to do after bindings of queues of events were made; nil when none was, and for a broker without any.
        static func advice(declared: Topology, before: [Management.Binding]) -> String? {
            let there = Set(before.map { "\($0.source) \($0.routing_key) \($0.destination)" })
            let events = declared.bindings.filter { $0.exchange == Topology.ExchangeName.events }
            let made = events.filter { !there.contains("\($0.exchange) \($0.key) \($0.queue)") }
            guard !made.isEmpty, made.count < events.count else { return nil }
            return """
                Made: \(made.map { "\($0.key) to \($0.queue)" }.sorted().joined(separator: ", ")). Events that were \
                published while that was missing have gone past the queue; `paidan outbox resend --since TIME --yes` \
                brings them back. A TIME that is too early does no harm, up to 3d; the service's log says since when.
                """
        }
    }

    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Ends with 2 and a list when something is missing.")

        func run() async throws {
            let difference = try await TopologyDifference.now()
            for line in difference.missing { print("missing  \(line)") }
            if !difference.missing.isEmpty {
                print("Run `paidan topology apply`.")
                throw ExitCode(2)
            }
            print("Everything is there.")
        }
    }

    struct Diff: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Compares both ways: what is missing, and what is there that the suite does not know.")
        @Flag(help: "As JSON.") var json = false

        func run() async throws {
            let difference = try await TopologyDifference.now()
            if json { return try printJSON(difference) }
            for line in difference.missing { print("- \(line)") }
            for line in difference.unknown { print("+ \(line)") }
            if difference.missing.isEmpty && difference.unknown.isEmpty { print("No difference.") }
        }
    }
}

/// What the broker has against what the contracts module declares.
struct TopologyDifference: Codable, Equatable {
    let missing: [String]
    let unknown: [String]

    init(missing: [String], unknown: [String]) {
        self.missing = missing
        self.unknown = unknown
    }

    /// Reply queues belong to adapters and are no difference; neither are the broker's own `amq.*` exchanges.
    init(declared: Topology, exchanges: [Management.Exchange], queues: [String], bindings: [Management.Binding]) {
        let wanted =
            declared.exchanges.map { "exchange \($0.name) (\($0.kind.rawValue))" }
            + declared.queues.map { "queue \($0.name)" }
            + declared.bindings.map { "binding \($0.exchange) --\($0.key)--> \($0.queue)" }
        let there =
            exchanges.filter { !$0.name.isEmpty && !$0.name.hasPrefix("amq.") }.map {
                "exchange \($0.name) (\($0.type))"
            }
            + queues.filter { !$0.hasPrefix("reply.") }.map { "queue \($0)" }
            + bindings.filter {
                !$0.source.isEmpty && $0.destination_type == "queue" && !$0.destination.hasPrefix("reply.")
            }
            .map { "binding \($0.source) --\($0.routing_key)--> \($0.destination)" }
        missing = Set(wanted).subtracting(there).sorted()
        unknown = Set(there).subtracting(wanted).sorted()
    }

    static func now() async throws -> TopologyDifference {
        let management = Management(settings: try OperatorSettings().management())
        return TopologyDifference(
            declared: Topology.suite, exchanges: try await management.exchanges(),
            queues: try await management.queues().map(\.name), bindings: try await management.bindings())
    }
}
