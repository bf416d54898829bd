import TestSupport
import Testing

@testable import Postgres

@Suite struct `A session` {
    @Test func `hears what is said on its channels`() async throws {
        try await withDatabase(schema: "bank", connections: 2) { database in
            try await database.pool.session { session in
                let stream = try await session.listen("Wake up")
                let other = try await session.listen("other")
                try await database.pool.query("select pg_notify('Wake up', 'one')")
                try await database.pool.query("select pg_notify('nobody', 'none')")
                try await session.query("select 1")
                try await database.pool.query("select pg_notify('Wake up', '二')")
                try await database.pool.query("select pg_notify('other', 'three')")
                var words = stream.makeAsyncIterator()
                var heard = [try await words.next(), try await words.next()]
                #expect(heard == ["one", "二"])
                var others = other.makeAsyncIterator()
                heard = [try await others.next()]
                #expect(heard == ["three"])
            }
        }
    }

    @Test func `ends its notifications with an error when the connection is lost`() async throws {
        try await withDatabase(schema: "bank", connections: 2) { database in
            let error = await #expect(throws: PostgresError.self) {
                try await database.pool.session { session in
                    let stream = try await session.listen("wake")
                    try await database.terminateBackends()
                    for try await _ in stream {}
                }
            }
            #expect(error?.isConnectionLost == true)
            try await database.pool.ping()
        }
    }

    @Test func `leaves nothing behind on its connection`() async throws {
        try await withDatabase(schema: "bank") { database in
            let pids = Pids()
            try await database.adminPool.session { session in
                try await session.query("select pg_advisory_lock(7)")
                _ = try await session.listen("wake")
                try await session.query("set work_mem = '1MB'")
                try await session.query("create temporary table t (id int)")
                try await session.query("begin")
                pids.add(try await session.query("select pg_backend_pid()")[0].decode(Int.self))
            }
            let row = try await database.adminPool.query(
                """
                select pg_backend_pid(), current_setting('work_mem') = '1MB', to_regclass('t') is null,
                    (select count(*) from pg_listening_channels()),
                    (select count(*) from pg_locks where locktype = 'advisory' and pid = pg_backend_pid())
                """)[0]
            let (pid, isChanged, isDropped, channels, locks) = try row.decode(
                Int.self, Bool.self, Bool.self, Int.self, Int.self)
            #expect(pids.all == [pid])
            #expect(!isChanged && isDropped && channels == 0 && locks == 0)
        }
    }

    @Test func `copies rows in, whatever characters they hold`() async throws {
        try await withDatabase(schema: "bank") { database in
            try await database.ownerPool.query("create table bank.\"Odd table\" (id int, words text)")
            let words: [String?] = ["plain", "tab\tline\nreturn\rback\\slash", "\\N", "", nil, "派单", "\\."]
            let rows = (0..<70_000).map { [String($0), words[$0 % words.count]] }
            let count = try await database.pool.session { session in
                try await session.copyIn(table: "bank.Odd table", columns: ["id", "words"], rows: stream(rows))
            }
            #expect(count == 70_000)
            let back = try await database.pool.query("select id, words from bank.\"Odd table\" order by id")
            #expect(back.count == 70_000)
            for (place, row) in back.enumerated() {
                let (id, text) = try row.decode(Int.self, String?.self)
                guard id == place, text == words[place % words.count] else {
                    Issue.record("row \(place): \(id) \(text ?? "null")")
                    return
                }
            }
        }
    }

    @Test func `copies nothing when a row cannot be read or made`() async throws {
        struct Broken: Error {}
        try await withDatabase(schema: "bank", connections: 1) { database in
            try await database.ownerPool.query("create table bank.t (id int)")
            let unreadable = await #expect(throws: PostgresError.self) {
                try await database.pool.session {
                    try await $0.copyIn(table: "bank.t", columns: ["id"], rows: stream([["1"], ["two"]]))
                }
            }
            #expect(unreadable?.sqlState == "22P02")
            await #expect(throws: Broken.self) {
                try await database.pool.session {
                    try await $0.copyIn(table: "bank.t", columns: ["id"], rows: stream([["1"]], then: Broken()))
                }
            }
            let unknown = await #expect(throws: PostgresError.self) {
                try await database.pool.session {
                    try await $0.copyIn(table: "bank.nowhere", columns: ["id"], rows: stream([["1"]]))
                }
            }
            #expect(unknown?.sqlState == "42P01")
            let found = try await database.pool.query("select id from bank.t")
            #expect(found.isEmpty)
        }
    }

    private func stream(_ rows: [[String?]], then error: (any Error)? = nil) -> AsyncThrowingStream<
        [String?], any Error
    > {
        AsyncThrowingStream { continuation in
            for row in rows { continuation.yield(row) }
            continuation.finish(throwing: error)
        }
    }
}
