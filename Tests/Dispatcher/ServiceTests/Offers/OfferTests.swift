import Contracts
import DispatcherDomain
@testable import DispatcherService
import Foundation
import Hummingbird
import HummingbirdTesting
import Kernel
import Postgres
import ServiceKit
import TestSupport
import Testing

private let api = "/api/dispatch/v1"

extension DispatcherFixture {
    /// Takes engineers on beside those of the demo.
    func engineers(_ count: Int, department: String = "service") async throws -> [(person: Person, token: String)] {
        let desk = PeopleDesk(pool: database.pool, outbox: kit.outbox)
        var made: [(Person, String)] = []
        for number in 0..<count {
            let profile = try await AdministerStaff(desk: desk).takeOn(
                StaffDraft(
                    login: "e\(number)", name: "工程师\(number)", department: department, roles: ["engineer"], level: 1,
                    language: "zh", phone: nil, email: nil, isActive: nil),
                id: ID(UUID()), for: .operators)
            let token = try await settings.signer.sign(
                TokenClaims(
                    staff: profile.id, name: profile.name, roles: ["engineer"], departments: [department],
                    expiresAt: Date(timeIntervalSinceNow: 3600)))
            made.append((Person(id: profile.id, name: profile.name), token))
        }
        return made
    }

    /// A repair that the desk has put into the pool.
    func offered(_ client: any TestClientProtocol, _ number: Int = 1, to people: [Person] = []) async throws -> String {
        let id = try await open(number)
        let list = people.map { "\"\($0.id)\"" }.joined(separator: ",")
        let answer = try await client.call(
            .post, "\(api)/work-orders/\(id)/actions/to-pool", token: try await token("desk"),
            json: #"{"offerTo":[\#(list)]}"#)
        guard answer.status == 200 else { throw NotInForce(answer: answer.text) }
        return id.description
    }

    func history(_ id: String, _ client: any TestClientProtocol) async throws -> Answer {
        try await client.call(.get, "\(api)/work-orders/\(id)/offers", token: try await token("desk"))
    }
}

@Suite struct `An offer over HTTP` {
    /// S3.15, with those who were asked named in the history.
    @Test func `to five who fall asleep is back on the desk after five minutes`() async throws {
        try await withDispatcher { dispatcher, client in
            try await dispatcher.putInForce("s3-repair", client)
            let five = try await dispatcher.engineers(5)
            let id = try await dispatcher.offered(client, to: five.map(\.person))
            let waiting = try await client.call(.get, "\(api)/offers", token: five[2].token)
            #expect(waiting["items.0.offer.workOrder"] == id, "\(waiting.text)")
            #expect(waiting["items.0.ticketNumber"] == "T1000001")
            let told = try await client.call(.get, "\(api)/notices", token: five[4].token)
            #expect(told["items.0.occasion"] == "offered", "\(told.text)")
            // Who was not asked does not see it among his, and cannot take it by the process's own action.
            let other = try await dispatcher.token("engineer")
            #expect(try await client.call(.get, "\(api)/offers", token: other)["items.0.offer.id"] == nil)
            let taken = try await client.call(.post, "\(api)/work-orders/\(id)/actions/accept", token: other)
            #expect(taken.status == 403 && taken.problem == "not-asked", "\(taken.text)")
            try await dispatcher.advance(.seconds(299))
            #expect(try await dispatcher.history(id, client)["items.0.end.outcome"] == nil)
            try await dispatcher.advance(.seconds(2))
            let history = try await dispatcher.history(id, client)
            #expect(history["items.0.end.outcome"] == "expired", "\(history.text)")
            #expect(history["items.0.asked.4.name"] == "工程师4")
            let order = try await client.call(
                .get, "\(api)/work-orders/\(id)", token: try await dispatcher.token("desk"))
            #expect(order["work.step"] == "confirm" && order["owner.name"] == "赵敏", "\(order.text)")
            let late = try await client.call(
                .post, "\(api)/offers/\(waiting["items.0.offer.id"] ?? "")/acceptance", token: five[0].token)
            #expect(late.status == 409 && late.problem == "offer-over", "\(late.text)")
        }
    }

