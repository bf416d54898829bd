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

    func run() async throws {
        let sessions = Sessions()
        let services = try service.map { [try Suite.service(named: $0)] } ?? Suite.services
        var missing = 0
        for service in services {
            let logger = sessions.logger
            let names = try await sessions.withDatabase(of: service) { [check] pool in
                let migrator = Migrator(service.migrations, schema: service.schema, in: pool, logger: logger)
                return check ? try await migrator.check() : try await migrator.apply()
            }
            missing += names.count
            let verdict = names.isEmpty ? "up to date" : (check ? "missing " : "applied ") + names.joined(separator: ", ")
            print("\(service.name): \(verdict)")
        }
        if check, missing > 0 { throw ExitCode(2) }
    }
}
