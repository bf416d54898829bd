import AMQP
import ArgumentParser
import Foundation
import Kernel
import Messaging
import Postgres

struct DeadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dead", abstract: "Dead letters: messages that nobody could handle, with the reason.",
        discussion: """
            A letter is named by its service and number, such as intake:17, as `dead list` shows it. A replay goes to the \
            consumer that refused it, under the same message id: what was finished before stays finished.
            """,
        subcommands: [List.self, Show.self, Replay.self, Discard.self])

    /// Which letters a command means; without any option, all that are open.
    struct Selection: ParsableArguments {
        @Argument(help: "Letters by name: intake:17 intake:18.") var letters: [LetterName] = []
        @Option(help: "Only those of one service.") var service: String?
        @Option(help: "Only those of one queue, such as intake.inbound.") var queue: String?
        @Option(help: "Only those with this message id.") var messageID: String?
        @Option(help: "Only those with this reason, such as refused or undecodable.") var reason: String?
        @Option(help: "Only those of this type, such as ticket.created.v1.") var type: String?
        @Option(help: "Only those archived since 30m, 2h, 3d ago or 2026-11-22T08:00:00Z.") var since: String?
        @Option(help: "Only those archived before 30m, 2h, 3d ago or 2026-11-22T08:00:00Z.") var until: String?
        @Option(help: "Only the newest so many of each service; all when absent.") var limit: Int?

        /// Whether anything was said; to change all letters of the suite takes more than a forgotten word.
        var isNarrowed: Bool {
            !letters.isEmpty || [service, queue, messageID, reason, type, since, until].contains { $0 != nil }
        }

        func validate() throws {
            if let limit, limit < 1 { throw ValidationError("--limit is \(limit); it must be 1 or more.") }
        }

        /// What to look for in which service's archive.
        func filters(onlyOpen: Bool) throws -> [(service: SuitePart, filter: DeadLetterFilter)] {
            let now = Date()
            var services = Suite.services
            if let service { services = [try Suite.service(named: service)] }
            if let queue { services = [try Suite.owner(ofQueue: queue)] }
            if !letters.isEmpty { services = services.filter { part in letters.contains { $0.service == part.name } } }
            return try services.map { part in
                let ids = letters.filter { $0.service == part.name }.map(\.number)
                let filter = DeadLetterFilter(
                    ids: letters.isEmpty ? nil : ids, queue: queue, reason: reason, type: type, messageID: messageID,
                    since: try since.map { try Moment.parse($0, now: now) },
                    until: try until.map { try Moment.parse($0, now: now) }, onlyOpen: onlyOpen, limit: limit)
                return (part, filter)
            }
        }
    }

    /// `intake:17`.
    struct LetterName: ExpressibleByArgument, CustomStringConvertible {
        let service: String
        let number: Int64

        init?(argument: String) {
            let parts = argument.split(separator: ":")
            guard parts.count == 2, let number = Int64(parts[1]),
                Suite.services.contains(where: { $0.name == parts[0] })
            else {
                return nil
            }
            (service, self.number) = (String(parts[0]), number)
        }

        init(service: String, number: Int64) { (self.service, self.number) = (service, number) }

        var description: String { "\(service):\(number)" }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lists dead letters, the newest first: 100 of each service, unless --limit says how many.")
        @OptionGroup var selection: Selection
        @Flag(help: "Also those that were replayed or discarded.") var all = false
        @Flag(help: "As JSON.") var json = false

        struct Line: Encodable {
            let name: String
            let service: String
            let letter: DeadLetter
        }

        func run() async throws {
            let sessions = Sessions()
            var lines: [Line] = []
            var more: [String] = []
            for (service, var filter) in try selection.filters(onlyOpen: !all) {
                if !json { filter.limit = filter.limit ?? DeadCommand.shown }
                let (letters, total) = try await sessions.withDatabase(of: service) { [filter] pool in
                    let archive = DeadLetters(schema: service.schema)
                    return (try await archive.list(filter, in: pool), try await archive.count(filter, in: pool))
                }
                lines += letters.map { Line(name: "\(service.name):\($0.id)", service: service.name, letter: $0) }
                if total > letters.count { more.append("\(total - letters.count) more of \(service.name)") }
            }
            if json { return try printJSON(lines) }
            guard !lines.isEmpty else { return print("No dead letters.") }
            var table = Table(columns: ["letter", "queue", "archived", "reason", "type", "detail"])
            table.rows = lines.map { line in
                let letter = line.letter
                let detail =
                    letter.faults.map { $0.map { "\($0.field) \($0.code)" }.joined(separator: ", ") } ?? letter.detail
                    ?? ""
                return [
                    line.name, letter.queue, letter.archivedAt.formatted(.iso8601), letter.reason, letter.type ?? "-",
                    String(detail.prefix(80)),
                ]
            }
            print(table.text)
            if !more.isEmpty { print("Not shown: \(more.joined(separator: ", ")); --limit shows more of them.") }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Shows one letter with its headers and body.",
            discussion: "The body holds what the sender wrote, personal data included.")
        @Argument(help: "Such as intake:17.") var letter: LetterName

        func run() async throws {
            let service = try Suite.service(named: letter.service)
            let number = letter.number
            let content = try await Sessions().withDatabase(of: service) { pool in
                try await DeadLetters(schema: service.schema).show(number, in: pool)
            }
            guard let content else { throw Complaint("There is no dead letter \(letter).") }
            try printJSON(content.letter)
            print("exchange: \(content.exchange)\nrouting key: \(content.routingKey)\nheaders:")
            for (name, value) in content.properties.headers.sorted(by: { $0.key < $1.key }) {
                print("  \(name): \(value)")
            }
            print("body (\(content.letter.bodySize) bytes):\n\(Printable.text(content.body))")
        }
    }

    struct Replay: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Hands letters to their consumers again, all that are meant. Without --yes it only says which.")
        @OptionGroup var selection: Selection
        @Flag(help: "Do it.") var yes = false

        func run() async throws {
            let done = """
                replayed: their consumers take them within seconds. What fails again is a new letter of `paidan dead list`; \
                what is tried later is parked in `paidan status`
                """
            try await DeadCommand.change("replay", done, selection, yes) { letters, ids, pool in
                try await letters.replay(ids, in: pool)
            }
        }
    }

    struct Discard: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Says that nothing will be done about letters, all that are meant; they stay readable. Without --yes it only says which."
        )
        @OptionGroup var selection: Selection
        @Flag(help: "Do it.") var yes = false

        func run() async throws {
            try await DeadCommand.change("discard", "discarded", selection, yes) { letters, ids, pool in
                try await letters.discard(ids, in: pool)
            }
        }
    }

    /// Letters of each service that are named one by one.
    private static let shown = 100

    private static func change(
        _ verb: String, _ done: String, _ selection: Selection, _ isMeant: Bool,
        _ act: @escaping @Sendable (DeadLetters, [Int64], PostgresPool) async throws -> Int
    ) async throws {
        guard selection.isNarrowed else {
            throw Complaint(
                "Say which letters: by name, or with --queue, --reason, --type, --service, --since or --message-id.")
        }
        let sessions = Sessions()
        var total = 0
        for (service, filter) in try selection.filters(onlyOpen: true) {
            let letters = DeadLetters(schema: service.schema)
            total += try await sessions.withDatabase(of: service) { pool in
                let found = try await letters.list(filter, in: pool)
                guard isMeant else {
                    for letter in found.prefix(shown) {
                        print("would \(verb) \(service.name):\(letter.id)  \(letter.queue)  \(letter.reason)")
                    }
                    if found.count > shown { print("would \(verb) \(found.count - shown) more of \(service.name)") }
                    return found.count
                }
                return found.isEmpty ? 0 : try await act(letters, found.map(\.id), pool)
            }
        }
        if total == 0 { throw Complaint("No open letter is meant; `paidan dead list --all` shows all there are.") }
        print(isMeant ? "\(total) \(done)." : "Nothing done yet; add --yes to \(verb) these \(total).")
    }
}

/// Text from outside, safe to print: control characters (which a terminal would obey) are shown, not sent.
enum Printable {
    static func text(_ bytes: [UInt8]) -> String {
        String(decoding: bytes, as: UTF8.self).unicodeScalars.map { scalar in
            let isControl = scalar.properties.generalCategory == .control && scalar != "\n" && scalar != "\t"
            return isControl ? "\\u{\(String(scalar.value, radix: 16))}" : String(scalar)
        }.joined()
    }
}
