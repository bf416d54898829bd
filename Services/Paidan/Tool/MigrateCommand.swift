import ArgumentParser
import Postgres

struct MigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate",
        abstract: "Brings every service's schema up to date; with --check only says what is missing.",
        discussion: """
            Migrations are in the binary, go forward only, and are locked against a second migrator. A schema whose \
            history differs from the binary's (an edited or unknown migration) is refused and left as it is.
            Environment: PAIDAN_DATABASE_HOSTS, PAIDAN_DATABASE_NAME, PAIDAN_<SCHEMA>_OWNER_PASSWORD.
            Ends with 2 when --check finds something missing.
            """)

    @Flag(help: "Change nothing; end with 2 when something is missing.") var check = false
    @Option(help: "One service only.") var service: String?
    @Flag(help: "As JSON.") var json = false

    struct Line: Encodable {
        let service: String
        let migrations: [String]
    }

    func run() async throws {
        let sessions = Sessions()
        let services = try service.map { [try Suite.service(named: $0)] } ?? Suite.services
        var lines: [Line] = []
        for service in services {
            let logger = sessions.logger
            let names = try await sessions.withDatabase(of: service) { [check] pool in
                let migrator = Migrator(service.migrations, schema: service.schema, in: pool, logger: logger)
                return check ? try await migrator.check() : try await migrator.apply()
            }
            lines.append(Line(service: service.name, migrations: names))
            if !json {
                print("\(service.name): \(names.isEmpty ? "up to date" : verb + names.joined(separator: ", "))")
            }
        }
        if json { try printJSON(lines) }
        if check, lines.contains(where: { !$0.migrations.isEmpty }) { throw ExitCode(2) }
    }

    private var verb: String { check ? "missing " : "applied " }
}
