import FaultProxy
import Logging
import TestSupport
import Testing

@testable import Postgres

@Suite struct `A server that falls silent` {
    /// A frozen machine, or a network that swallows what is sent: nothing ends and nothing answers.
    @Test func `costs one patience and not one for each idle connection`() async throws {
        try await withDatabase(schema: "bank") { database in
            let server = database.settings.hosts[0]
            let proxy = try FaultProxy(to: server.port, at: server.host, speaking: .postgres)
            defer { proxy.stop() }
            var settings = database.settings
            settings.hosts = [HostPort(host: "127.0.0.1", port: proxy.port)]
            settings.statementTimeout = .seconds(1)
            settings.connectTimeout = .seconds(2)
            let quiet = Logger(label: "quiet") { _ in SwiftLogNoOpLogHandler() }
            let pool = PostgresPool(settings, name: "patient", size: 4, acquireTimeout: .seconds(1), logger: quiet)
            try await withRunning([pool]) {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<4 { group.addTask { try await pool.query("select pg_sleep(0.2)::text") } }
                    try await group.waitForAll()
                }
                #expect(proxy.accepted == 4)
                proxy.flow(.hold)
                #expect(await failure(of: pool, within: .seconds(5)) == .connectionLost)
                #expect(await failure(of: pool, within: .milliseconds(1900)) == .poolTimeout)
                proxy.flow(.pass)
                while (try? await pool.ping()) == nil { await Task.yield() }  // until the next attempt to connect
            }
        }
    }

    /// libpq takes the wrong byte for an answer like any other; the rest of the conversation would fit.
    @Test func `is given up when it ends an answer with a wrong byte`() async throws {
        try await withDatabase(schema: "bank") { database in
            let server = database.settings.hosts[0]
            let proxy = try FaultProxy(to: server.port, at: server.host, speaking: .postgres)
            defer { proxy.stop() }
            var settings = database.settings
            settings.hosts = [HostPort(host: "127.0.0.1", port: proxy.port)]
            let quiet = Logger(label: "quiet") { _ in SwiftLogNoOpLogHandler() }
            let pool = PostgresPool(settings, name: "wary", size: 1, acquireTimeout: .seconds(5), logger: quiet)
            try await withRunning([pool]) {
                // The warning sends what was before it, so that the end of the answer comes by itself.
                let answer = Task {
                    try await pool.query("do $$ begin raise warning 'now'; perform pg_sleep(0.7); end $$")
                }
                try await eventually("the statement to sleep") {
                    try await !database.adminPool.query(
                        "select from pg_stat_activity where wait_event = 'PgSleep' and query like 'do %'"
                    ).isEmpty
                }
                proxy.corrupt([.toClient])
                let error = await #expect(throws: PostgresError.self) { _ = try await answer.value }
                #expect(error?.kind == .connectionLost, "\(String(describing: error))")
                proxy.corrupt([])
                try await pool.ping()
            }
        }
    }

    private func failure(of pool: PostgresPool, within limit: Duration) async -> PostgresError.Kind? {
        let start = ContinuousClock.now
        let error = await #expect(throws: PostgresError.self) { try await pool.ping() }
        #expect(ContinuousClock.now - start < limit)
        return error?.kind
    }
}
