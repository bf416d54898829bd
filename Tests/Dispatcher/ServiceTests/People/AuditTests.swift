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

/// Everything that is done to people's records, one after the other, as an administrator would.
@Suite struct `An administrative act` {
    private struct Act {
        let route: String
        /// In front of what is in braces, what the answer of an earlier act had: `{staff}`.
        let path: String
        let json: String?
        let line: String

        init(_ route: String, _ path: String, _ json: String?, _ line: String) {
            (self.route, self.path, self.json, self.line) = (route, path, json, line)
        }
    }

    private static let name = #""name":{"zh":"\u7532","en":"A"}"#

    private static let process = #"""
        {"text":"process: clinic\nversion: 1\ntitle: 诊所 / Clinic\nsteps:\n  taken:\n    title: 受理 / Taken\n    owner: engineer\n    actions:\n      mend: {title: 修好 / Mended, by: [owner], to: closed}\n  closed: {title: 完成 / Done, end: done}\n"}
        """#

    /// `{id}` is the member who was taken on, `{leave}`, `{duty}` what was made before.
    private static let acts =
        [
            Act(
                "POST /staff", "/staff", #"{"login":"li.ming","name":"Li","department":"shanghai","roles":["desk"]}"#,
                "staffMade"),
            Act(
                "PUT /staff/{id}", "/staff/{id}",
                #"{"name":"Li","department":"shanghai","roles":["desk","station"],"expectedVersion":1}"#, "staffChanged"
            ),
            Act("PUT /skills/{code}", "/skills/dell", "{\(name)}", "skillKept"),
            Act(
                "PUT /staff/{id}/skills", "/staff/{id}/skills",
                #"{"skills":[{"skill":"dell","level":2}],"expectedVersion":2}"#,
                "skillsSet"),
            Act("PUT /staff/{id}/limits", "/staff/{id}/limits", #"{"open":5,"hourly":null}"#, "limitsSet"),
            Act(
                "PUT /job-needs/{code}", "/job-needs/laptops",
                #"{"kinds":["repair"],"skills":[{"skill":"dell","level":2}],"minutes":45}"#, "jobNeedKept"),
            Act("PUT /parts/{code}", "/parts/fan", #"{\#(name),"price":1250}"#, "partKept"),
            Act("POST /staff/{id}/one-time-password", "/staff/{id}/one-time-password", nil, "oneTimePasswordIssued"),
            Act("GET /staff/{id}/sessions", "/staff/{id}/sessions", nil, "sessionsRead"),
            Act("DELETE /staff/{id}/sessions", "/staff/{id}/sessions", nil, "sessionsEnded"),
            Act("POST /staff/exports", "/staff/exports", #"{"reason":"address book"}"#, "staffExported"),
            Act(
                "POST /departments", "/departments", #"{"code":"pudong",\#(name),"parent":"shanghai"}"#,
                "departmentMade"),
            Act(
                "PUT /departments/{code}", "/departments/pudong", #"{\#(name),"parent":"beijing","expectedVersion":1}"#,
                "departmentChanged"),
            Act("PUT /territories/{code}", "/territories/east", "{\(name)}", "territoryKept"),
            Act(
                "PUT /shifts/{code}", "/shifts/day", #"{\#(name),"department":"service","hours":"08:00-12:00"}"#,
                "shiftKept"),
            Act(
                "PUT /shift-plan", "/shift-plan", #"{"days":[{"staff":"{id}","day":"2040-01-02","shifts":["day"]}]}"#,
                "shiftsPlanned"),
            Act(
                "POST /duties", "/duties",
                """
                {"staff":"{id}","department":"shanghai","post":"hotline","from":"2040-01-03T00:00:00Z",
                 "until":"2040-01-04T00:00:00Z"}
                """, "dutyAdded"),
            Act("DELETE /duties/{id}", "/duties/{duty}", nil, "dutyRemoved"),
        ]
        + ["approve", "reject", "withdraw"].enumerated().flatMap { place, step in
            [
                Act(
                    "POST /leaves", "/leaves",
                    """
                    {"staff":"{id}","kind":"annual","from":"204\(place)-02-03T00:00:00Z","until":"204\(place)-02-04T00:00:00Z"}
                    """, "leaveRequested"),
                Act("POST /leaves/{id}/\(step)", "/leaves/{leave}/\(step)", nil, "leaveDecided"),
            ]
        } + [
            Act("POST /processes", "/processes", process, "processPutInForce"),
            Act(
                "POST /processes/{code}/versions/{version}/in-force", "/processes/clinic/versions/1/in-force", nil,
                "processPutInForce"),
            Act(
                "POST /processes/{code}/versions/{version}/move", "/processes/clinic/versions/1/move", #"{"to":1}"#,
                "workMovedToVersion"),
            Act(
                "DELETE /processes/{code}/in-force", "/processes/clinic/in-force", nil, "processTakenOutOfForce"),
            Act("PUT /work-roles/{code}", "/work-roles/mediator", #"{"members":["{id}"]}"#, "workRoleSet"),
            Act(
                "PUT /calendars/{code}", "/calendars/nights",
                #"{"expectedVersion":0,"department":"service","calendar":{"timeZone":"UTC","weekly":{},"covers":[]}}"#,
                "calendarKept"),
            Act(
                "PUT /calendars/{code}/dates", "/calendars/nights/dates",
                #"{"expectedVersion":1,"set":{"2027-01-02":{"hours":["09:00-12:00"]}}}"#, "calendarKept"),
            Act(
                "POST /calendars/{code}/holidays", "/calendars/nights/holidays",
                #"{"expectedVersion":2,"format":"list","file":"2027-01-01, closed","from":2027}"#, "holidaysImported"),
            Act(
                "PUT /policies/{code}", "/policies/standard",
                #"{"expectedVersion":0,"department":"service","policy":{"rows":[]}}"#, "policyKept"),
            Act(
                "PUT /agreements/{code}", "/agreements/shanghai", #"{"expectedVersion":0,"policy":"standard"}"#,
                "agreementKept"),
            Act(
                "PUT /work-orders/{id}/classification", "/work-orders/{work}/classification",
                #"{"severity":"critical","reason":"the server room"}"#, "workReclassified"),
            Act("PUT /evidence/{code}", "/evidence/shanghai", #"{"expectedVersion":0,"photos":2}"#, "evidenceKept"),
            Act("GET /audit", "/audit", nil, "auditRead"),
            Act("PUT /password", "/password", #"{"new":"correct horse battery"}"#, "passwordChanged"),
        ]

    /// What is done every day, or to nothing but one's own sessions; work keeps the steps of its own.
    private static let ordinary: Set = [
        "POST /sessions", "POST /sessions/renewal", "DELETE /sessions", "DELETE /sessions/me", "DELETE /sessions/{id}",
        "POST /work-orders/{id}/actions/{action}", "POST /work-orders/{id}/visits/{number}/actions/{action}",
        "POST /work-orders/{id}/visits/{number}/signature", "PUT /work-orders/{id}/visits/{number}/appointment",
        "PUT /appointments/{token}", "POST /appointments/{token}/confirmation",
        "POST /work-orders/{id}/aside", "POST /work-orders/{id}/resumption", "POST /work-orders/{id}/suspension",
        "POST /work-orders/{id}/termination", "POST /work-orders/{id}/urges", "POST /work-orders/{id}/copies",
        "POST /work-orders/{id}/delegation", "POST /work-orders/{id}/transfer",
        "POST /work-orders/{id}/approvals/{number}/grant", "POST /work-orders/{id}/approvals/{number}/refusal",
        "POST /work-orders/{id}/errands/{number}/done",
        "POST /work-orders/{id}/charges", "PUT /charges/{id}/bearer", "POST /charges/{id}/review",
        "POST /charges/{id}/withdrawal", "POST /charges/{id}/correction", "POST /work-orders/{id}/payments",
        "POST /payments/{id}/confirmation", "POST /settlements/{code}/{month}/closing", "POST /parts/{code}/movements",
        "POST /work-orders/{id}/part-requests", "POST /part-requests/{id}/grant", "POST /part-requests/{id}/refuse",
        "POST /part-requests/{id}/ship", "POST /part-requests/{id}/receive",
        "POST /offers/{id}/acceptance", "POST /offers/{id}/refusal",
        "PUT /files/{id}", "POST /sync",
        "POST /processes/check", "POST /policies/check", "POST /clocks/what-if",
    ]

    @Test func `leaves just one line with who did it, from where and to whom; every route that changes is asked`()
        async throws
    {
        try await withDispatcher { dispatcher, client in
            let session = try await dispatcher.signIn("admin", client, from: "198.51.100.9")
            let token = try #require(session["token"])
            let me = try #require(session["staff.id"])
            var made = ["work": try await dispatcher.open().description]
            for act in Self.acts {
                func filled(_ text: String) -> String {
                    made.reduce(text) { $0.replacing("{\($1.key)}", with: $1.value) }
                }
                let before = try await dispatcher.record().count
                let method = try #require(HTTPRequest.Method(String(act.route.prefix { $0 != " " })))
                let answer = try await client.call(
                    method, api + filled(act.path), token: token, json: act.json.map(filled),
                    headers: [.forwardedFor: "198.51.100.9"])
                #expect((200..<300).contains(answer.status), "\(act.route): \(answer.status) \(answer.text)")
                if act.route == "POST /staff" { made["id"] = answer["id"] }
                if act.route == "POST /leaves" { made["leave"] = answer["id"] }
                if act.route == "POST /duties" { made["duty"] = answer["id"] }
                let lines = try await dispatcher.record()
                #expect(lines.count == before + 1, "\(act.route)")
                #expect(lines.last?.hasPrefix(act.line + " ") == true, "\(act.route): \(lines.last ?? "")")
            }
            let by = try await dispatcher.database.pool.query(
                """
                select count(*)
                from dispatch.people_audit
                where actor = \(me)::uuid
                  and address = '198.51.100.9'
                  and session is not null
                """)[0].decode(Int.self)
            #expect(by == Self.acts.count)
            let changing = DispatcherService.router(dispatcher.kit, dispatcher.settings).routes
                .filter { $0.path.description.hasPrefix(api) && ![.get, .head].contains($0.method) }
                .map { "\($0.method.rawValue) \($0.path.description.dropFirst(api.count))" }
            let asked = Set(Self.acts.map(\.route)).union(Self.ordinary)
            #expect(Set(changing).subtracting(asked).sorted() == [], "say what line these leave")
        }
    }

    @Test func `that was refused leaves none`() async throws {
        try await withDispatcher { dispatcher, client in
            let before = try await dispatcher.record()
            let token = try await dispatcher.token("engineer")
            let id = try dispatcher.member("desk").person.id.description
            for act in Self.acts where !["PUT /password", "POST /leaves"].contains(act.route) {
                let method = try #require(HTTPRequest.Method(String(act.route.prefix { $0 != " " })))
                let answer = try await client.call(
                    method, api + act.path.replacing(/\{[a-z]+\}/, with: id), token: token,
                    json: act.json?.replacing("{id}", with: id))
                #expect([403, 404].contains(answer.status), "\(act.route): \(answer.status) \(answer.text)")
            }
            #expect(try await dispatcher.record() == before)
        }
    }

    @Test func `of a thief is on the record when the token comes back`() async throws {
        try await withDispatcher { dispatcher, client in
            let first = try await dispatcher.signIn("desk", client)
            let renewal = #"{"refreshToken":"\#(try #require(first["refreshToken"]))"}"#
            _ = try await client.call(.post, api + "/sessions/renewal", json: renewal)
            try await dispatcher.database.pool.query(
                "update dispatch.sign_in_session set renewed_at = now() - interval '31 seconds'")
            let stolen = try await client.call(
                .post, api + "/sessions/renewal", json: renewal, headers: [.forwardedFor: "203.0.113.66"])
            #expect(stolen.status == 401)
            let list = try await client.call(
                .get, api + "/audit?act=tokenReused", token: try await dispatcher.token("admin"))
            #expect(list["items.0.subject"] == first["staff.id"])
            #expect(list["items.0.address"] == "203.0.113.66")
        }
    }
}
