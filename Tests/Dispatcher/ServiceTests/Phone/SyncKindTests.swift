import Contracts
@testable import DispatcherService
import DispatcherDomain
import Foundation
import Hummingbird
import HummingbirdTesting
import Kernel
import Postgres
import TestSupport
import Testing

private let api = "/api/dispatch/v1"

/// What has an address of its own with a line: answers to offers, the customer's signature, standing commands.
@Suite struct `A telephone without a line also` {
    /// A repair that was offered to these, and the offer's id.
    private func offered(
        _ dispatcher: DispatcherFixture, _ client: any TestClientProtocol, to people: [Person]
    ) async throws -> (order: ID<WorkOrder>, offer: String) {
        try await dispatcher.putInForce("s3-repair", client)
        let order = try await dispatcher.offered(client, to: people)
        let offer = try #require(try await dispatcher.history(order, client)["items.0.id"])
        return (try #require(ID<WorkOrder>(order)), #","offer":"\#(offer)""#)
    }

    @Test func `accepts within five minutes what is heard of later, and whoever comes after hears who has it`()
        async throws
    {
        try await withDispatcher { dispatcher, client in
            let two = try await dispatcher.engineers(2)
            let (order, offer) = try await offered(dispatcher, client, to: two.map(\.person))
            let start = try await dispatcher.suiteNow
            // Nothing has taken it back yet.
            try await dispatcher.wait(.seconds(600))
            let now = try await dispatcher.suiteNow
            var first = Telephone(token: two[0].token)
            var second = Telephone(token: two[1].token)
            first.says("acceptance", order, at: start + 60, offer)
            second.says("acceptance", order, at: start + 30, offer)
            #expect(try await first.sync(client, now: now) == ["done"])
            #expect(try await first.sync(client, now: now) == ["done again"])
            let late = try await client.call(.post, "\(api)/sync", token: two[1].token, json: second.body(now: now))
            #expect(late["answers.0.conflict"] == "reassigned" && late["answers.0.rule"] == "taken", "\(late.text)")
            #expect(late["answers.0.words.zh"]?.contains("工程师0") == true)
            let times = try await dispatcher.times(of: "accept", order)
            #expect(times.count == 1 && abs(times[0].timeIntervalSince(start + 60)) < 1)
            let history = try await dispatcher.history(order.description, client)
            #expect(history["items.0.end.by.name"] == "工程师0", "\(history.text)")
        }
    }

    @Test func `hears who has the job that went back to the desk before its yes was heard`() async throws {
        try await withDispatcher { dispatcher, client in
            let one = try await dispatcher.engineers(1)
            let (order, offer) = try await offered(dispatcher, client, to: one.map(\.person))
            let start = try await dispatcher.suiteNow
            try await dispatcher.advance(.seconds(301))
            var phone = Telephone(token: one[0].token)
            phone.says("acceptance", order, at: start + 60, offer)
            let answer = try await client.call(
                .post, "\(api)/sync", token: phone.token, json: phone.body(now: try await dispatcher.suiteNow))
            #expect(answer["answers.0.rule"] == "offer-over", "\(answer.text)")
            #expect(answer["answers.0.conflict"] == "reassigned" && answer["answers.0.now.holder"] == "赵敏")
            #expect(try await dispatcher.times(of: "accept", order).isEmpty)
        }
    }

    @Test func `says no with a reason, and the last no sends the job back at once`() async throws {
        try await withDispatcher { dispatcher, client in
            let two = try await dispatcher.engineers(2)
            let (order, offer) = try await offered(dispatcher, client, to: two.map(\.person))
            let start = try await dispatcher.suiteNow
            try await dispatcher.wait(.seconds(200))
            let now = try await dispatcher.suiteNow
            var (first, second) = (Telephone(token: two[0].token), Telephone(token: two[1].token))
            first.says("refusal", order, at: start + 40, offer + #","reason":"location""#)
            #expect(try await first.sync(client, now: now) == ["done"])
            #expect(try await dispatcher.history(order.description, client)["items.0.end.outcome"] == nil)
            second.says("refusal", order, at: start + 50, offer + #","reason":"tired""#)
            #expect(try await second.sync(client, now: now) == ["refused"])
            let later = try await dispatcher.suiteNow
            second.says("refusal", order, at: later, offer + #","reason":"other","note":"车在修""#)
            #expect(try await second.sync(client, 1..<2, now: later) == ["done"])
            let history = try await dispatcher.history(order.description, client)
            #expect(history["items.0.end.outcome"] == "refused", "\(history.text)")
            #expect(history["items.0.answers.1.note"] == "车在修" && history["items.0.answers.2.note"] == nil)
            let steps = try await dispatcher.database.pool.query("select step from dispatch.work_order")
            #expect(try steps[0].decode(String.self) == "confirm")
        }
    }

    @Test func `confirms what a colleague gave him, which is his already`() async throws {
        try await withDispatcher { dispatcher, client in
            try await dispatcher.putInForce("s3-repair", client)
            let order = try await dispatcher.open()
            try await dispatcher.onSite(order, client, until: "accept")
            var phone = Telephone(token: try await dispatcher.token("engineer"))
            let colleague = try dispatcher.member("engineer2").person.id
            let now = try await dispatcher.suiteNow
            phone.says("transfer", order, at: now, #","reason":"病了","candidate":{"staff":"\#(colleague)"}"#)
            #expect(try await phone.sync(client, now: now) == ["done"])
            let offer = try #require(try await dispatcher.history(order.description, client)["items.0.id"])
            var other = Telephone(token: try await dispatcher.token("engineer2"))
            other.says("acceptance", order, at: now, #","offer":"\#(offer)""#)
            other.says("acceptance", order, at: now, #","offer":"\#(offer)""#)
            #expect(try await other.sync(client, now: now) == ["done", "done"])
            let history = try await dispatcher.history(order.description, client)
            #expect(history["items.0.end.outcome"] == "accepted" && history["items.0.end.by.name"] == "李强")
            // Whoever gave it away has nothing more to put aside.
            phone.says("aside", order, at: try await dispatcher.suiteNow, #","reason":"part""#)
            let late = try await client.call(
                .post, "\(api)/sync", token: phone.token, json: phone.body(1..<2, now: try await dispatcher.suiteNow))
            #expect(late["answers.0.conflict"] == "reassigned" && late["answers.0.now.holder"] == "李强", "\(late.text)")
        }
    }

    @Test func `takes the customer's signature over the sheet that stands, and over no other`() async throws {
        try await withDispatcher { dispatcher, client in
            let stand = try await VisitStand.atTheDoor(dispatcher, client)
            var phone = Telephone(token: stand.engineer)
            let start = try await dispatcher.suiteNow
            try await dispatcher.wait(.seconds(3600))
            let now = try await dispatcher.suiteNow
            func signature(_ sheet: String, path: String = "M 1 2 L 3 4") -> String {
                #","signature":{"path":"\#(path)","signer":"张三","sheet":"\#(sheet)"}"#
            }
            let empty = try #require(try await stand.sheet()["hash"])
            phone.does(
                "sheet", stand.id, at: start + 60, fields: #"{"handling":"换电容","result":"task-done"}"#)
            phone.says("signature", stand.id, visit: 1, at: start + 120, signature(empty))
            phone.does("finish", stand.id, at: start + 180)
            let other = try await client.call(.post, "\(api)/sync", token: phone.token, json: phone.body(now: now))
            #expect(other["answers.1.result"] == "refused" && other["answers.1.rule"] == "other-sheet", "\(other.text)")
            #expect(other["answers.1.words.zh"]?.contains("重新") == true)
            #expect(other["answers.2.result"] == "blocked")
            let hash = try #require(try await stand.sheet()["hash"])
            let bad = try await dispatcher.suiteNow
            phone.says("signature", stand.id, visit: 1, at: bad, signature(hash, path: "M 1 2 L <"))
            #expect(try await phone.sync(client, 3..<4, now: bad) == ["refused"])
            let last = try await dispatcher.suiteNow
            phone.says("signature", stand.id, visit: 1, at: last, signature(hash))
            phone.does("finish", stand.id, at: last)
            #expect(try await phone.sync(client, 4..<6, now: last) == ["done", "done"])
            #expect(try await phone.sync(client, 4..<6, now: last) == ["done again", "done again"])
            let kept = try await dispatcher.database.pool.query("select taken_at from dispatch.visit_signature")
            #expect(kept.count == 1)
            #expect(abs(try kept[0].decode(Date.self).timeIntervalSince(last)) < 0.01)
        }
    }

    @Test func `puts work aside and takes it up again, and is refused what is not his to do`() async throws {
        try await withDispatcher { dispatcher, client in
            try await dispatcher.putInForce("s3-repair", client)
            let order = try await dispatcher.open()
            try await dispatcher.onSite(order, client, until: "accept")
            let start = try await dispatcher.suiteNow
            try await dispatcher.wait(.seconds(7200))
            let now = try await dispatcher.suiteNow
            var phone = Telephone(token: try await dispatcher.token("engineer"))
            phone.says("aside", order, at: start + 600, #","reason":"part","note":"缺电容""#)
            phone.says("resumption", order, at: start + 1200)
            phone.says("urges", order, at: start + 1300)
            #expect(try await phone.sync(client, now: now) == ["done", "done", "refused"])
            let rows = try await dispatcher.database.pool.query(
                """
                select at from dispatch.work_event
                where work_order = \(order.value) and kind in ('putAside', 'resumed')
                order by revision
                """)
            let times = try rows.map { try $0.decode(Date.self) }
            #expect(times.count == 2)
            #expect(zip(times, [600.0, 1200]).allSatisfy { abs($0.timeIntervalSince(start + $1)) < 1 }, "\(times)")
        }
    }

    @Test(arguments: [
        (#""kind":"dance""#, "kind"), (#""kind":"acceptance""#, "offer"), (#""kind":"refusal""#, "offer"),
        (#""kind":"signature","visit":1"#, "signature"),
        (#""kind":"signature","signature":{"path":"M 1 2","signer":"a","sheet":"b"}"#, "visit"),
        (#""kind":"aside","action":"accept""#, "action"), (#""kind":"aside","visit":1"#, "visit"),
        (#""reason":"x""#, "action"), (#""action":"/aside""#, "action"),
    ])
    func `is told what a command lacks, and nothing is done`(rest: String, field: String) async throws {
        try await withDispatcher { dispatcher, client in
            let command =
                #"{"id":"\#(UUID())","sequence":1,"at":"2026-11-23T00:00:00Z","workOrder":"\#(UUID())",\#(rest)}"#
            let answer = try await client.call(
                .post, "\(api)/sync", token: try await dispatcher.token("engineer"),
                json: #"{"device":"\#(UUID())","sentAt":"2026-11-23T00:00:00Z","commands":[\#(command)]}"#)
            #expect(answer.status == 422 && answer["errors.0.field"] == "/commands/0/\(field)", "\(answer.text)")
        }
    }
}
