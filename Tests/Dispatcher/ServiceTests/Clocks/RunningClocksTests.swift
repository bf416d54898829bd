import BusinessTime
import Contracts
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

private let api = "/api/dispatch/v1"

/// The whole way: a ticket, its process, its clocks, the timers.
@Suite struct `The clocks of running work` {
    @Test func `start, are passed to the process in their time, and stop with its steps`() async throws {
        try await withDispatcher { dispatcher, client in
            try await dispatcher.putInForce("s3-repair", client)
            let id = try await dispatcher.open()
            let desk = try await dispatcher.token("desk")
            let first = try await client.call(.get, "\(api)/work-orders/\(id)/clocks", token: desk)
            #expect(first["items.0.timer"] == "clock:response", "\(first.text)")
            #expect(first["items.1.timer"] == "clock:solution")
            #expect(first["items.0.policy"] == "process:s3-repair@3")
            #expect(first["items.0.calendar"] == "office@1")
            // Two working days are over for certain after eight.
            try await dispatcher.advance(.seconds(8 * 86_400))
            let notices = try await dispatcher.notices(of: id)
            for wanted in ["response.75", "response.100", "solution.75", "solution.100"] {
                #expect(notices.filter { $0.hasSuffix(" \(wanted)") }.isEmpty == false, "\(wanted): \(notices)")
            }
            #expect(notices.filter { $0 == "supervisor response.100" }.count == 1)
            let answer = try await client.call(
                .post, "\(api)/work-orders/\(id)/actions/answer", token: desk, json: #"{"reason":"电话解决"}"#)
            #expect(answer.status == 200, "\(answer.text)")
            let ended = try await client.call(.get, "\(api)/work-orders/\(id)/clocks", token: desk)
            #expect(ended["items.0.verdict.isMet"] == "0" || ended["items.0.verdict.isMet"] == "false")
            #expect(ended["items.1.endedAt"] != nil)
        }
    }

    @Test func `stand still while the work lies aside`() async throws {
        try await withDispatcher { dispatcher, client in
            try await dispatcher.putInForce("s0-direct", client)
            let id = try await dispatcher.open(kind: .question)
            let engineer = try await dispatcher.token("engineer")
            let aside = try await client.call(
                .post, "\(api)/work-orders/\(id)/aside", token: engineer, json: #"{"reason":"customer"}"#)
            guard aside.status == 200 else {
                Issue.record("\(aside.status) \(aside.text)")
                return
            }
            let clocks = try await client.call(.get, "\(api)/work-orders/\(id)/clocks", token: engineer)
            #expect(clocks.text.contains("\"standing\":\"paused\""), "\(clocks.text)")
            #expect(clocks["pausedFor"] == "customer")
        }
    }

    @Test func `are counted by the customer's level, and anew when the work is of another severity`() async throws {
        try await withDispatcher { dispatcher, client in
            let policies = KeepPolicies(
                desk: PeopleDesk(pool: dispatcher.database.pool, outbox: dispatcher.kit.outbox))
            let policy = SLAPolicy(
                key: "p", version: 1,
                rows: [
                    .init(
                        levels: ["gold"],
                        targets: [SLATarget(.solution, within: SLALimit(3, .hours), calendar: "wall-clock")]),
                    .init(
                        severities: ["critical"],
                        targets: [SLATarget(.solution, within: SLALimit(1, .hours), calendar: "wall-clock")]),
                    .init(targets: [SLATarget(.solution, within: SLALimit(9, .hours), calendar: "wall-clock")]),
                ])
            _ = try await policies.put(
                policy, department: "service", expectedVersion: 0, note: nil, for: .operators)
            _ = try await policies.agree(
                ServiceAgreement(department: "service", customer: nil, calendar: nil, policy: "p", version: 1),
                expectedVersion: 1, for: .operators)
            let id = try await dispatcher.open()
            func hours(_ answer: Answer) throws -> Double {
                let due = try #require(answer["items.0.dueAt"].flatMap { WireJSON.date(from: $0) })
                let start = try #require(answer["items.0.startedAt"].flatMap { WireJSON.date(from: $0) })
                return due.timeIntervalSince(start) / 3600
            }
            let token = try await dispatcher.token("dispatcher")
            let gold = try await dispatcher.open(2, level: "gold")
            #expect(
                try hours(try await client.call(.get, "\(api)/work-orders/\(gold)/clocks", token: token)) == 3,
                "by the level that its ticket tells")
            let before = try await client.call(.get, "\(api)/work-orders/\(id)/clocks", token: token)
            #expect(try hours(before) == 9)
            let after = try await client.call(
                .put, "\(api)/work-orders/\(id)/classification", token: token,
                json: #"{"severity":"critical","reason":"机房停机"}"#)
            #expect(after.status == 200, "\(after.text)")
            #expect(try hours(after) == 1)
            let without = try await client.call(
                .put, "\(api)/work-orders/\(id)/classification", token: token, json: #"{"severity":"low"}"#)
            #expect(without["errors.0.field"] == "/reason")
        }
    }
}
