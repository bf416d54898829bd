import ArgumentParser
import DispatcherService
import Foundation

struct StaffCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "staff", abstract: "People, departments, and the record of what was done about them.",
        subcommands: [
            Password.self, List.self, Add.self, Change.self, Close.self, EndSessions.self, Departments.self,
            AddDepartment.self, Audit.self,
        ])

    /// Runs `body` on the dispatcher's database.
    static func operate<Result: Sendable>(
        _ body: @Sendable @escaping (StaffOperations) async throws -> Result
    ) async throws -> Result {
        do {
            return try await Sessions().withDatabase(of: Suite.dispatcher, as: .run) {
                try await body(StaffOperations($0))
            }
        } catch let refused as StaffOperations.Refused {
            throw Complaint(refused.description)
        }
    }

    static func show(_ members: [StaffOperations.Member], json: Bool) throws {
        if json { return try printJSON(members) }
        var table = Table(columns: ["login", "name", "department", "roles", "level", ""])
        table.rows = members.map {
            [
                $0.login, $0.name, $0.department, $0.roles.joined(separator: ","), $0.level.map(String.init) ?? "",
                $0.isActive ? "" : "closed",
            ]
        }
        print(table.text)
    }

    struct Password: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Makes a new one-time password and prints it; the one before is void.",
            discussion: "It works for one sign-in within 24 hours.")
        @Argument(help: "The login.") var login: String

        func run() async throws {
            let login = login
            let password = try await Sessions().withDatabase(of: Suite.dispatcher, as: .run) {
                try await StaffPasswords.issue(login: login, pool: $0)
            }
            print(password)
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Everybody, by login.")
        @Flag(help: "JSON instead of a table.") var json = false

        func run() async throws {
            try StaffCommand.show(try await StaffCommand.operate { try await $0.members() }, json: json)
        }
    }

    struct Details: ParsableArguments {
        @Option(help: "Full name.") var name: String?
        @Option(help: "Code of the department.") var department: String?
        @Option(
            help: """
                Comma-separated: desk, dispatcher, engineer, manager, supervisor, quality, warehouse, finance, station, \
                rnd, knowledge, administrator, general-manager.
                """) var roles: String?
        @Option(help: "An engineer's level, 1 to 3.") var level: Int?
        @Option(help: "zh or en.") var language: String?
        @Option(help: "Telephone.") var phone: String?
        @Option(help: "E-mail.") var email: String?

        var draft: StaffOperations.Draft {
            StaffOperations.Draft(
                name: name, department: department,
                roles: roles?.split(separator: ",").map { $0.filter { $0 != " " } }, level: level, language: language,
                phone: phone, email: email)
        }
    }

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Takes somebody on.")
        @Argument(help: "The login; it stays what it is.") var login: String
        @OptionGroup var details: Details

        func run() async throws {
            let (login, draft) = (login, details.draft)
            let member = try await StaffCommand.operate { try await $0.add(login, draft) }
            try StaffCommand.show([member], json: false)
        }
    }

    struct Change: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Changes what is named; the rest stays as it is.")
        @Argument(help: "The login.") var login: String
        @OptionGroup var details: Details
        @Flag(help: "Opens an account that was closed.") var reopen = false

        func run() async throws {
            let login = login
            var draft = details.draft
            if reopen { draft.isActive = true }
            let member = try await StaffCommand.operate { [draft] in try await $0.change(login, draft) }
            try StaffCommand.show([member], json: false)
        }
    }

    struct Close: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Closes an account and ends its sessions; the history keeps the name.")
        @Argument(help: "The login.") var login: String

        func run() async throws {
            let login = login
            _ = try await StaffCommand.operate { try await $0.change(login, StaffOperations.Draft(isActive: false)) }
            print("\(login) is closed.")
        }
    }

    struct EndSessions: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "sign-out", abstract: "Ends every session of somebody.",
            discussion: "Access tokens that are out run on for their minutes.")
        @Argument(help: "The login.") var login: String

        func run() async throws {
            let login = login
            let ended = try await StaffCommand.operate { try await $0.endSessions(of: login) }
            print("\(ended) sessions ended.")
        }
    }

    struct Departments: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Departments, stations and agents.")
        @Flag(help: "JSON instead of a table.") var json = false

        func run() async throws {
            let departments = try await StaffCommand.operate { try await $0.departments() }
            if json { return try printJSON(departments) }
            var table = Table(columns: ["code", "中文", "English", "below", "kind", ""])
            table.rows = departments.map {
                [$0.code, $0.chineseName, $0.englishName, $0.parent ?? "", $0.kind, $0.isActive ? "" : "closed"]
            }
            print(table.text)
        }
    }

    struct AddDepartment: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "add-department", abstract: "Makes a department, a station or an agent.")
        @Argument(help: "Its code: small letters, digits, dashes.") var code: String
        @Option(help: "Chinese name.") var zh: String
        @Option(help: "English name.") var en: String
        @Option(help: "Code of the one above; none: at the top.") var below: String?
        @Option(help: "department, station or agent.") var kind = "department"

        func run() async throws {
            let (code, zh, en, below, kind) = (code, zh, en, below, kind)
            _ = try await StaffCommand.operate {
                try await $0.addDepartment(code, chineseName: zh, englishName: en, parent: below, kind: kind)
            }
            print("\(code) is there.")
        }
    }

    struct Audit: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "What was done about people and rights, the newest first.")
        @Option(help: "How many lines.") var limit = 50
        @Flag(help: "JSON instead of a table.") var json = false

        func run() async throws {
            let limit = min(max(limit, 1), 10_000)
            let lines = try await StaffCommand.operate { try await $0.audit(limit: limit) }
            if json { return try printJSON(lines) }
            var table = Table(columns: ["at", "who", "what", "to", "department", "why"])
            table.rows = lines.map {
                [$0.at.formatted(.iso8601), $0.who, $0.act, $0.subject, $0.department, $0.reason ?? ""]
            }
            print(table.text)
        }
    }
}
