import Contracts
@testable import DispatcherService
import Foundation
import Hummingbird
import HummingbirdTesting
import Kernel
import Postgres
import TestSupport
import Testing

private let path = "/api/dispatch/v1/work-orders"

@Suite struct `A work order` {
    @Test func `goes from the pool to its close by the API, and every step is told and kept`() async throws {
        try await withDispatcher { dispatcher, client in
            let id = try await dispatcher.open()
            let engineer = try await dispatcher.token("engineer")
            let desk = try await dispatcher.token("desk")
            let pool = try await client.call(.get, path + "?view=pool", token: engineer)
            #expect(pool["items.0.id"] == id.description)
            #expect(pool["items.0.possible"] == "accept")

            let steps = [("accept", "accepted"), ("depart", "travelling"), ("arrive", "onSite"), ("finish", "done")]
            for (place, (step, state)) in steps.enumerated() {
                let answer = try await client.call(
                    .post, "\(path)/\(id)/\(step)", token: engineer,
                    json: #"{"note":"第\#(place)步","expectedVersion":\#(place + 1)}"#)
                #expect(answer.status == 200, "\(answer.text)")
                #expect(answer["state"] == state)
                #expect(answer["version"] == "\(place + 2)")
                #expect(answer["owner.name"] == "王磊")
            }
            let closed = try await client.call(.post, "\(path)/\(id)/close", token: desk)
            #expect(closed.status == 200, "\(closed.text)")
            #expect(closed["state"] == "closed")

            let whole = try await client.call(.get, "\(path)/\(id)", token: desk)
            #expect(whole["ticket.number"] == "T1000001")
            #expect(whole["customer.phone"] == "+8613800138000")
            #expect(
                (0..<6).map { whole["steps.\($0).to"] } == [
                    "offered", "accepted", "travelling", "onSite", "done", "closed",
                ])
            #expect((0..<6).map { whole["steps.\($0).version"] } == (1...6).map { "\($0)" })
            #expect(whole["steps.0.actor.name"] == nil)
            #expect(whole["steps.3.note"] == "第2步")
            #expect(whole["steps.5.actor.name"] == "赵敏")
            #expect(
                try await dispatcher.said() == [
                    "work.accepted.v1", "work.travelling.v1", "work.onsite.v1", "work.done.v1", "work.closed.v1",
                ])
            let versions = try await dispatcher.database.pool.query(
                """
                select aggregate_version, aggregate_id, correlation_id
                from dispatch.outbox
                where type like 'work.%'
                order by id
                """)
            let ticket = DispatcherFixture.ticket(1).ticket
            for (place, row) in versions.enumerated() {
                let (version, aggregate, correlation) = try row.decode(Int64.self, UUID.self, String.self)
                #expect(version == Int64(place) + 2)
                #expect(aggregate == id.value)
                #expect(correlation.lowercased() == ticket.description)
            }
        }
    }

    @Test func `goes to one of 200 who grab at once, and the others are told who has it`() async throws {
        try await withDispatcher(connections: 16) { dispatcher, client in
            let id = try await dispatcher.open()
            let tokens = [
                "王磊": try await dispatcher.token("engineer"), "李强": try await dispatcher.token("engineer2"),
            ]
            let answers = try await withThrowingTaskGroup(of: (name: String, answer: Answer).self) { group in
                for number in 0..<200 {
                    let name = number % 2 == 0 ? "王磊" : "李强"
                    group.addTask { (name, try await client.call(.post, "\(path)/\(id)/accept", token: tokens[name])) }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let owner = try #require(answers.first { $0.answer.status == 200 }?.name)
            for (name, answer) in answers {
                if name == owner {
                    // His own repetitions harm nobody.
                    #expect(answer.status == 200, "\(answer.text)")
                    #expect(answer["owner.name"] == owner)
                } else {
                    #expect(answer.status == 409)
                    #expect(answer["type"]?.hasSuffix("/work-order-taken") == true, "\(answer.text)")
                    #expect(answer["detail"]?.hasPrefix("\(owner) has had it since 20") == true, "\(answer.text)")
                }
            }
            #expect(try await dispatcher.said() == ["work.accepted.v1"])
            let steps = try await dispatcher.database.pool.query(
                "select version from dispatch.work_step order by version")
            #expect(steps.count == 2)
        }
    }

    @Test func `takes a step that its owner repeats, at any later state, without a second one`() async throws {
        try await withDispatcher { dispatcher, client in
            let id = try await dispatcher.open()
            let engineer = try await dispatcher.token("engineer")
            for step in ["accept", "accept", "depart", "accept", "depart"] {
                let answer = try await client.call(
                    .post, "\(path)/\(id)/\(step)", token: engineer,
                    json: step == "accept" ? #"{"expectedVersion":1}"# : nil)
                #expect(answer.status == 200, "\(answer.text)")
            }
            #expect(try await dispatcher.said() == ["work.accepted.v1", "work.travelling.v1"])
        }
    }

    @Test func `refuses a wrong step and says which would be right`() async throws {
        try await withDispatcher { dispatcher, client in
            let id = try await dispatcher.open()
            let engineer = try await dispatcher.token("engineer")
            let early = try await client.call(.post, "\(path)/\(id)/finish", token: engineer)
            #expect(early.status == 409)
            #expect(early["detail"] == "It is offered; possible now: accept.")
            #expect(try await client.call(.post, "\(path)/\(id)/accept", token: engineer).status == 200)
            let stale = try await client.call(
                .post, "\(path)/\(id)/depart", token: engineer, json: #"{"expectedVersion":1}"#)
            #expect(stale.status == 409)
            #expect(stale["type"]?.hasSuffix("/stale-version") == true)
            let other = try await client.call(
                .post, "\(path)/\(id)/depart", token: try await dispatcher.token("engineer2"))
            #expect(other.status == 403)
            #expect(other["type"]?.hasSuffix("/not-owner") == true)
            let desk = try await client.call(.post, "\(path)/\(id)/accept", token: try await dispatcher.token("desk"))
            #expect(desk.status == 403)
            #expect(try await dispatcher.said() == ["work.accepted.v1"])
        }
    }

    @Test func `names the field of bad input`() async throws {
        try await withDispatcher { dispatcher, client in
            let id = try await dispatcher.open()
            let engineer = try await dispatcher.token("engineer")
            let long = String(repeating: "长", count: 2001)
            let note = try await client.call(
                .post, "\(path)/\(id)/accept", token: engineer, json: #"{"note":"\#(long)"}"#)
            #expect(note.status == 422)
            #expect(note["errors.0.field"] == "/note")
            let zero = try await client.call(
                .post, "\(path)/\(id)/accept", token: engineer, json: #"{"note":"a\u0000b"}"#)
            #expect(zero.status == 422, "\(zero.text)")
            #expect(zero["errors.0.field"] == "/note")
            #expect(try await client.call(.get, path + "?ticket=%00", token: engineer).status == 422)
            let kind = try await client.call(
                .post, "\(path)/\(id)/accept", token: engineer, json: #"{"expectedVersion":"one"}"#)
            #expect(kind.status == 422)
            #expect(kind["errors.0.field"] == "/expectedVersion")
            let query = try await client.call(.get, path + "?view=all&limit=0", token: engineer)
            #expect(query.status == 422)
            #expect(query["errors.0.field"] == "/view")
            #expect(query["errors.1.field"] == "/limit")
            #expect(try await client.call(.get, path + "?limit=x", token: engineer).status == 422)
            #expect(try await client.call(.get, path + "/none", token: engineer).status == 404)
            #expect(try await client.call(.post, path + "/none/accept", token: engineer).status == 404)
            #expect(try await client.call(.post, "\(path)/\(id)/dance", token: engineer).status == 404)
            #expect(try await client.call(.get, path).status == 401)
            #expect(try await client.call(.post, "\(path)/\(id)/accept").status == 401)
            #expect(try await dispatcher.said().isEmpty)
        }
    }

    @Test func `is found by the ticket's number and in the list where it belongs`() async throws {
        try await withDispatcher { dispatcher, client in
            var ids: [ID<WorkOrder>] = []
            for number in 1...3 { ids.append(try await dispatcher.open(number)) }
            let engineer = try await dispatcher.token("engineer")
            func list(_ query: String) async throws -> [String?] {
                let answer = try await client.call(.get, "\(path)?\(query)", token: engineer)
                #expect(answer.status == 200, "\(answer.text)")
                return (0..<3).map { answer["items.\($0).ticket.number"] }.filter { $0 != nil }
            }
            #expect(try await list("view=pool") == ["T1000001", "T1000002", "T1000003"])
            #expect(try await list("view=pool&limit=2") == ["T1000001", "T1000002"])
            #expect(try await client.call(.post, "\(path)/\(ids[1])/accept", token: engineer).status == 200)
            #expect(try await list("view=pool") == ["T1000001", "T1000003"])
            #expect(try await list("view=mine") == ["T1000002"])
            #expect(try await list("view=open") == ["T1000001", "T1000002", "T1000003"])
            for step in ["depart", "arrive", "finish"] {
                #expect(try await client.call(.post, "\(path)/\(ids[1])/\(step)", token: engineer).status == 200)
            }
            #expect(try await list("view=done") == ["T1000002"])
            #expect(try await list("") == ["T1000001", "T1000003"])
            #expect(try await list("ticket=T1000002") == ["T1000002"])
            #expect(try await list("ticket=T9").isEmpty)
        }
    }
}
