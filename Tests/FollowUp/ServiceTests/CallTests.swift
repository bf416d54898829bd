import Contracts
@testable import FollowUpService
import Foundation
import Hummingbird
import HummingbirdTesting
import Kernel
import Messaging
import Postgres
import ServiceKit
import TestSupport
import Testing
import Yams

/// One answer of the API.
private struct Answer {
    let status: HTTPResponse.Status
    let text: String

    var version: Int { (object["version"] as? Int) ?? -1 }
    var object: [String: Any] {
        (try? JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]) ?? [:]  // no JSON holds nothing
    }
}

extension FollowUpFixture {
    fileprivate func planned() async throws -> UUID {
        try await say(.done, version: 5, at: doneAt, place: Self.place("callback"), wish: Self.wish)
        try await eventually("the call-back is planned") { try await sent("callback.planned.v1") == 1 }
        return try await database.pool.query("select id from followup.callback")[0].value("id")
    }

    fileprivate func ask(
        _ client: some TestClientProtocol, _ id: UUID, call json: String? = nil, departments: [String] = ["shanghai"],
        role: String = "desk"
    ) async throws -> Answer {
        let token = try await token(departments, role: role)
        return try await client.execute(
            uri: "/api/followup/v1/callbacks/\(id)" + (json == nil ? "" : "/calls"), method: json == nil ? .get : .post,
            headers: [.authorization: "Bearer \(token)", .contentType: "application/json"],
            body: json.map { ByteBuffer(string: $0) }
        ) { Answer(status: $0.status, text: String(buffer: $0.body)) }
    }

    fileprivate func said(_ type: String) async throws -> CallBackMoved? {
        try await database.pool.query(
            "select body from followup.outbox_sent where type = \(type) order by id desc limit 1"
        )
        .first.map { try WireJSON.decode(CallBackMoved.self, from: try $0.decode([UInt8].self)) }
    }
}

@Suite struct `A call to a customer` {
    @Test func `is kept once with what he said, and told with what it does in the process`() async throws {
        try await withFollowUp { followUp in
            try await running([followUp.kit.relay, followUp.consumer, FollowUpService.timers(followUp.kit)]) {
                let id = try await followUp.planned()
                try await followUp.kit.application(try followUp.router).test(.router) { client in
                    let seen = try await followUp.ask(client, id)
                    #expect(seen.status == .ok && seen.text.contains("\"needsReason\":true"), "\(seen.text)")
                    #expect(seen.object["calls"] as? [String] == [])

                    // Not his business, not his department, not the form, not what he looked at.
                    let good = #"{"version":1,"outcome":"satisfied","score":5,"note":"很好","fields":{"rating":"good"}}"#
                    #expect(try await followUp.ask(client, id, call: good, role: "engineer").status == .forbidden)
                    #expect(
                        try await followUp.ask(client, id, call: good, departments: ["beijing"]).status == .notFound)
                    #expect(try await followUp.ask(client, id, departments: ["beijing"]).status == .notFound)
                    let empty = try await followUp.ask(client, id, call: #"{"version":1,"outcome":"unsatisfied"}"#)
                    #expect(empty.status == .unprocessableContent)
                    #expect(empty.text.contains("/note") && empty.text.contains("/fields/rating"), "\(empty.text)")
                    let stale = try await followUp.ask(
                        client, id, call: good.replacing("\"version\":1", with: "\"version\":7"))
                    #expect(stale.status == .conflict && stale.text.contains("stale-version"), "\(stale.text)")
                    #expect((stale.object["current"] as? [String: Any])?["version"] as? Int == 1)

                    let kept = try await followUp.ask(client, id, call: good, role: "quality")
                    #expect(kept.status == .ok && kept.object["state"] as? String == "done", "\(kept.text)")
                    let call = (kept.object["calls"] as? [[String: Any]])?.first
                    #expect(call?["note"] as? String == "很好" && call?["score"] as? Int == 5)
                    #expect((call?["by"] as? [String: Any])?["name"] as? String == "赵敏")
                    let again = try await followUp.ask(
                        client, id, call: good.replacing("\"version\":1", with: "\"version\":2"))
                    #expect(again.status == .conflict && again.text.contains("problem/over"), "\(again.text)")
                }
                try await eventually("it is told") { try await followUp.sent("callback.done.v1") == 1 }
                let call = try #require(try await followUp.said("callback.done.v1")?.call)
                #expect(call.action == "passed" && call.stay == FollowUpFixture.wish.stay)
                #expect(call.fields == ["rating": "good"] && call.outcome == Open(.satisfied) && call.attempt == 1)
                // Nobody is asked to call any more.
                try await followUp.advanceClock(days: 5)
                try await followUp.say(
                    .closed, version: 6, at: followUp.doneAt + 60, place: FollowUpFixture.place("closed"))
                try await eventually("all is heard") { try await followUp.heard() == 2 }
                #expect(try await followUp.sent("callback.due.v1") == 0)
                #expect(try await followUp.callBacks().first?.hasPrefix("T1000001 done 2") == true)
            }
        }
    }

