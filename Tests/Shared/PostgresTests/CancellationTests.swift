import Logging
import Postgres
import TestSupport
import Testing

@Suite struct `A cancelled task` {
    @Test func `ends the statement that it waits for`() async throws {
        try await withDatabase(schema: "bank", connections: 1) { database in
            let start = ContinuousClock.now
            let task = Task { try await database.pool.query("select pg_sleep(20)::text") }
            try await waitUntilBusy(database)
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            #expect(.now - start < .seconds(10))
            try await database.pool.ping()
            try await waitUntilIdle(database)
        }
    }

    @Test func `gives up its place in the queue`() async throws {
        try await withDatabase(schema: "bank", connections: 1) { database in
            try await database.pool.session { session in
                try await session.query("select 1")
                let task = Task { try await database.pool.query("select 2") }
                task.cancel()
                await #expect(throws: CancellationError.self) { try await task.value }
            }
            try await database.pool.ping()
        }
    }

    @Test func `leaves nothing of its transaction`() async throws {
        try await withDatabase(schema: "bank", connections: 1) { database in
            try await database.ownerPool.query("create table bank.t (id int)")
            let task = Task {
                try await database.pool.transaction { transaction in
                    try await transaction.query("insert into bank.t (id) values (1)")
                    try await transaction.query("select pg_sleep(20)::text")
                }
            }
            try await waitUntilBusy(database)
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            let found = try await database.pool.query("select id from bank.t")
            #expect(found.isEmpty)
        }
    }

    @Test func `hurts nobody else, however often it happens`() async throws {
        try await withDatabase(schema: "bank", connections: 3) { database in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for user in 0..<20 {
                    group.addTask {
                        for turn in 0..<20 {
                            let mark = user * 100 + turn
                            let task = Task {
                                try await database.pool.query("select \(mark) as it, pg_sleep(0.002)::text")[0].value(
                                    "it", as: Int.self)
                            }
                            if turn.isMultiple(of: 2) {
                                if turn.isMultiple(of: 4) { await Task.yield() }
                                task.cancel()
                            }
                            do {
                                let back = try await task.value
                                #expect(back == mark)
                            } catch is CancellationError {
                                #expect(turn.isMultiple(of: 2))
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    private func waitUntilBusy(_ database: TestDatabase) async throws { try await wait(database, forActive: 1) }
    private func waitUntilIdle(_ database: TestDatabase) async throws { try await wait(database, forActive: 0) }

    private func wait(_ database: TestDatabase, forActive count: Int) async throws {
        let deadline = ContinuousClock.now + .seconds(5)
        while ContinuousClock.now < deadline {
            let rows = try await database.adminPool.query(
                """
                select pid
                from pg_stat_activity
                where datname = current_database() and state = 'active' and query like '%pg_sleep(20)%' and pid <> pg_backend_pid()
                """)
            if rows.count == count { return }
        }
        Issue.record("The server does not show \(count) active")
    }
}

@Suite struct `A statement that takes too long` {
    @Test func `is ended by the server, and its connection goes on`() async throws {
        try await withDatabase(schema: "bank") { database in
            var settings = database.settings
            settings.statementTimeout = .milliseconds(50)
            let pool = PostgresPool(settings, name: "impatient", size: 1, logger: Logger(label: "t"))
            try await withRunning([pool]) {
                let error = await #expect(throws: PostgresError.self) {
                    try await pool.query("select pg_sleep(5)::text")
                }
                #expect(error?.kind == .statementTimeout)
                try await pool.ping()
            }
        }
    }
}
