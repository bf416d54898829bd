import Contracts
@testable import DispatcherService
import DispatcherDomain
import Foundation
import HTTPTypes
import Kernel
import Postgres
import ServiceKit
import TestSupport
import Testing

private let path = "/api/dispatch/v1/work-orders"

extension DispatcherFixture {
    fileprivate func identity(_ login: String) throws -> Identity {
        let member = try member(login)
        return Identity(
            staff: member.person.id, name: member.person.name, roles: member.roles,
            departments: member.departments.sorted())
    }

    fileprivate func asked(
        _ login: String, _ order: ID<WorkOrder>, expected: Int64? = nil, _ make: @escaping RunWork.Make
    ) throws -> WorkRound.Asked {
        WorkRound.Asked(order: order, identity: try identity(login), expected: expected, make: make, trace: nil)
    }

    fileprivate func round(_ asked: [WorkRound.Asked]) async throws -> [WorkRound.Verdict] {
        let round = WorkRound(outbox: kit.outbox, shelf: desk.shelf, keep: desk.keep)
        return try await database.pool.transaction { try await round(asked, in: $0) }
    }

    fileprivate func steps() async throws -> [String] {
        try await database.pool.query("select step from dispatch.work_order order by ticket_number").map {
            try $0.decode(String.self)
        }
    }
}

@Suite struct `Commands that share a transaction` {
    private static let offer: RunWork.Make = { _ in .act(ActionCommand("to-pool")) }

    @Test func `are each decided by itself: what one does not get hinders no other`() async throws {
        try await withDispatcher { dispatcher, client in
            try await dispatcher.putInForce("s3-repair", client)
            var orders: [ID<WorkOrder>] = []
            for number in 1...5 { orders.append(try await dispatcher.open(number)) }
            let elsewhere = try await dispatcher.open(6, department: "rnd")
            let verdicts = try await dispatcher.round([
                dispatcher.asked("desk", orders[0], Self.offer),
                dispatcher.asked("engineer", orders[1], Self.offer),
                dispatcher.asked("engineer", elsewhere, Self.offer),
                dispatcher.asked("desk", orders[2]) { _ in throw Problem.notFound("such person") },
                dispatcher.asked("desk", orders[0], Self.offer),
                dispatcher.asked("desk", orders[3], expected: 99, Self.offer),
                dispatcher.asked("desk", orders[4], Self.offer),
            ])
            #expect(verdicts.map(\.word) == ["offered", "refused", "none", "failed", "again", "refused", "offered"])
            #expect(try await dispatcher.steps() == ["offered", "confirm", "confirm", "confirm", "offered", "confirm"])
            // Each has its own history, message, alarm and clocks.
            let kept = try await dispatcher.database.pool.query(
                """
                select o.ticket_number, o.revision = max(e.revision), count(distinct m.message_id),
                  count(distinct t.subject_id), c.events = max(f.number)
                from dispatch.work_order o
                join dispatch.work_event e on e.work_order = o.id
                join dispatch.outbox m on m.aggregate_id = o.id
                join dispatch.timer t on t.subject_id = o.id and t.kind = 'work'
                join dispatch.work_clocks c on c.work_order = o.id
                join dispatch.clock_event f on f.work_order = o.id
                group by o.ticket_number, o.revision, c.events
                order by 1
                """
            ).map { try $0.decode(String.self, Bool.self, Int64.self, Int64.self, Bool.self) }
            #expect(kept.map(\.0) == ["T1000001", "T1000005"])
            #expect(kept.allSatisfy { $0.1 && $0.2 == 1 && $0.3 == 1 && $0.4 })
        }
    }

