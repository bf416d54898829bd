import AMQP
import ArgumentParser
import Contracts
import Messaging

struct AdapterCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "adapter", abstract: "Channel adapters: programs that publish requests.", subcommands: [Add.self])

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Creates an adapter's broker user and its reply queue, or gives a new password; prints it once.",
            discussion: """
                The user may publish to paidan.inbound, read its own queue reply.NAME, and nothing else. An adapter that \
                is there already gets a new password.
                """)
        @Argument(help: "Small letters, digits and dashes.") var name: String
        @Option(help: "Use this password instead of a new one; read it from a file, not from a shell's history.")
        var passwordFile: String?

        func validate() throws {
            let good = name.utf8.allSatisfy { ($0 >= 97 && $0 <= 122) || ($0 >= 48 && $0 <= 57) || $0 == 45 }
            guard good, (1...40).contains(name.utf8.count) else {
                throw ValidationError("'\(name)' is no name for an adapter: 1 to 40 small letters, digits and dashes.")
            }
            guard !Topology.services.contains(name), !["operator", "guest"].contains(name) else {
                throw ValidationError("'\(name)' belongs to the suite or the broker itself; take another name.")
            }
        }

        func run() async throws {
            let sessions = Sessions()
            let management = Management(settings: try sessions.settings.management())
            let password = try passwordFile.map(Secret.read(file:)) ?? Secret.make()
            let queue = Topology.replyQueue(of: name)
            let pattern = queue.replacing(".", with: "\\.")
            try await management.put(user: name, password: password)
            try await management.put(
                permissionsOf: name, configure: "^$", write: "^paidan\\.inbound$", read: "^\(pattern)$")
            try await sessions.withBroker { broker in
                let arguments: [String: FieldValue] = [
                    "x-queue-type": .string("quorum"), "x-overflow": .string("reject-publish"),
                    "x-max-length": .int(100_000),
                    "x-expires": .int(30 * 86_400_000),
                ]
                try await broker.declare(
                    Declarations(
                        queues: [QueueDeclaration(name: queue, arguments: arguments)],
                        bindings: [
                            BindingDeclaration(exchange: Topology.ExchangeName.replies, queue: queue, key: queue)
                        ]))
            }
            print(
                passwordFile == nil
                    ? "user \(name)\npassword \(password)\nreply queue \(queue)" : "user \(name)\nreply queue \(queue)")
        }
    }
}
