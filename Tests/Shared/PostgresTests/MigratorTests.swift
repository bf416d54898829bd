import Logging
import Postgres
import TestSupport
import Testing

@Suite struct `A migrator` {
    private static let first = migration(
        "V001_bank", "create table account (id bigint); insert into account values (1);")
    private static let second = migration("V002_owner", "alter table account add column owner text; -- '派'")
    private static let third = migration("V003_more", "create index account_id on account (id);")

    private static func migration(_ name: String, _ sql: String) -> Migration {
        Migration(name: name, sql: Array(sql.utf8))
    }

    private func migrator(_ migrations: [Migration], _ database: TestDatabase) -> Migrator {
        Migrator(
            migrations, schema: "bank", in: database.ownerPool,
            logger: Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() })
    }

    @Test func `applies what is missing, in order, in the schema`() async throws {
        try await withDatabase(schema: "bank") { database in
            let one = migrator([Self.first], database)
            var missing = try await one.check()
            #expect(missing == ["V001_bank"])
            var applied = try await one.apply()
            #expect(applied == ["V001_bank"])
            let all = migrator([Self.first, Self.second, Self.third], database)
            missing = try await all.check()
            #expect(missing == ["V002_owner", "V003_more"])
            applied = try await all.apply()
            #expect(applied == ["V002_owner", "V003_more"])
            applied = try await all.apply()
            #expect(applied.isEmpty)
            let rows = try await database.pool.query("select id, owner from bank.account")
            #expect(rows.count == 1)
        }
    }

    @Test func `applies each once although two do it at once`() async throws {
        try await withDatabase(schema: "bank") { database in
            let migrations = [Self.first, Self.second, Self.third]
            async let one = migrator(migrations, database).apply()
            async let two = migrator(migrations, database).apply()
            let applied = try await one + two
            #expect(applied == migrations.map(\.name))
            let found = try await database.pool.query("select id from bank.account")
            #expect(found.count == 1)
        }
    }

    @Test func `refuses a history that differs`() async throws {
        try await withDatabase(schema: "bank", migrations: [Self.first, Self.third]) { database in
            let changed = Self.migration("V001_bank", Self.first.sql + " ")
            await #expect(throws: MigrationError.changed("V001_bank")) {
                try await migrator([changed, Self.third], database).check()
            }
            await #expect(throws: MigrationError.unknown("V003_more")) {
                try await migrator([Self.first], database).apply()
            }
            await #expect(throws: MigrationError.outOfOrder("V002_owner")) {
                try await migrator([Self.first, Self.second, Self.third], database).apply()
            }
        }
    }

    @Test func `leaves nothing of a migration that fails, and what came before stays`() async throws {
        try await withDatabase(schema: "bank") { database in
            let broken = Self.migration("V002_broken", "create table half (id int); create table half (id int);")
            let error = await #expect(throws: PostgresError.self) {
                try await migrator([Self.first, broken, Self.third], database).apply()
            }
            #expect(error?.sqlState == "42P07")
            let missing = try await migrator([Self.first, Self.second], database).check()
            #expect(missing == ["V002_owner"])
            let row = try await database.ownerPool.query("select to_regclass('bank.half') is null as gone")[0]
            #expect(try row.value("gone", as: Bool.self))
        }
    }

    @Test func `may take longer than a statement may`() async throws {
        try await withDatabase(schema: "bank") { database in
            var settings = database.ownerSettings
            settings.statementTimeout = .milliseconds(100)
            let pool = PostgresPool(settings, name: "slow", size: 1, logger: Logger(label: "tests"))
            try await withRunning([pool]) {
                let slow = Self.migration("V001_slow", "select pg_sleep(0.3);")
                let applied = try await Migrator([slow], schema: "bank", in: pool, logger: Logger(label: "tests"))
                    .apply()
                #expect(applied == ["V001_slow"])
            }
        }
    }
}
