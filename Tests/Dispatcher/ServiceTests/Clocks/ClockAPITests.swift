import Contracts
import BusinessTime
import DispatcherDomain
import Foundation
import Hummingbird
import HummingbirdTesting
import Kernel
import Postgres
import ServiceKit
import TestSupport
import Messaging
import Testing

@testable import DispatcherService

private let path = "/api/dispatch/v1"

@Suite struct `The clocks in the API` {
    @Test func `are explained in both languages, with policy, calendar, hours and pauses`() async throws {
        try await withDispatcher { dispatcher, client in
            let stand = try ClockStand(dispatcher)
            let id = try await stand.open()
            try await stand.act("wait", id)
            try await stand.advance(1800)
            try await stand.act("resume", id)
            let token = try await dispatcher.token("engineer")
            let list = try await client.call(.get, "\(path)/work-orders/\(id)/clocks", token: token)
            #expect(list.status == 200, "\(list.text)")
            #expect(list["items.0.timer"] == "clock:solution")
            #expect(list["items.0.standing"] == "due")
            let clock = try #require(list["items.0.id"])
            let begin = ContinuousClock.now
            let told = try await client.call(.get, "\(path)/work-orders/\(id)/clocks/\(clock)/explain", token: token)
            let took = ContinuousClock.now - begin
            #expect(took < .milliseconds(200), "\(took)")
            #expect(told.status == 200, "\(told.text)")
            #expect(told["sentences.zh.0"]?.contains("process:clocked@1") == true)
            #expect(told["sentences.en"]?.contains("Takes out the pause") == true)
            #expect(told["sentences.zh"]?.contains("因此截止时间为") == true)
            #expect(told["facts.timer"] == "clock:solution")
            let events = try await client.call(.get, "\(path)/work-orders/\(id)/clocks/events", token: token)
            #expect(events["items.0.fact.opened.as.level"] == "normal")
            #expect(events.text.contains(#""fact":{"clock":{"code":"solution","phase":"running"}}"#), "\(events.text)")
            #expect(!events.text.contains("\"_0\""))
        }
    }

    @Test func `of a policy that speaks of what is not there come with a warning that names it`() async throws {
        try await withDispatcher { dispatcher, client in
            let admin = try await dispatcher.token("admin")
            let policy = """
                {"title":{"zh":"新","en":"New"},"rows":[{"kinds":["repair","repare"],"severities":["urgent"],"targets":[
                 {"timer":"step:no-such-step","limit":{"amount":1,"unit":"hours"},"calendar":"office"},
                 {"timer":"solution","limit":{"amount":1,"unit":"hours"},"calendar":"office",
                  "thresholds":[{"at":"50%","actions":[{"remind":["owner","manger"]},{"action":"no-such-action"}]}]}]}]}
                """
            let checked = try await client.call(
                .post, "\(path)/policies/check", token: admin, json: "{\"policy\":\(policy)}")
            #expect(checked.status == 200 && checked["faults.0"] == nil, "\(checked.text)")
            let put = try await client.call(
                .put, "\(path)/policies/misspelt", token: admin,
                json: "{\"expectedVersion\":0,\"department\":\"service\",\"policy\":\(policy)}")
            #expect(put.status == 201, "\(put.text)")
            for answer in [checked, put] {
                let named = (0..<9).compactMap { answer["warnings.\($0).message"]?.split(separator: "'")[1] }
                #expect(named == ["urgent", "repare", "no-such-step", "manger", "no-such-action"], "\(answer.text)")
                #expect(answer["warnings.1.field"] == "/policy/rows/0/kinds/1")
            }
        }
    }

    @Test func `are hidden from other departments`() async throws {
        try await withDispatcher { dispatcher, client in
            let stand = try ClockStand(dispatcher)
            let id = try await stand.open(department: "shanghai")
            let run = try #require(try await stand.present(id).run(.clock("solution"), 1))
            for (login, status) in [("shanghai", 200), ("manager", 200), ("beijing", 404), ("developer", 404)] {
                let token = try await dispatcher.token(login)
                for place in ["clocks", "clocks/events", "clocks/\(run.id(of: id))/explain"] {
                    let answer = try await client.call(.get, "\(path)/work-orders/\(id)/\(place)", token: token)
                    #expect(answer.status == status, "\(login) \(place)")
                }
            }
        }
    }

    @Test func `of last month are compared with another policy, for those who review the service`() async throws {
        try await withDispatcher { dispatcher, client in
            let stand = try ClockStand(dispatcher)
            let policies = KeepPolicies(desk: PeopleDesk(pool: stand.pool, outbox: stand.outbox))
            _ = try await policies.put(
                .one("strict", .solution, 30), department: "service", expectedVersion: 0, note: nil, for: .operators)
            let (early, late) = (try await stand.open(1), try await stand.open(2))
            _ = try await stand.open(3, department: "rnd")
            try await stand.advance(3600)
            try await stand.act("finish", early)
            try await stand.advance(4 * 3600)
            try await stand.act("finish", late)
            let now = Date()
            let body = """
                {"from":"\(WireJSON.text(of: now - 86_400))","until":"\(WireJSON.text(of: now + 86_400))",
                 "policy":{"key":"strict","version":1}}
                """
            let answer = try await client.call(
                .post, "\(path)/clocks/what-if", token: try await dispatcher.token("manager"), json: body)
            #expect(answer.status == 200, "\(answer.text)")
            #expect(answer["summary.judged"] == "2")
            #expect(answer["summary.missed"] == "1")
            #expect(answer["summary.wouldBeMissed"] == "2")
            #expect(answer["summary.newlyMissed"] == "1")
            #expect(answer["changed.0.workOrder"] == early.description)
            let engineer = try await client.call(
                .post, "\(path)/clocks/what-if", token: try await dispatcher.token("engineer"), json: body)
            #expect(engineer.problem == "role-missing")
            let unknown = try await client.call(
                .post, "\(path)/clocks/what-if", token: try await dispatcher.token("manager"),
                json: body.replacing("strict", with: "lax"))
            #expect(unknown.problem == "unknown-policy")
            let backward = body.replacing("\"from\"", with: "\"x\"").replacing("\"until\"", with: "\"from\"")
                .replacing("\"x\"", with: "\"until\"")
            let turned = try await client.call(
                .post, "\(path)/clocks/what-if", token: try await dispatcher.token("manager"), json: backward)
            #expect(turned["errors.0.field"] == "/until")
            #expect(turned["errors.0.words.zh"] == "必须晚于from。")
            // Nothing is stored.
            #expect(try await stand.present(early).run(.clock("solution"), 1)?.verdict?.isMet == true)
        }
    }
}
