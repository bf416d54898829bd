@testable import DispatcherService
import Foundation
import Hummingbird
import HummingbirdTesting
import Kernel
import Postgres
import TestSupport
import Testing

private let path = "/api/dispatch/v1/work-orders"

@Suite struct `A department` {
    @Test func `sees its own work orders and those below it, by every route`() async throws {
        try await withDispatcher { dispatcher, client in
            let shanghai = try await dispatcher.open(1, department: "shanghai")
            let seen = ["shanghai": true, "manager": true, "beijing": false, "developer": false]
            for (login, sees) in seen {
                let token = try await dispatcher.token(login)
                for query in ["?view=pool", "?view=open", "?ticket=T1000001"] {
                    let list = try await client.call(.get, path + query, token: token)
                    #expect((list["items.0.id"] == shanghai.description) == sees, "\(login) \(query)")
                }
                #expect(try await client.call(.get, "\(path)/\(shanghai)", token: token).status == (sees ? 200 : 404))
            }
            for step in ["accept", "depart", "arrive", "finish", "close"] {
                let answer = try await client.call(
                    .post, "\(path)/\(shanghai)/\(step)", token: try await dispatcher.token("beijing"))
                #expect(answer.status == 404, "\(step): \(answer.text)")
            }
            #expect(try await dispatcher.said().isEmpty)
        }
    }

    @Test func `shows a stranger nothing in any table, even where a condition was forgotten`() async throws {
        try await withDispatcher { dispatcher, _ in
            _ = try await dispatcher.open(1, department: "shanghai")
            let pool = dispatcher.database.pool
            let tables = try await dispatcher.database.adminPool.query(
                "select tablename::text from pg_tables where schemaname = 'dispatch'"
            ).map { try $0.decode(String.self) }
            #expect(tables.contains("work_order"))
            for departments in ["", "{}", "{beijing,rnd}"] {
                for table in tables where !["clock", "timer"].contains(table) {
                    let rows = try? await pool.transaction(role: "dispatch_member") { transaction in
                        try await transaction.query("select set_config('paidan.departments', \(departments), true)")
                        return try await transaction.query("select 1 as one from dispatch.\(unescaped: table)").count
                    }
                    // Nil: not allowed to look at all.
                    #expect((rows ?? 0) == 0, "\(table) with '\(departments)'")
                }
                let changed = try await pool.transaction(role: "dispatch_member") { transaction in
                    try await transaction.query("select set_config('paidan.departments', \(departments), true)")
                    return try await transaction.query("update dispatch.work_order set version = version + 1").affected
                }
                #expect(changed == 0)
            }
            let own = try await pool.transaction(role: "dispatch_member") { transaction in
                try await transaction.query("select set_config('paidan.departments', '{shanghai}', true)")
                return try await transaction.query("select 1 as one from dispatch.work_order").count
            }
            #expect(own == 1)
        }
    }

    @Test func `lets nobody move a work order to another department`() async throws {
        try await withDispatcher { dispatcher, _ in
            _ = try await dispatcher.open(1, department: "shanghai")
            await #expect(throws: PostgresError.self) {
                try await dispatcher.database.pool.transaction(role: "dispatch_member") { transaction in
                    try await transaction.query("select set_config('paidan.departments', '{shanghai}', true)")
                    try await transaction.query("update dispatch.work_order set department = 'beijing'")
                }
            }
        }
    }
}
