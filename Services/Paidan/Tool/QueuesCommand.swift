import ArgumentParser

struct QueuesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "queues", abstract: "How much waits in every queue, and how many work on it.")

    @Flag(help: "As JSON.") var json = false
    @Flag(help: "Only queues with something in them.") var waiting = false

    struct Line: Encodable {
        let queue: String
        let ready: Int
        let unacknowledged: Int
        let consumers: Int
    }

    func run() async throws {
        let management = Management(settings: try OperatorSettings().management())
        let lines = try await management.queues().map {
            Line(
                queue: $0.name, ready: $0.messages_ready ?? 0, unacknowledged: $0.messages_unacknowledged ?? 0,
                consumers: $0.consumers ?? 0)
        }.filter { !waiting || $0.ready + $0.unacknowledged > 0 }.sorted { $0.queue < $1.queue }
        if json { return try printJSON(lines) }
        var table = Table(columns: ["queue", "ready", "unacknowledged", "consumers"])
        table.rows = lines.map { [$0.queue, "\($0.ready)", "\($0.unacknowledged)", "\($0.consumers)"] }
        print(table.text)
    }
}
