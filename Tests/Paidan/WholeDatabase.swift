import DispatcherDomain
import Foundation
import Logging
import Postgres
import StackSupport
import TestSupport

@testable import PaidanTool

/// One database with all five schemas, its roles made by docker/postgres/roles.sql as in a real installation.
struct WholeDatabase: Sendable {
    static let schemas = Suite.services.map(\.schema)

    /// As the superuser.
    let admin: PostgresPool
    /// By schema.
    let owner: [String: PostgresPool]
    let run: [String: PostgresPool]

    private static let password = "testpw"
    private static let quiet = Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() }

    static func with(_ body: @Sendable (WholeDatabase) async throws -> Void) async throws {
        let name = "test_whole_" + UUID().uuidString.lowercased().filter(\.isHexDigit).prefix(12)
        let server = pool(TestServer.settings(database: "postgres"))
        try await withRunning([server]) {
            do {
                // Roles belong to the whole server, and other tests may be making them.
                try await server.transaction { transaction in
                    try await transaction.query("select pg_advisory_xact_lock(7201)")
                    try await makeRoles(database: name)
                }
                try await migrate(name, body)
            } catch {
                try await server.query("drop database if exists \(unescaped: name) with (force)")
                throw error
            }
            try await server.query("drop database \(unescaped: name) with (force)")
        }
    }

    private static func migrate(_ name: String, _ body: @Sendable (WholeDatabase) async throws -> Void) async throws {
        func pools(_ kind: String) -> [String: PostgresPool] {
            Dictionary(
                uniqueKeysWithValues: schemas.map { schema in
                    var settings = TestServer.settings(database: name, schema: schema)
                    settings.user = "\(schema)_\(kind)"
                    settings.password = password
                    return (schema, pool(settings))
                })
        }
        let database = WholeDatabase(
            admin: pool(TestServer.settings(database: name)), owner: pools("owner"), run: pools("run"))
        try await withRunning([database.admin] + database.owner.values + database.run.values) {
            for part in Suite.services {
                guard let owner = database.owner[part.schema] else { continue }
                _ = try await Migrator(part.migrations, schema: part.schema, in: owner, logger: quiet).apply()
            }
            try await body(database)
        }
    }

    private static func pool(_ settings: DatabaseSettings) -> PostgresPool {
        PostgresPool(settings, name: settings.user, size: 1, acquireTimeout: .seconds(60), logger: quiet)
    }

    /// The script as it is, but for the database's name.
    private static func makeRoles(database: String) async throws {
        let script = try String(
            contentsOf: `The operators' tool`.root.appending(path: "docker/postgres/roles.sql"), encoding: .utf8
        ).replacing(/\bpaidan\b/, with: database)
        let place = FileManager.default.temporaryDirectory.appending(path: "\(database).sql")
        try Data(script.utf8).write(to: place)
        let settings = TestServer.settings(database: "postgres")
        var environment = ["PGPASSWORD": settings.password]
        for schema in schemas {
            environment["PAIDAN_\(schema.uppercased())_OWNER_PASSWORD"] = password
            environment["PAIDAN_\(schema.uppercased())_RUN_PASSWORD"] = password
        }
        let host = settings.hosts[0]
        let outcome = try await StackSupport.run(
            "/usr/bin/env",
            [
                "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", host.host, "-p", "\(host.port)", "-U", settings.user,
                "-d", "postgres", "-f", place.path,
            ], environment: environment)
        try FileManager.default.removeItem(at: place)
        guard outcome.status == 0 else { throw Unmet("roles.sql: \(outcome.output)") }
    }

    /// Tables, views and sequences of all schemas, as PostgreSQL lists them.
    func relations() async throws -> [Relation] {
        try await admin.query(
            """
            select n.nspname::text, c.relname::text, c.relkind::text
            from pg_class c
            join pg_namespace n on n.oid = c.relnamespace
            where n.nspname = any (\(Self.schemas)::text[])
                and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
            order by 1, 2
            """
        ).map { row in
            let (schema, name, kind) = try row.decode(String.self, String.self, String.self)
            return Relation(schema: schema, name: name, isSequence: kind == "S")
        }
    }

    struct Relation: Sendable, CustomStringConvertible {
        let schema: String
        let name: String
        let isSequence: Bool
        var description: String { "\(schema).\(name)" }
    }

    /// How many rows of `table` a member of these departments sees, though he has every role.
    ///
    /// - Returns: nil when the role may not look at it.
    func seen(_ table: Relation, departments: String) async throws -> Int? {
        guard let pool = run[table.schema] else { return nil }
        do {
            return try await pool.transaction(role: "\(table.schema)_member") { transaction in
                try await transaction.query(
                    """
                    select set_config('paidan.departments', \(departments), true),
                      set_config('paidan.roles', \(Self.roles), true)
                    """)
                return try await transaction.query("select 1 as one from \(unescaped: table.description)").count
            }
        } catch let error as PostgresError where error.kind == .insufficientPrivilege {
            return nil
        }
    }

    private static let roles = "{\(StaffRole.allCases.map(\.rawValue).joined(separator: ","))}"

    /// One row of department `d<number>` in `table`, and of the same ticket as the other rows of that number.
    func fill(_ table: Relation, _ number: Int) async throws {
        let columns = try await admin.query(
            """
            select attname::text, format_type(atttypid, null), (
                select min(substring(pg_get_constraintdef(pg_constraint.oid) from $word$= ANY [(]ARRAY[[]'([a-z_]+)'$word$))
                from pg_constraint
                where conrelid = attrelid and contype = 'c' and conkey = array[attnum])
            from pg_attribute
            where attrelid = \(table.description)::regclass
                and attnum > 0
                and not attisdropped
                and attnotnull
                and not atthasdef
                and attidentity = ''
            """
        ).map { try $0.decode(String.self, String.self, String?.self) }
        // A word that the column's check allows goes before any other value.
        let values = columns.map { name, type, word in word.map { "'\($0)'" } ?? Self.value(name, type, number) }
        try await admin.transaction { transaction in
            // Rows of other tables may be missing here.
            try await transaction.query("set local session_replication_role = replica")
            try await transaction.query(
                """
                insert into \(unescaped: table.description)
                    (\(unescaped: columns.map(\.0).joined(separator: ", ")))
                values (\(unescaped: values.joined(separator: ", ")))
                """)
        }
    }

    private static func value(_ name: String, _ type: String, _ number: Int) -> String {
        switch (name, type) {
        case ("ends_at", _), ("window_end", _): "now() + interval '1 hour'"
        case ("sheet", "text"): "repeat('a', 64)"
        case ("departments", "text[]"): "'{d\(number)}'"
        case (_, let list) where list.hasSuffix("[]"): "'{}'"
        case ("department", _): "'d\(number)'"
        case (_, "uuid"): "'00000000-0000-0000-0000-00000000000\(number)'"
        case (_, "timestamp with time zone"), (_, "date"): "now()"
        case (_, "jsonb"), (_, "json"), (_, "bytea"): "'{}'"
        case (_, "boolean"): "false"
        case (_, "text"): "'x\(number)'"
        default: "\(number)"
        }
    }
}
