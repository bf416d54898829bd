import Foundation
import Logging
public import Postgres

/// A database of a test's own, with one schema and the three roles that a service has.
public struct TestDatabase: Sendable {
    public let schema: String
    /// As `<schema>_run`: what a service signs in with.
    public let pool: PostgresPool
    /// As `<schema>_owner`: what migrations are applied with.
    public let ownerPool: PostgresPool
    /// For starting a service against this database: host, name, and the run role with its password.
    public let settings: DatabaseSettings
    public let ownerSettings: DatabaseSettings
    /// As the superuser, in this database.
    public let adminPool: PostgresPool

    /// Ends every connection to this database except the one that asks, as a crash of their backends would.
    public func terminateBackends() async throws {
        try await adminPool.query(
            """
            select pg_terminate_backend(pid)
            from pg_stat_activity
            where datname = current_database() and pid <> pg_backend_pid()
            """)
    }
}

/// Runs `body` with a database of its own, and drops it afterwards, whatever happens.
///
/// - Parameters:
///   - schema: its name; the roles `<schema>_owner`, `_run` and `_member` are made when the server does not have them.
///   - migrations: applied by the owner.
///   - connections: of `pool`, at most.
public func withDatabase<Result: Sendable>(
    schema: String, migrations: [Migration] = [], connections: Int = 4,
    _ body: @Sendable (TestDatabase) async throws -> Result
) async throws -> Result {
    let name = "test_" + UUID().uuidString.lowercased().filter(\.isHexDigit).prefix(16)
    let server = stagePool(TestServer.settings(database: "postgres"), "server", size: 1)
    return try await withRunning([server]) {
        try await makeRoles(schema, server)
        try await server.query("create database \(unescaped: name) template template0")
        do {
            let result = try await withSchema(schema, database: name, migrations, connections, body)
            try await drop(name, server)
            return result
        } catch {
            try await drop(name, server)
            throw error
        }
    }
}

/// Runs the pools for the time of `body`.
public func withRunning<Result: Sendable>(
    _ pools: [PostgresPool], _ body: @Sendable () async throws -> Result
) async throws -> Result {
    try await withThrowingTaskGroup(of: Void.self) { group in
        for pool in pools { group.addTask { try await pool.run() } }
        let outcome: Swift.Result<Result, any Error>
        do { outcome = .success(try await body()) } catch { outcome = .failure(error) }
        group.cancelAll()
        try await group.waitForAll()
        return try outcome.get()
    }
}

private let rolePassword = "testpw"
private let quiet = Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() }

private func withSchema<Result: Sendable>(
    _ schema: String, database: String, _ migrations: [Migration], _ connections: Int,
    _ body: @Sendable (TestDatabase) async throws -> Result
) async throws -> Result {
    let ownerSettings = settings("\(schema)_owner", database: database, schema: schema)
    let runSettings = settings("\(schema)_run", database: database, schema: schema)
    let admin = stagePool(TestServer.settings(database: database), "admin", size: 1)
    let owner = stagePool(ownerSettings, "owner", size: 2)
    let run = PostgresPool(runSettings, name: "run", size: connections, logger: quiet)
    return try await withRunning([admin, owner, run]) {
        try await admin.pipeline(grants(schema, database: database))
        _ = try await Migrator(migrations, schema: schema, in: owner, logger: quiet).apply()
        return try await body(
            TestDatabase(
                schema: schema, pool: run, ownerPool: owner, settings: runSettings, ownerSettings: ownerSettings,
                adminPool: admin))
    }
}

/// For setting the stage, which may take its time on a slow machine: a new database is a copy of files.
private func stagePool(_ settings: DatabaseSettings, _ name: String, size: Int) -> PostgresPool {
    PostgresPool(settings, name: name, size: size, acquireTimeout: .seconds(60), logger: quiet)
}

private func settings(_ role: String, database: String, schema: String) -> DatabaseSettings {
    var settings = TestServer.settings(database: database, schema: schema)
    settings.user = role
    settings.password = rolePassword
    return settings
}

/// Roles belong to the whole server, and tests run side by side in several processes: made under a lock, once.
private func makeRoles(_ schema: String, _ server: PostgresPool) async throws {
    try await server.transaction { transaction in
        try await transaction.query("select pg_advisory_xact_lock(7201)")
        let there = try await transaction.query("select 1 as one from pg_roles where rolname = \(schema + "_member")")
        guard there.isEmpty else { return }
        // The run role inherits nothing: a policy for members must not hold for the service itself.
        try await transaction.commit(with: [
            "create role \(unescaped: schema)_owner login password '\(unescaped: rolePassword)'",
            "create role \(unescaped: schema)_run login noinherit password '\(unescaped: rolePassword)'",
            "create role \(unescaped: schema)_member nologin",
            "grant \(unescaped: schema)_member to \(unescaped: schema)_run",
        ])
    }
}

private func grants(_ schema: String, database: String) -> [SQL] {
    let (owner, run, member) = ("\(schema)_owner", "\(schema)_run", "\(schema)_member")
    let defaults = "alter default privileges for role \(owner) in schema \(schema) grant"
    return [
        "revoke all on database \(unescaped: database) from public",
        "grant connect on database \(unescaped: database) to \(unescaped: owner), \(unescaped: run)",
        "revoke create on schema public from public",
        "create schema \(unescaped: schema) authorization \(unescaped: owner)",
        "grant usage on schema \(unescaped: schema) to \(unescaped: run), \(unescaped: member)",
        "\(unescaped: defaults) select, insert, update, delete on tables to \(unescaped: run)",
        "\(unescaped: defaults) usage, select on sequences to \(unescaped: run)",
    ]
}

/// After a cancelled test too: leftovers would fill the server's disk.
private func drop(_ database: String, _ server: PostgresPool) async throws {
    try await Task { _ = try await server.query("drop database if exists \(unescaped: database) with (force)") }.value
}
