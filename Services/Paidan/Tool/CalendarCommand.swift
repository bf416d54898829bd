import ArgumentParser
import DispatcherService
import Foundation

struct CalendarCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "calendar", abstract: "Working hours and holidays; what is promised by them.",
        subcommands: [
            List.self, Show.self, Put.self, Import.self, Policies.self, PutPolicy.self, Agree.self,
        ])

    /// Runs `body` on the dispatcher's database.
    static func operate<Result: Sendable>(
        _ body: @Sendable @escaping (CalendarOperations) async throws -> Result
    ) async throws -> Result {
        do {
            return try await Sessions().withDatabase(of: Suite.dispatcher, as: .run) {
                try await body(CalendarOperations($0))
            }
        } catch let refused as CalendarOperations.Refused {
            throw Complaint(refused.description)
        }
    }

    /// - Parameter limit: bytes; a larger file is refused by those who read it.
    static func read(_ path: String, limit: Int) throws -> Data {
        do {
            let file = try FileHandle(forReadingFrom: URL(filePath: path))
            defer { file.closeFile() }
            return try file.read(upToCount: limit + 1) ?? Data()
        } catch {
            throw Complaint("\(path) cannot be read: \(error.localizedDescription)")
        }
    }

    static func show(_ lines: [CalendarOperations.Line], json: Bool) throws {
        if json { return try printJSON(lines) }
        var table = Table(columns: ["key", "version", "department", "title", "zone", "covers", "not covered"])
        table.rows = lines.map {
            [
                $0.key, String($0.version), $0.department, $0.title, $0.timeZone, $0.covers,
                $0.uncoveredYears.map(String.init).joined(separator: " "),
            ]
        }
        print(table.text)
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Every calendar, and which of this year and the next it does not cover.")
        @Flag(help: "JSON instead of a table.") var json = false

        func run() async throws {
            try CalendarCommand.show(try await CalendarCommand.operate { try await $0.list() }, json: json)
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Prints a calendar as a file that `put` takes (docs/calendars.md).")
        @Argument(help: "The calendar's key.") var key: String

        func run() async throws {
            let key = key
            print(try await CalendarCommand.operate { try await $0.file(of: key) })
        }
    }

    struct Put: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Makes a calendar, or its next version, from a file; running clocks go over to it.")
        @Argument(help: "A calendar file (JSON, docs/calendars.md); its version means nothing.") var file: String
        @Option(help: "Code of the department that keeps it.") var department: String?

        func run() async throws {
            let (bytes, department) = (try CalendarCommand.read(file, limit: 2 << 20), department)
            let line = try await CalendarCommand.operate { try await $0.put(bytes, department: department) }
            try CalendarCommand.show([line], json: false)
        }
    }

    struct Import: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Takes the holidays of some years into the next version of a calendar.",
            discussion: "Shows what it would do; acts with --yes.")
        @Argument(help: "The calendar's key.") var key: String
        @Argument(help: "An iCalendar file, or a list (docs/calendars.md).") var file: String
        @Option(help: "2026, or 2026-2028.") var years: String
        @Option(help: "What events of an .ics file without X-APPLE-SPECIAL-DAY are: closed or ignored.")
        var unmarked: String?
        @Flag(help: "Do it.") var yes = false

        func run() async throws {
            let ends = years.split(separator: "-", maxSplits: 1).map { Int($0) ?? 0 }
            guard let first = ends.first, let last = ends.last, first <= last, (1900...2299).contains(first) else {
                throw Complaint("'\(years)' are no years; write 2026 or 2026-2028.")
            }
            guard ["closed", "ignored"].contains(unmarked ?? (file.lowercased().hasSuffix(".ics") ? "" : "ignored"))
            else {
                throw Complaint(
                    "Say what events without X-APPLE-SPECIAL-DAY are: --unmarked closed, or --unmarked ignored for festivals "
                        + "that are no days off.")
            }
            let (bytes, key, closed, isTrial) = (
                try CalendarCommand.read(file, limit: 1 << 20), key, unmarked == "closed", !yes
            )
            let imported = try await CalendarCommand.operate {
                try await $0.importHolidays(
                    bytes, into: key, years: first...last, unmarkedAreClosed: closed, isTrial: isTrial)
            }
            imported.dates.forEach { print($0) }
            print("\(imported.dates.count) dates; \(imported.ignored) entries say nothing on working time.")
            try CalendarCommand.show([imported.calendar], json: false)
            if isTrial { print("Nothing was changed; --yes does it.") }
        }
    }

    struct Policies: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Every policy.")
        @Flag(help: "JSON instead of a table.") var json = false

        func run() async throws {
            let lines = try await CalendarCommand.operate { try await $0.policyList() }
            if json { return try printJSON(lines) }
            var table = Table(columns: ["key", "version", "department", "title", "rows"])
            table.rows = lines.map { [$0.key, String($0.version), $0.department, $0.title, String($0.rows)] }
            print(table.text)
        }
    }

    struct PutPolicy: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "put-policy",
            abstract: "Makes a policy, or its next version, from a file; running clocks go over to it.")
        @Argument(help: "A policy file (JSON, docs/calendars.md); its version means nothing.") var file: String
        @Option(help: "Code of the department that keeps it.") var department: String?

        func run() async throws {
            let (bytes, department) = (try CalendarCommand.read(file, limit: 1 << 20), department)
            let (line, warnings) = try await CalendarCommand.operate {
                try await $0.putPolicy(bytes, department: department)
            }
            for warning in warnings { print("warning: \(warning)") }
            print("\(line.key) is at version \(line.version), with \(line.rows) rows.")
        }
    }

    struct Agree: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Says by which calendar and policy the work of a department counts that is opened from now on.",
            discussion: "What is not named is as for the department above.")
        @Argument(help: "Code of the department.") var department: String
        @Option(help: "Only the work for this customer, by his id.") var customer: String?
        @Option(help: "Key of a calendar.") var calendar: String?
        @Option(help: "Key of a policy.") var policy: String?

        func run() async throws {
            let (department, calendar, policy) = (department, calendar, policy)
            let id = try customer.map { text in
                guard let id = UUID(uuidString: text) else { throw Complaint("'\(text)' is no customer's id.") }
                return id
            }
            try await CalendarCommand.operate {
                try await $0.agree(department: department, customer: id, calendar: calendar, policy: policy)
            }
            print("Agreed.")
        }
    }
}
