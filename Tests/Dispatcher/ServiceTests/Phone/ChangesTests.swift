import Contracts
@testable import DispatcherService
import DispatcherDomain
import Foundation
import Hummingbird
import HummingbirdTesting
import Kernel
import Postgres
import ServiceKit
import TestSupport
import Testing

private let api = "/api/dispatch/v1"

/// What a telephone costs that asks and is told of nothing, by `explain (analyze, buffers)` of the one statement, prepared,
/// for somebody with 50 jobs among 1,000,000 work orders, 1,000,000 visits, 300,000 offers and 20,000 members of staff:
///
///     Nested Loop Left Join (actual rows=50)
///       ->  Index Scan using staff_pkey
///       ->  Limit -> Sort (28 kB) -> Nested Loop
///             ->  HashAggregate -> Append (actual rows=100)
///                   ->  Index Scan using work_order_mine
///                   ->  Bitmap Index Scan on work_order_station
///                   ->  Bitmap Index Scan on work_visit_mine
///                   ->  Index Scan using work_visit_station
///                   ->  Bitmap Index Scan on work_offer_asked
///             ->  Index Scan using work_order_pkey (loops=50)
///     Execution Time: 0.9 ms with cold pages; 0.14 ms for somebody who has nothing
@Suite struct `A telephone that asks what is new` {
    private func ask(_ client: any TestClientProtocol, _ token: String, since: String? = nil) async throws -> Answer {
        try await client.call(.get, "\(api)/changes\(since.map { "?since=\($0)" } ?? "")", token: token)
    }