    @Test func `store clocks as if they were written anew, though only what has changed is`() async throws {
        try await withDispatcher { dispatcher, client in
            try await dispatcher.putInForce("s3-repair", client)
            let id = try await dispatcher.open()
            for (login, action) in [
                ("desk", "to-pool"), ("engineer", "accept"), ("engineer", "give-back"), ("desk", "to-pool"),
            ] {
                let answer = try await client.call(
                    .post, "\(path)/\(id)/actions/\(action)", token: try await dispatcher.token(login),
                    json: #"{"reason":"x"}"#)
                #expect(answer.status == 200, "\(answer.text)")
                let row = try await dispatcher.database.pool.query(
                    "select state from dispatch.work_clocks where work_order = \(id.value)")[0]
                let state: String = try row.value("state")
                let clocks = try WireJSON.decode(WorkClocks.self, from: Array(state.utf8))
                #expect(try String(decoding: WireJSON.encode(clocks), as: UTF8.self) == state)
                #expect(clocks.runs.count > 2)
            }
        }
    }

    @Test func `keep nothing when one of them breaks the transaction`() async throws {
        try await withDispatcher { dispatcher, client in
            try await dispatcher.putInForce("s3-repair", client)
            let orders = [try await dispatcher.open(1), try await dispatcher.open(2)]
            await #expect(throws: PostgresError.self) {
                _ = try await dispatcher.round([
                    dispatcher.asked("desk", orders[0], Self.offer),
                    dispatcher.asked("desk", orders[1]) { room in
                        _ = try await room.transaction.query("select 1 / 0 as one")
                        return .act(ActionCommand("to-pool"))
                    },
                ])
            }
            #expect(try await dispatcher.steps() == ["confirm", "confirm"])
            #expect(try await dispatcher.said().isEmpty)
        }
    }

    @Test func `on one work order come one after the other, and one engineer gets it`() async throws {
        try await withDispatcher { dispatcher, client in
            try await dispatcher.putInForce("s3-repair", client)
            let id = try await dispatcher.open()
            let desk = try await dispatcher.token("desk")
            let pooled = try await client.call(.post, "\(path)/\(id)/actions/to-pool", token: desk)
            #expect(pooled.status == 200, "\(pooled.text)")
            let engineers = [try await dispatcher.token("engineer"), try await dispatcher.token("engineer2")]
            let answers = try await withThrowingTaskGroup(of: (Int, String).self) { group in
                for call in 0..<24 {
                    group.addTask {
                        let who = call % 2
                        let answer = try await client.call(
                            .post, "\(path)/\(id)/actions/accept", token: engineers[who])
                        return (who, "\(answer.status)")
                    }
                }
                return try await group.reduce(into: [0: Set<String>(), 1: []]) { $0[$1.0]?.insert($1.1) }
            }
            // Whoever got it may ask again and again; the other never gets it.
            #expect([answers[0], answers[1]].contains(["200"]), "\(answers)")
            #expect([answers[0], answers[1]].contains(["409"]), "\(answers)")
            #expect(try await dispatcher.said().filter { $0 == "work.accepted.v1" }.count == 1)
        }
    }
}

extension WorkRound.Verdict {
    fileprivate var word: String {
        switch self {
        case .seen(let seen): seen?.order.state.work.step ?? "none"
        case .failed(is WorkRefused): "refused"
        case .failed: "failed"
        case .again: "again"
        case .phone: "phone"
        }
    }
}

@Suite struct `Known texts` {
    @Test func `are parsed once, and again as soon as a byte differs`() {
        let texts = KnownTexts<String>(limit: 3)
        let owner = UUID()
        var parsed = 0
        func read(_ text: String) -> String {
            texts.value(of: owner, as: Array(text.utf8)) {
                parsed += 1
                return "read " + String(decoding: $0, as: UTF8.self)
            }
        }
        texts.keep("written", of: owner, as: Array("a".utf8))
        #expect(read("a") == "written")
        #expect(read("b") == "read b")
        #expect(read("b") == "read b")
        #expect(read("a") == "read a")
        #expect(parsed == 2)
    }

    @Test func `are forgotten when others have come, unless they are used`() {
        let texts = KnownTexts<Int>(limit: 3)
        let (used, unused) = (UUID(), UUID())
        for owner in [used, unused] { texts.keep(1, of: owner, as: [1]) }
        for _ in 0..<20 {
            texts.keep(2, of: UUID(), as: [2])
            #expect(texts.value(of: used, as: [1]) { _ in 0 } == 1)
        }
        #expect(texts.value(of: unused, as: [1]) { _ in 0 } == 0)
    }
}
