import Kernel
import Logging
import Postgres
import TestSupport
import Testing

private let accounts = Migration(
    name: "V001_bank",
    sql: Array("create table account (id bigint constraint account_pkey primary key, balance bigint not null);".utf8))

@Suite struct `A transaction` {
    @Test func `keeps its effects when its body returns`() async throws {
        try await withDatabase(schema: "bank", migrations: [accounts]) { database in
            let committed = Count()
            let seen = try await database.pool.transaction { transaction in
                transaction.afterCommit { committed.up() }
                try await transaction.query("insert into bank.account (id, balance) values (\(1), \(10))")
                #expect(committed.value == 0)
                return try await transaction.query("select balance from bank.account where id = \(1)")[0].value(
                    "balance", as: Int.self)
            }
            #expect(seen == 10)
            #expect(committed.value == 1)
            let found = try await balances(database)
            #expect(found == [1: 10])
        }
    }

    @Test func `is rolled back when its body throws, and throws the same`() async throws {
        struct Refused: Error, Equatable {}
        try await withDatabase(schema: "bank", migrations: [accounts]) { database in
            await #expect(throws: Refused()) {
                try await database.pool.transaction { transaction in
                    transaction.afterCommit { Issue.record("ran after a rollback") }
                    try await transaction.query("insert into bank.account (id, balance) values (\(1), \(10))")
                    throw Refused()
                }
            }
            let found = try await balances(database)
            #expect(found.isEmpty)
        }
    }

    @Test func `sends its last statements with the commit, after which nothing follows`() async throws {
        try await withDatabase(schema: "bank", migrations: [accounts]) { database in
            let error = await #expect(throws: PostgresError.self) {
                try await database.pool.transaction { transaction in
                    let results = try await transaction.commit(with: [
                        "insert into bank.account (id, balance) values (\(1), \(10)), (\(2), \(20))",
                        "update bank.account set balance = balance + \(1)",
                    ])
                    #expect(results.map(\.affected) == [2, 2])
                    try await transaction.query("select 1")
                }
            }
            #expect(error?.kind == .programming)
            let found = try await balances(database)
            #expect(found == [1: 11, 2: 21])
        }
    }

    @Test func `does nothing at all when its body asks nothing`() async throws {
        try await withDatabase(schema: "bank") { database in
            let answer = try await database.pool.transaction { _ in 42 }
            #expect(answer == 42)
        }
    }

    @Test func `does not pass for committed when its body hides a failure`() async throws {
        try await withDatabase(schema: "bank", migrations: [accounts]) { database in
            let error = await #expect(throws: PostgresError.self) {
                try await database.pool.transaction { transaction in
                    try await transaction.query("insert into bank.account (id, balance) values (\(1), \(10))")
                    // The failure is hidden on purpose.
                    _ = try? await transaction.query("insert into bank.account (id, balance) values (\(1), \(11))")
                }
            }
            #expect(error?.kind == .uniqueViolation)
            #expect(error?.constraint == "account_pkey")
            let found = try await balances(database)
            #expect(found.isEmpty)
        }
    }

    @Test func `is run again after a serialization failure, until both have their effect`() async throws {
        try await withDatabase(schema: "bank", migrations: [accounts]) { database in
            try await database.pool.query("insert into bank.account (id, balance) values (\(1), \(0))")
            let runs = Count()
            let bothHaveRead = Gate(count: 2)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<2 {
                    group.addTask {
                        try await database.pool.transaction { transaction in
                            try await transaction.query("set transaction isolation level repeatable read")
                            let row = try await transaction.query("select balance from bank.account where id = \(1)")[0]
                            if runs.up() <= 2 { await bothHaveRead.pass() }
                            let balance = try row.value("balance", as: Int.self)
                            try await transaction.query(
                                "update bank.account set balance = \(balance + 1) where id = \(1)")
                        }
                    }
                }
                try await group.waitForAll()
            }
            let found = try await balances(database)
            #expect(found == [1: 2])
            #expect(runs.value == 3)
        }
    }

    @Test func `is run again after a deadlock`() async throws {
        try await withDatabase(schema: "bank", migrations: [accounts]) { database in
            try await database.pool.query("insert into bank.account (id, balance) values (1, 0), (2, 0)")
            let runs = Count()
            let bothHaveOne = Gate(count: 2)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for order in [[1, 2], [2, 1]] {
                    group.addTask {
                        try await database.pool.transaction { transaction in
                            try await transaction.query(
                                "update bank.account set balance = balance + 1 where id = \(order[0])")
                            if runs.up() <= 2 { await bothHaveOne.pass() }
                            try await transaction.query(
                                "update bank.account set balance = balance + 1 where id = \(order[1])")
                        }
                    }
                }
                try await group.waitForAll()
            }
            let found = try await balances(database)
            #expect(found == [1: 2, 2: 2])
        }
    }

    @Test func `takes on a role for its time only`() async throws {
        try await withDatabase(schema: "bank", migrations: [accounts], connections: 1) { database in
            let inside = try await database.pool.transaction(role: "bank_member") { transaction in
                try await transaction.query("select current_user as who")[0].value("who", as: String.self)
            }
            #expect(inside == "bank_member")
            let after = try await database.pool.query("select current_user as who")[0].value("who", as: String.self)
            #expect(after == "bank_run")
        }
    }

    @Test func `that cannot take on its role fails, and its connection is as before`() async throws {
        try await withDatabase(schema: "bank", connections: 1) { database in
            let error = await #expect(throws: PostgresError.self) {
                try await database.pool.transaction(role: "bank_owner") { try await $0.query("select 1") }
            }
            #expect(error?.kind == .insufficientPrivilege)
            #expect(error?.statement == nil)
            try await database.pool.ping()
        }
    }

    @Test func `is not run again when its connection is lost, since nobody knows what became of it`() async throws {
        try await withDatabase(schema: "bank", migrations: [accounts], connections: 2) { database in
            let runs = Count()
            let error = await #expect(throws: PostgresError.self) {
                try await database.pool.transaction { transaction in
                    runs.up()
                    try await transaction.query("insert into bank.account (id, balance) values (\(1), \(10))")
                    try await database.terminateBackends()
                    try await transaction.commit(with: ["update bank.account set balance = \(11)"])
                }
            }
            #expect(error?.isConnectionLost == true)
            #expect(error?.isRetriable == true)
            #expect(runs.value == 1)
            let found = try await balances(database)
            #expect(found.isEmpty)
        }
    }

    private func balances(_ database: TestDatabase) async throws -> [Int: Int] {
        let rows = try await database.pool.query("select id, balance from bank.account")
        return Dictionary(uniqueKeysWithValues: try rows.map { try $0.decode(Int.self, Int.self) })
    }
}
