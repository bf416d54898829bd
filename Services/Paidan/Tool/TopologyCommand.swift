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
            try await Sessions().withBroker { try await $0.declare(Topology.suite.declarations) }
            let suite = Topology.suite
            print(
                "\(suite.exchanges.count) exchanges, \(suite.queues.count) queues, \(suite.bindings.count) bindings declared."
            )
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