    @Test func `that nobody answers is tried again at a sensible time, as often as is said`() async throws {
        try await withFollowUp { followUp in
            try await running([followUp.kit.relay, followUp.consumer, FollowUpService.timers(followUp.kit)]) {
                let id = try await followUp.planned()
                try await followUp.kit.application(try followUp.router).test(.router) { client in
                    var version = 1
                    for attempt in 1...3 {
                        let json = #"{"version":\#(version),"outcome":"unreached","note":"占线"}"#
                        let answer = try await followUp.ask(client, id, call: json)
                        #expect(answer.status == .ok, "\(answer.text)")
                        #expect(answer.object["state"] as? String == (attempt < 3 ? "planned" : "missed"))
                        #expect(answer.object["attempts"] as? Int == attempt)
                        guard attempt < 3 else { break }
                        try await followUp.advanceClock(days: attempt * 2)
                        try await eventually("it is due again") {
                            try await followUp.sent("callback.due.v1") == attempt
                        }
                        version = try await followUp.ask(client, id).version
                    }
                    try await eventually("it is told") { try await followUp.sent("callback.missed.v1") == 1 }
                    // He rings up himself.
                    let late = try await followUp.ask(
                        client, id,
                        call: #"{"version":6,"outcome":"unsatisfied","note":"还在漏","fields":{"rating":"bad"}}"#)
                    #expect(late.object["state"] as? String == "done", "\(late.text)")
                    #expect((late.object["calls"] as? [Any])?.count == 4)
                }
                try await eventually("it is told") { try await followUp.sent("callback.done.v1") == 1 }
                #expect(try await followUp.said("callback.done.v1")?.call?.action == "failed")
            }
        }
    }

    @Test func `is not made when the work has gone on without it, and is when it comes back`() async throws {
        try await withFollowUp { followUp in
            try await running([followUp.kit.relay, followUp.consumer, FollowUpService.timers(followUp.kit)]) {
                _ = try await followUp.planned()
                // Another owner in the same step is no other step.
                try await followUp.say(
                    .done, version: 6, at: followUp.doneAt + 5, place: FollowUpFixture.place("callback"))
                try await followUp.say(
                    .accepted, version: 7, at: followUp.doneAt + 9, place: FollowUpFixture.place("again"))
                try await eventually("it is dropped") { try await followUp.sent("callback.dropped.v1") == 1 }
                try await followUp.advanceClock(days: 5)
                try await followUp.say(
                    .done, version: 8, at: followUp.doneAt + 60, place: FollowUpFixture.place("callback"),
                    wish: FollowUpFixture.wish)
                try await eventually("it is due") { try await followUp.sent("callback.due.v1") == 1 }
                #expect(try await followUp.callBacks().first?.hasPrefix("T1000001 due 4") == true)
            }
        }
    }
}

/// Holds docs/api/followup.yaml against the router, both ways.
@Suite struct `The OpenAPI document of the follow-up` {
    @Test func `describes every route of the router and every answer to hostile requests, and is served`() async throws
    {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(
            path: "../../../docs/api/followup.yaml")
        let document = try #require(try Yams.load(yaml: String(contentsOf: file, encoding: .utf8)) as? [String: Any])
        let written = try #require(document["paths"] as? [String: [String: [String: Any]]])
        /// The statuses, by path and method.
        let paths = written.mapValues { methods in
            methods.mapValues { Set(($0["responses"] as? [String: Any] ?? [:]).keys) }
        }
        try await withFollowUp { followUp in
            let prefix = "/api/followup/v1"
            let router = try followUp.router
            let routes = router.routes.filter { $0.path.description.hasPrefix(prefix) && $0.method != .head }
                .map { "\($0.method.rawValue) \($0.path.description.dropFirst(prefix.count))" }
            #expect(Set(routes) == Set(paths.flatMap { path, all in all.keys.map { "\($0.uppercased()) \(path)" } }))
            try await followUp.kit.application(router).test(.router) { client in
                let served = try await client.execute(uri: prefix + "/openapi.yaml", method: .get) { $0.body }
                #expect(Data(served.readableBytesView) == (try Data(contentsOf: file)))
                let token = try await followUp.token(["shanghai"])
                let bodies = [
                    "", "{}", "[]", "null", #"{"version":"x"}"#, String(repeating: "[", count: 100),
                    #"{"version":-1,"outcome":"x","score":9,"note":"\u0000","fields":{"\u0000":"\u0000"}}"#,
                    #"{"version":1,"outcome":"satisfied","fields":[1]}"#,
                    #"{"version":99999999999999999999,"outcome":"satisfied"}"#,
                    #"{"version":1,"outcome":"satisfied","note":"\#(String(repeating: "长", count: 2001))"}"#,
                ]
                for (path, methods) in paths {
                    for (method, documented) in methods {
                        for id in ["0192aaaa-0000-7000-8000-000000000001", "%00", "x"] {
                            for bearer in [token, "x.y.z"] {
                                for body in method == "get" ? [""] : bodies {
                                    let uri = prefix + path.replacing("{id}", with: id) + "?state=%00&limit=-1"
                                    let (status, text) = try await client.execute(
                                        uri: uri, method: HTTPRequest.Method(method.uppercased())!,
                                        headers: [
                                            .authorization: "Bearer \(bearer)", .contentType: "application/json",
                                        ], body: ByteBuffer(string: body)
                                    ) { ($0.status.code, String(buffer: $0.body)) }
                                    #expect(
                                        documented.contains("\(status)"), "\(method) \(uri) \(body) \(status) \(text)")
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
