public import Logging

/// Brings one schema up to date: forward only, locked against a second migrator, refusing changed history.
///
/// The history is the table `<schema>.migration`. Each migration is a transaction of its own with `search_path` set to
/// the schema (and `public`, for extensions), without statement timeout.
public struct Migrator: Sendable {
    private let migrations: [Migration]
    private let schema: String
    private let pool: PostgresPool
    private let logger: Logger

    /// - Parameter pool: signs in as the owner of the schema.
    public init(_ migrations: [Migration], schema: String, in pool: PostgresPool, logger: Logger) {
        self.migrations = migrations
        self.schema = schema
        self.pool = pool
        self.logger = logger
    }

    /// Names of those applied now.
    ///
    /// - Throws: ``MigrationError``, or ``PostgresError``; migrations before the failed one stay applied.
    public func apply() async throws -> [String] {
        try await pool.session { session in
            try await lock(session)
            try await session.query(
                """
                create table if not exists \(unescaped: table) (
                    name text constraint migration_pkey primary key,
                    checksum text not null,
                    applied_at timestamptz not null default now()
                )
                """)
            let missing = try MigrationHistory.missing(of: migrations, applied: try await applied(session))
            for migration in missing {
                try await apply(migration, session)
                logger.info("Migration applied", metadata: ["migration": "\(migration.name)", "schema": "\(schema)"])
            }
            return missing.map(\.name)
        }
    }

    /// Names that are missing; throws when history differs (checksum, unknown, order).
    public func check() async throws -> [String] {
        try await pool.session { session in
            let found = try await session.query("select to_regclass(\(table))::text")
            let exists: String? = try found[0].value("to_regclass")
            let applied = exists == nil ? [] : try await applied(session)
            return try MigrationHistory.missing(of: migrations, applied: applied).map(\.name)
        }
    }

    private var table: String { "\(quotedSchema).migration" }
    private var quotedSchema: String { SQL.quoted(identifier: schema) }

    private func applied(_ session: Session) async throws -> [MigrationHistory.Applied] {
        try await session.query("select name, checksum from \(unescaped: table) order by applied_at, name").map { row in
            let (name, checksum) = try row.decode(String.self, String.self)
            return MigrationHistory.Applied(name: name, checksum: checksum)
        }
    }

    private func apply(_ migration: Migration, _ session: Session) async throws {
        do {
            try await session.query("begin")
            try await session.script(
                "set local search_path = \(quotedSchema), public; set local statement_timeout = 0", patience: nil)
            try await session.script(migration.sql, patience: nil)
            try await session.pipeline([
                "insert into \(unescaped: table) (name, checksum) values (\(migration.name), \(migration.checksum))",
                "commit",
            ])
        } catch {
            logger.error(
                "A migration failed and was rolled back; correct its cause and start again",
                metadata: ["migration": "\(migration.name)", "schema": "\(schema)", "error": "\(error)"])
            throw error
        }
    }

    /// The session's reset lets go of it. Asked for again and again rather than waited for: a waiting lock holds back
    /// vacuum in the whole database.
    private func lock(_ session: Session) async throws {
        let key = "paidan migration of \(schema)"
        let deadline = ContinuousClock.now + .seconds(60)
        while true {
            let answer = try await session.query("select pg_try_advisory_lock(hashtextextended(\(key), 0)) as got")
            if try answer[0].value("got", as: Bool.self) { return }
            guard ContinuousClock.now < deadline else { throw MigrationError.locked(schema: schema) }
            try await Task.sleep(for: .milliseconds(50))
        }
    }
}