    /// However many reach for it at once.
    @Test func `has one winner, and every loser hears his name`() async throws {
        try await withDispatcher { dispatcher, client in
            try await dispatcher.putInForce("s3-repair", client)
            let crowd = try await dispatcher.engineers(60)
            let id = try await dispatcher.offered(client)
            let offer = try #require(try await dispatcher.history(id, client)["items.0.id"])
            let answers = try await withThrowingTaskGroup(of: Answer.self) { group in
                for one in crowd + crowd.prefix(20) {
                    group.addTask {
                        try await client.call(.post, "\(api)/offers/\(offer)/acceptance", token: one.token)
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let history = try await dispatcher.history(id, client)
            let winner = try #require(history["items.0.end.by.name"], "\(history.text)")
            let won = answers.filter { $0.status == 200 }
            // He may have asked twice.
            #expect(won.count == 1 || won.count == 2)
            #expect(won.allSatisfy { $0["owner.name"] == winner })
            for lost in answers where lost.status != 200 {
                #expect(lost.status == 409 && lost.problem == "taken", "\(lost.text)")
                #expect(lost["detail"] == "\(winner) has taken it", "\(lost.text)")
            }
            let accepted = try await dispatcher.database.pool.query(
                "select count(*) from dispatch.work_event where kind = 'acted' and subject = 'accept'")
            #expect(try accepted[0].decode(Int.self) == 1)
        }
    }

    @Test func `is refused with a reason, and by all at once comes back at once`() async throws {
        try await withDispatcher { dispatcher, client in
            try await dispatcher.putInForce("s3-repair", client)
            let two = try await dispatcher.engineers(2)
            let id = try await dispatcher.offered(client, to: two.map(\.person))
            let offer = try #require(try await dispatcher.history(id, client)["items.0.id"])
            func refuse(_ who: Int, _ json: String) async throws -> Answer {
                try await client.call(.post, "\(api)/offers/\(offer)/refusal", token: two[who].token, json: json)
            }
            #expect(try await refuse(0, #"{"reason":"tired"}"#).problem == "unknown-reason")
            #expect(try await refuse(0, #"{"reason":"other"}"#).problem == "reason-missing")
            #expect(try await refuse(0, #"{"reason":"location"}"#).status == 200)
            #expect(try await client.call(.get, "\(api)/offers", token: two[0].token)["items.0.offer.id"] == nil)
            let last = try await refuse(1, #"{"reason":"other","note":"车在修"}"#)
            #expect(last["work.step"] == "confirm", "\(last.text)")
            let history = try await dispatcher.history(id, client)
            #expect(history["items.0.end.outcome"] == "refused")
            #expect(history["items.0.answers.1.note"] == "车在修")
            // Cooled down: not suggested again today, and the reason is told.
            let engineers = try await client.call(
                .get, "\(api)/work-orders/\(id)/engineers", token: try await dispatcher.token("desk"))
            #expect(engineers["unfit.0.reasons.0.code"] == "refused", "\(engineers.text)")
            #expect(engineers["unfitCount"] == "2")
        }
    }

    @Test func `is not taken by who has enough, who hears of it again when he has room`() async throws {
        try await withDispatcher { dispatcher, client in
            try await dispatcher.putInForce("s3-repair", client)
            let engineer = try dispatcher.member("engineer").person.id
            let manager = try await dispatcher.token("manager")
            let set = try await client.call(
                .put, "\(api)/staff/\(engineer)/limits", token: manager, json: #"{"open":1}"#)
            #expect(set.status == 200, "\(set.text)")
            let token = try await dispatcher.token("engineer")
            let first = try await dispatcher.offered(client, 1)
            let second = try await dispatcher.offered(client, 2)
            func accept(_ id: String) async throws -> Answer {
                let offer = try #require(try await dispatcher.history(id, client)["items.0.id"])
                return try await client.call(.post, "\(api)/offers/\(offer)/acceptance", token: token)
            }
            #expect(try await accept(first).status == 200)
            let full = try await accept(second)
            #expect(full.status == 409 && full.problem == "at-capacity", "\(full.text)")
            let direct = try await client.call(.post, "\(api)/work-orders/\(second)/actions/accept", token: token)
            #expect(direct.problem == "at-capacity")
            let back = try await client.call(
                .post, "\(api)/work-orders/\(first)/actions/give-back", token: token, json: #"{"reason":"车坏了"}"#)
            #expect(back["work.step"] == "reassign", "\(back.text)")
            let told = try await client.call(.get, "\(api)/notices", token: token)
            #expect(told["items.0.occasion"] == "offered-again", "\(told.text)")
            #expect(try await accept(second).status == 200)
        }
    }

    @Test func `goes to nobody who is away, and where nobody is there straight back to the desk`() async throws {
        try await withDispatcher { dispatcher, client in
            try await dispatcher.putInForce("s3-repair", client)
            let people = PeopleDesk(pool: dispatcher.database.pool, outbox: dispatcher.kit.outbox)
            let leave = TakeLeave(desk: people)
            for login in ["engineer", "engineer2"] {
                let id = try dispatcher.member(login).person.id
                let asked = try await leave.request(
                    .init(
                        kind: "sick", start: Date(timeIntervalSinceNow: -600), end: Date(timeIntervalSinceNow: 7200),
                        reason: nil),
                    staff: id, deputy: nil, for: .operators)
                _ = try await leave.decide(asked.id, .approve, note: nil, expectedVersion: nil, for: .operators)
            }
            let away = try dispatcher.member("engineer").person.id
            let id = try await dispatcher.open()
            let desk = try await dispatcher.token("desk")
            func dispatch(_ more: String = "") async throws -> Answer {
                try await client.call(
                    .post, "\(api)/work-orders/\(id)/actions/dispatch", token: desk,
                    json: #"{"candidate":{"staff":"\#(away)"}\#(more)}"#)
            }
            let refused = try await dispatch()
            #expect(refused.status == 409 && refused.problem == "away", "\(refused.text)")
            let asked = try await client.call(
                .post, "\(api)/work-orders/\(id)/actions/to-pool", token: desk, json: #"{"offerTo":["\#(away)"]}"#)
            #expect(asked.problem == "away", "\(asked.text)")
            // The duty roster hears of what nobody can take (S4.12).
            let quality = try dispatcher.member("quality").person.id
            _ = try await KeepDutyRoster(desk: people).add(
                .init(
                    department: "service", post: "hotline", rank: 1, start: Date(timeIntervalSinceNow: -60),
                    end: Date(timeIntervalSinceNow: 3600), note: nil), staff: quality, for: .operators)
            let pool = try await client.call(.post, "\(api)/work-orders/\(id)/actions/to-pool", token: desk)
            #expect(pool.status == 200, "\(pool.text)")
            try await dispatcher.fireAlarms()
            let history = try await dispatcher.history(id.description, client)
            #expect(history["items.0.end.outcome"] == "expired", "\(history.text)")
            let notices = try await client.call(
                .get, "\(api)/notices", token: try await dispatcher.token("quality"))
            #expect(notices["items.0.occasion"] == "nobody-there", "\(notices.text)")
            #expect(try await dispatch(#","evenIfAway":true"#).status == 200)
        }
    }

    /// S3.14.
    @Test func `to a colleague is confirmed by him or returns, and the customer is told`() async throws {
        try await withDispatcher { dispatcher, client in
            try await dispatcher.putInForce("s3-repair", client)
            let (mine, his) = (try await dispatcher.token("engineer"), try await dispatcher.token("engineer2"))
            let colleague = try dispatcher.member("engineer2").person.id
            let id = try await dispatcher.offered(client)
            _ = try await client.call(.post, "\(api)/work-orders/\(id)/actions/accept", token: mine)
            func transfer() async throws -> String {
                let answer = try await client.call(
                    .post, "\(api)/work-orders/\(id)/transfer", token: mine,
                    json: #"{"candidate":{"staff":"\#(colleague)"},"reason":"车坏了"}"#)
                #expect(answer.status == 200, "\(answer.text)")
                return try #require(try await dispatcher.history(id, client)["items.0.id"])
            }
            let first = try await transfer()
            let refused = try await client.call(
                .post, "\(api)/offers/\(first)/refusal", token: his, json: #"{"reason":"schedule"}"#)
            #expect(refused["owner.name"] == "王磊", "\(refused.text)")
            let second = try await transfer()
            #expect(
                try await dispatcher.messages().contains {
                    $0.notices?.contains { $0.to == "customer" && $0.occasion == "transferred" } == true
                })
            for _ in 0..<2 {
                let confirmed = try await client.call(.post, "\(api)/offers/\(second)/acceptance", token: his)
                #expect(confirmed.status == 200 && confirmed["owner.name"] == "李强", "\(confirmed.text)")
            }
            let history = try await dispatcher.history(id, client)
            #expect(
                history["items.0.end.outcome"] == "accepted" && history["items.1.from.name"] == "李强", "\(history.text)")
        }
    }

    /// What was in the pool before there were offers, and what a plain process puts there.
    @Test func `stands for all that lies in a pool`() async throws {
        try await withDispatcher { dispatcher, client in
            let id = try await dispatcher.open()
            let token = try await dispatcher.token("engineer")
            let waiting = try await client.call(.get, "\(api)/offers", token: token)
            #expect(waiting["items.0.offer.workOrder"] == id.description && waiting["items.0.offer.kind"] == "pool")
            let accepted = try await client.call(
                .post, "\(api)/offers/\(waiting["items.0.offer.id"] ?? "")/acceptance", token: token)
            #expect(accepted["work.step"] == "accepted", "\(accepted.text)")
        }
    }
}