    @Test func `is told of what it got, what has changed and what has left, and of nothing else`() async throws {
        try await withDispatcher { dispatcher, client in
            try await dispatcher.putInForce("s3-repair", client)
            let (mine, others) = (try await dispatcher.open(1), try await dispatcher.open(2))
            try await dispatcher.onSite(others, client, login: "engineer2", until: "accept")
            let token = try await dispatcher.token("engineer")
            let empty = try await ask(client, token)
            #expect(empty.status == 200)
            #expect(empty["items.0.id"] == nil)
            let start = try #require(empty["cursor"])
            #expect(try await ask(client, token, since: start).status == 204)

            try await dispatcher.onSite(mine, client, until: "dispatch")
            let got = try await ask(client, token, since: start)
            #expect(got["items.0.id"] == mine.description, "\(got.text)")
            #expect(got["items.1.id"] == nil)
            let first = try #require(got["cursor"])
            #expect(try await ask(client, token, since: first).status == 204)
            let accepted = try await client.call(.post, "\(api)/work-orders/\(mine)/actions/accept", token: token)
            #expect(accepted.status == 200)
            let changed = try await ask(client, token, since: first)
            #expect(changed["items.0.work.step"] == "accepted", "\(changed.text)")
            let second = try #require(changed["cursor"])

            let colleague = try dispatcher.member("engineer2").person.id
            let moved = try await client.call(
                .post, "\(api)/work-orders/\(mine)/transfer", token: token,
                json: #"{"reason":"病了","candidate":{"staff":"\#(colleague)"}}"#)
            #expect(moved.status == 200, "\(moved.text)")
            let left = try await ask(client, token, since: second)
            // A telephone that was away all the time is told the same.
            for answer in [left, try await ask(client, token, since: first)] {
                #expect(answer["removed.0.id"] == mine.description, "\(answer.text)")
                #expect(answer["removed.0.reason"] == "left")
                #expect(answer["removed.0.now.holder"] == "李强")
                #expect(answer["items.0.id"] == nil)
            }
            #expect(try await ask(client, token, since: left["cursor"]).status == 204)
        }
    }

    @Test func `misses nothing that was begun before and committed after it asked`() async throws {
        try await withDispatcher { dispatcher, client in
            let order = try await dispatcher.open()
            let engineer = try dispatcher.member("engineer").person.id
            let token = try await dispatcher.token("engineer")
            let pool = dispatcher.database.pool
            let cursor = try await pool.transaction { transaction in
                try await transaction.query(
                    """
                    update dispatch.work_order
                    set owner_id = \(engineer.value), owner_name = '王磊', revision = revision + 1
                    where id = \(order.value)
                    """)
                // Others commit later changes, and the telephone asks, before this one is there.
                _ = try await dispatcher.open(2)
                return try #require(try await ask(client, token)["cursor"])
            }
            #expect(try await ask(client, token, since: cursor)["items.0.id"] == order.description)
        }
    }

    @Test func `is told of what is free for his role in his department, until somebody has it`() async throws {
        try await withDispatcher { dispatcher, client in
            try await dispatcher.putInForce("s3-repair", client)
            let (mine, beijing) = (try await dispatcher.token("engineer"), try await dispatcher.token("beijing"))
            let start = try #require(try await ask(client, mine)["cursor"])
            let elsewhere = try #require(try await ask(client, beijing)["cursor"])
            let (first, second) = (try await dispatcher.offered(client, 1), try await dispatcher.offered(client, 2))
            let free = try await ask(client, mine, since: start)
            #expect(Set([free["items.0.id"], free["items.1.id"]]) == [first, second], "\(free.text)")
            #expect(try await ask(client, beijing, since: elsewhere).status == 204)
            let offer = try #require(try await dispatcher.history(second, client)["items.0.id"])
            let no = try await client.call(
                .post, "\(api)/offers/\(offer)/refusal", token: mine, json: #"{"reason":"location"}"#)
            #expect(no.status == 200, "\(no.text)")
            let taken = try await client.call(
                .post, "\(api)/work-orders/\(first)/actions/accept", token: try await dispatcher.token("engineer2"))
            #expect(taken.status == 200, "\(taken.text)")
            let left = try await ask(client, mine, since: free["cursor"])
            #expect(Set([left["removed.0.id"], left["removed.1.id"]]) == [first, second], "\(left.text)")
            #expect(left.text.contains("李强"))
        }
    }

    @Test func `is told of many in parts, and nothing twice`() async throws {
        try await withDispatcher { dispatcher, client in
            let engineer = try dispatcher.member("engineer").person.id
            for number in 1...70 { try await dispatcher.open(number) }
            try await dispatcher.database.pool.query(
                "update dispatch.work_order set owner_id = \(engineer.value), owner_name = '王磊'")
            let token = try await dispatcher.token("engineer")
            let first = try await ask(client, token)
            let second = try await ask(client, token, since: first["cursor"])
            let told = [first, second].flatMap { answer in (0..<70).compactMap { answer["items.\($0).id"] } }
            #expect(told.count == 70)
            #expect(Set(told).count == 70)
            #expect(first["more"] == "1")
            #expect(second["more"] == "0")
            #expect(try await ask(client, token, since: second["cursor"]).status == 204)
        }
    }

    @Test func `learns nothing with a cursor of somebody else's, and nothing after its session was ended`() async throws
    {
        try await withDispatcher { dispatcher, client in
            let order = try await dispatcher.open(1, department: "shanghai")
            let engineer = try dispatcher.member("shanghai").person.id
            try await dispatcher.database.pool.query(
                "update dispatch.work_order set owner_id = \(engineer.value), owner_name = '周杰'")
            let cursor = try #require(
                try await ask(client, try await dispatcher.token("shanghai"))["cursor"])
            let stranger = try await ask(client, try await dispatcher.token("beijing"), since: cursor)
            #expect(stranger["removed.0.reason"] == "gone")
            #expect(stranger["removed.0.now.step"] == nil)
            #expect(stranger["removed.0.id"] == order.description)
            #expect(try await ask(client, try await dispatcher.token("shanghai"), since: "made-up").status == 422)
            try await dispatcher.database.pool.query(
                "update dispatch.staff set active = false where id = \(engineer.value)")
            #expect(try await ask(client, try await dispatcher.token("shanghai"), since: cursor).status == 401)
        }
    }
}
