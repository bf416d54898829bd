import Glibc
import Logging
import Synchronization
import TestSupport
import Testing

@testable import Postgres

@Suite struct `The thread of a pool` {
    private static func thread() -> pthread_t { pthread_self() }

    @Test func `runs tasks that ask for it, and goes on with them when an answer has come`() async throws {
        try await withDatabase(schema: "bank", connections: 4) { database in
            let pool = database.pool
            let threads = try await withThrowingTaskGroup(of: Set<pthread_t>.self) { group in
                for user in 0..<8 {
                    group.addTask(executorPreference: pool.executor) {
                        var seen: Set<pthread_t> = [Self.thread()]
                        for turn in 0..<100 {
                            let mark = user * 1000 + turn
                            let back = try await pool.query("select \(mark)")[0].decode(Int.self)
                            #expect(back == mark)
                            seen.insert(Self.thread())
                        }
                        return seen
                    }
                }
                return try await group.reduce(into: Set<pthread_t>()) { $0.formUnion($1) }
            }
            #expect(threads.count == 1)
        }
    }

    @Test func `hands its tasks over to the others when the pool ends`() async throws {
        let ended = Mutex<PostgresPool?>(nil)
        try await withDatabase(schema: "bank", connections: 1) { database in ended.withLock { $0 = database.pool } }
        let pool = try #require(ended.withLock { $0 })
        await withTaskExecutorPreference(pool.executor) {
            for _ in 0..<100 { await Task.yield() }
            let error = await #expect(throws: PostgresError.self) { try await pool.query("select 1") }
            #expect(error?.kind == .unavailable)
        }
    }
}
