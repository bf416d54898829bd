import Glibc
import Kernel
import Logging
import ServiceLifecycle
import TestSupport
import Testing

@testable import Postgres

/// Takes connections and says nothing.
private struct SilentHost {
    private let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    let port: Int

    init() {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = descriptor
        withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = bind(descriptor, $0, size)
                _ = listen(descriptor, 16)
                _ = getsockname(descriptor, $0, &size)
            }
        }
        port = Int(UInt16(bigEndian: address.sin_port))
    }

    func close() { Glibc.close(descriptor) }
}

@Suite struct `A pool` {
    @Test func `never gives one user another's rows`() async throws {
        try await withDatabase(schema: "bank", connections: 4) { database in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for user in 0..<50 {
                    group.addTask {
                        var random = Seeded(state: UInt64(user))
                        for turn in 0..<200 {
                            let mark = user * 1000 + turn
                            switch Int.random(in: 0..<4, using: &random) {
                            case 0:
                                let rows = try await database.pool.pipeline([
                                    "select \(mark)", "select \(-mark), \("text")",
                                ])
                                #expect(try rows[0][0].decode(Int.self) == mark)
                                #expect(try rows[1][0].decode(Int.self, String.self) == (-mark, "text"))
                            case 1:
                                let error = await #expect(throws: PostgresError.self) {
                                    try await database.pool.pipeline([
                                        "select \(mark)", "select 1 / (\(mark) - \(mark))",
                                    ])
                                }
                                #expect(error?.sqlState == "22012")
                                #expect(error?.statement == 1)
                            case 2:
                                let back = try await database.pool.transaction { transaction in
                                    try await transaction.query("select \(mark)")[0].decode(Int.self)
                                }
                                #expect(back == mark)
                            default:
                                let row = try await database.pool.query("select \(mark) as it")[0]
                                #expect(try row.value("it", as: Int.self) == mark)
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test func `says which statement of a pipeline failed, keeps nothing of it, and goes on`() async throws {
        try await withDatabase(schema: "bank", connections: 1) { database in
            try await database.ownerPool.query("create table bank.t (id int constraint t_pkey primary key)")
            let error = await #expect(throws: PostgresError.self) {
                try await database.pool.pipeline([
                    "insert into bank.t (id) values (1)", "insert into bank.t (id) values (1)", "select 1",
                ])
            }
            #expect(error?.kind == .uniqueViolation)
            #expect(error?.constraint == "t_pkey")
            #expect(error?.statement == 1)
            let found = try await database.pool.query("select id from bank.t")
            #expect(found.isEmpty)
        }
    }

    @Test func `reports a statement that cannot be understood`() async throws {
        try await withDatabase(schema: "bank", connections: 1) { database in
            let error = await #expect(throws: PostgresError.self) {
                try await database.pool.pipeline(["select 1", "selekt \(1)"])
            }
            #expect(error?.kind == .programming)
            #expect(error?.statement == 1)
            try await database.pool.ping()
        }
    }

    @Test func `keeps 256 statements prepared and lets the server forget the rest`() async throws {
        try await withDatabase(schema: "bank", connections: 1) { database in
            for number in 0..<600 { try await database.pool.query("select \(unescaped: String(number)), \(number)") }
            let row = try await database.pool.query("select count(*) from pg_prepared_statements")[0]
            let count = try row.decode(Int.self)
            #expect((250...258).contains(count), "\(count)")
            try await database.pool.query("select \(unescaped: "0"), \(1)")
        }
    }

    @Test func `prepares the same text once`() async throws {
        try await withDatabase(schema: "bank", connections: 1) { database in
            for number in 0..<10 { try await database.pool.query("select \(number) + 1") }
            let rows = try await database.pool.query(
                "select name from pg_prepared_statements where statement = 'select $1 + 1'")
            #expect(rows.count == 1)
        }
    }

    @Test func `prepares anew what the server has forgotten or changed`() async throws {
        try await withDatabase(schema: "bank", connections: 1) { database in
            try await database.ownerPool.query("create table bank.t (id int)")
            try await database.pool.query("select * from bank.t")
            try await database.ownerPool.query("alter table bank.t add column name text")
            try await database.pool.query("select * from bank.t")
            try await database.ownerPool.query("alter table bank.t add column more text")
            try await database.pool.transaction { transaction in
                try await transaction.query("select * from bank.t")
            }
            try await database.pool.query("deallocate all")
            try await database.pool.query("select * from bank.t")
        }
    }

    @Test func `lets nobody wait for longer than the acquire timeout`() async throws {
        try await withDatabase(schema: "bank") { database in
            let pool = PostgresPool(
                database.settings, name: "small", size: 1, acquireTimeout: .seconds(1), logger: Logger(label: "t"))
            try await withRunning([pool]) {
                try await pool.session { session in
                    try await session.query("select 1")
                    let error = await #expect(throws: PostgresError.self) { try await pool.query("select 1") }
                    #expect(error?.kind == .poolTimeout)
                }
                try await pool.ping()
            }
        }
    }

    @Test func `serves what is asked before it runs`() async throws {
        try await withDatabase(schema: "bank") { database in
            let pool = PostgresPool(database.settings, name: "late", size: 1, logger: Logger(label: "t"))
            let answer = Task { try await pool.query("select 1 as one") }
            try await withRunning([pool]) {
                let one = try await answer.value[0].value("one", as: Int.self)
                #expect(one == 1)
            }
        }
    }

    @Test func `mends itself when all its connections are ended`() async throws {
        try await withDatabase(schema: "bank", connections: 3) { database in
            for _ in 0..<5 {
                let users = (0..<20).map { user in
                    Task {
                        for _ in 0..<20 {
                            do {
                                let row = try await database.pool.query("select \(user) as it, pg_sleep(0.001)::text")[
                                    0]
                                #expect(try row.value("it", as: Int.self) == user)
                            } catch let error as PostgresError {
                                #expect(error.isConnectionLost, "\(error)")
                            }
                        }
                    }
                }
                try await database.terminateBackends()
                for user in users { try await user.value }
            }
            try await database.pool.ping()
        }
    }

    @Test func `notices that an idle connection was ended before it is given to anybody`() async throws {
        try await withDatabase(schema: "bank", connections: 1) { database in
            try await database.pool.ping()
            try await database.terminateBackends()
            // The one chance of a loss is a statement that meets the end of its connection on the way.
            var failures = 0
            for _ in 0..<20 {
                do { try await database.pool.ping() } catch let error as PostgresError where error.isConnectionLost {
                    failures += 1
                }
            }
            #expect(failures <= 1)
        }
    }

    @Test func `refuses at once while the server cannot be reached`() async throws {
        var settings = TestServer.settings(database: "postgres")
        settings.hosts = [HostPort(host: "127.0.0.1", port: 1)]
        var limits = PoolMachine.Limits(size: 2)
        limits.circuitAfter = .milliseconds(100)
        limits.backoff = Backoff(base: .milliseconds(10), cap: .milliseconds(50))
        let pool = PostgresPool(settings, name: "refused", limits: limits, logger: silent)
        try await withRunning([pool]) {
            let first = await #expect(throws: PostgresError.self) { try await pool.ping() }
            #expect(first?.kind == .circuitOpen)
            #expect(first?.message.contains("refused") == true)
            let start = ContinuousClock.now
            let second = await #expect(throws: PostgresError.self) { try await pool.ping() }
            #expect(second?.kind == .circuitOpen)
            #expect(.now - start < .seconds(2))
        }
    }

    @Test func `tries the next host when one does not answer`() async throws {
        try await withDatabase(schema: "bank") { database in
            var settings = database.settings
            settings.hosts.insert(HostPort(host: "127.0.0.1", port: 1), at: 0)
            let pool = PostgresPool(settings, name: "hosts", size: 1, logger: silent)
            try await withRunning([pool]) { try await pool.ping() }
        }
    }

    @Test func `says so when the password is wrong`() async throws {
        try await withDatabase(schema: "bank") { database in
            var settings = database.settings
            settings.password = "wrong"
            let pool = PostgresPool(settings, name: "wrong", size: 1, acquireTimeout: .seconds(2), logger: silent)
            try await withRunning([pool]) {
                let error = await #expect(throws: PostgresError.self) { try await pool.ping() }
                #expect(error?.kind == .poolTimeout)
                #expect(error?.message.contains("password authentication failed") == true)
            }
        }
    }

    @Test func `does not talk in clear when TLS is required`() async throws {
        try await withDatabase(schema: "bank") { database in
            var settings = database.settings
            settings.tls = .require
            let pool = PostgresPool(settings, name: "tls", size: 1, acquireTimeout: .seconds(2), logger: silent)
            try await withRunning([pool]) {
                do {
                    let row = try await pool.query("select ssl from pg_stat_ssl where pid = pg_backend_pid()")[0]
                    #expect(try row.decode(Bool.self))
                } catch let error as PostgresError {
                    #expect(error.message.contains("SSL"), "\(error)")
                }
            }
        }
    }

    /// A machine that was switched off, or a process that was stopped, answers nothing at all.
    @Test func `finds the server behind a host that is silent`() async throws {
        try await withDatabase(schema: "bank") { database in
            let silentHost = SilentHost()
            defer { silentHost.close() }
            var settings = database.settings
            settings.hosts.insert(HostPort(host: "127.0.0.1", port: silentHost.port), at: 0)
            settings.connectTimeout = .seconds(2)
            let pool = PostgresPool(settings, name: "silent", size: 1, logger: silent)
            try await withRunning([pool]) { try await pool.ping() }
        }
    }

    /// As after a failover that did not end the connections: the next one looks for the server that takes writes.
    @Test func `gives up a connection on which nothing can be written`() async throws {
        try await withDatabase(schema: "bank", connections: 1) { database in
            try await database.ownerPool.query("create table bank.t (id int)")
            try await database.pool.query("set default_transaction_read_only = on")
            let error = await #expect(throws: PostgresError.self) {
                try await database.pool.query("insert into bank.t (id) values (1)")
            }
            #expect(error?.kind == .readOnly)
            try await database.pool.query("insert into bank.t (id) values (1)")
        }
    }

    @Test func `lets a graceful shutdown wait for what is under way, and takes nothing new`() async throws {
        try await withDatabase(schema: "bank") { database in
            let pool = PostgresPool(database.settings, name: "stopping", size: 2, logger: silent)
            let isHeld = Gate(count: 2)
            let mayEnd = Gate(count: 2)
            let group = ServiceGroup(services: [pool], logger: silent)
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { try await group.run() }
                tasks.addTask {
                    try await pool.transaction { transaction in
                        try await transaction.query("select 1")
                        await isHeld.pass()
                        await mayEnd.pass()
                        try await transaction.query("select 2")
                    }
                }
                await isHeld.pass()
                await group.triggerGracefulShutdown()
                while (try? await pool.ping()) != nil { await Task.yield() }  // until it has heard of the shutdown
                let error = await #expect(throws: PostgresError.self) { try await pool.ping() }
                #expect(error?.kind == .unavailable)
                await mayEnd.pass()
                try await tasks.waitForAll()
            }
        }
    }

    private var silent: Logger { Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() } }
}
