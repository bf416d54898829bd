import Foundation
import StackSupport
import Testing

extension `The suite` {
    /// Routes that show nothing of a ticket, or are meant for everybody: customers belong to the company, a ticket's
    /// state is told to whoever knows its number and contact, the rest is forms and style.
    private static let openToAll: Set = [
        "POST \\(Self.path)", "GET /api/intake/v1/customers/:id", "GET /api/intake/v1/track/:number",
        "POST /api/intake/v1/track/:number/wishes",
        "GET /api/notify/v1/receipts/kannel/{secret}/{attempt}", "GET /signin", "POST /signin", "POST /signout",
        "GET /reports/style.css", "GET /reports/sign-in.js", "GET /api/followup/v1/openapi.yaml",
    ]

    @Test func `shows a stranger of another department nothing, at any address`() async throws {
        let number = try await Person.customer(at: stack).createTicket(
            "Nobody else's business", phone: "13800138066", email: "quiet@example.cn", openID: "oDemo0002")
        let engineer = try await stack.engineer()
        let order = try await eventually("a work order for \(number)") {
            let list = try await engineer.get("/api/dispatch/v1/work-orders?ticket=\(number)")
            return (list.object["items"] as? [[String: Any]])?.first?["id"] as? String
        }
        for step in ["accept", "depart", "arrive", "finish"] {
            let answer = try await engineer.post("/api/dispatch/v1/work-orders/\(order)/actions/\(step)")
            try #require(answer.status == 200, "\(step): \(answer.status) \(answer.text)")
        }
        let manager = try await Person.signIn("manager", at: stack)
        let delivery = try await eventually("a delivery of \(number)") {
            let list = try await manager.get("/api/notify/v1/deliveries?ticket=\(number)")
            return (list.object["deliveries"] as? [[String: Any]])?.first?["id"] as? String
        }
        let callBack = try await eventually("the call-back of \(number)") {
            let list = try await manager.get("/api/followup/v1/callbacks?limit=200")
            let items = list.object["items"] as? [[String: Any]] ?? []
            return items.first { ($0["ticket"] as? [String: Any])?["number"] as? String == number }?["id"] as? String
        }
        // Each with the route that it belongs to, as the sources write it; the dispatcher's are asked below.
        let addresses = [
            ("GET \\(Self.path)", "/api/intake/v1/tickets"),
            ("GET \\(Self.path)", "/api/intake/v1/tickets?query=\(number)"),
            ("GET \\(Self.path)/:number", "/api/intake/v1/tickets/\(number)"),
            ("", "/api/dispatch/v1/work-orders?view=pool"), ("", "/api/dispatch/v1/work-orders?ticket=\(number)"),
            ("", "/api/dispatch/v1/work-orders/\(order)"),
            ("GET /api/notify/v1/deliveries", "/api/notify/v1/deliveries?ticket=\(number)"),
            ("GET /api/notify/v1/deliveries/{id}", "/api/notify/v1/deliveries/\(delivery)"),
            ("GET /api/followup/v1/callbacks", "/api/followup/v1/callbacks?limit=200"),
            ("GET /api/followup/v1/callbacks/{id}", "/api/followup/v1/callbacks/\(callBack)"),
            ("GET /api/reports/v1/tickets", "/api/reports/v1/tickets"),
            ("GET /api/reports/v1/tickets/:number/timeline", "/api/reports/v1/tickets/\(number)/timeline"),
            ("GET /reports", "/reports"), ("GET /reports/tickets/:number", "/reports/tickets/\(number)"),
        ]
        let stranger = try await Person.signIn("developer", at: stack)
        for (_, address) in addresses {
            // Shown to whom it concerns, so what a stranger misses is withheld and not only late.
            _ = try await eventually("\(number) at \(address)") {
                let answer = try await manager.get(address)
                return answer.status == 200 && (answer.text.contains(number) || answer.text.contains(delivery))
                    ? true : nil
            }
            let answer = try await stranger.get(address)
            #expect([200, 403, 404].contains(answer.status), "\(address): \(answer.status)")
            for word in [number, "Nobody else", "13800138066", "quiet@example.cn", order, delivery] {
                #expect(answer.status == 404 || !answer.text.contains(word), "\(address): \(answer.text)")
            }
        }
        for step in ["accept", "depart", "arrive", "finish", "close"] {
            let answer = try await stranger.post("/api/dispatch/v1/work-orders/\(order)/actions/\(step)")
            #expect(answer.status == 404, "\(step)")
        }
        let call: [String: Any] = ["version": 1, "outcome": "satisfied"]
        let called = try await stranger.post("/api/followup/v1/callbacks/\(callBack)/calls", call)
        #expect([403, 404].contains(called.status), "\(called.text)")
        // The phone's page shows the work of its owner and of his pool, and takes its steps; it goes by the cookie.
        let phone = try await stranger.post(
            "/m/\(order)/accept", headers: ["cookie": "paidan=\(stranger.token ?? "")", "x-paidan": "1"])
        #expect(phone.status == 404, "\(phone.status) \(phone.text)")
        let asked = Set(addresses.map(\.0)).union(Self.openToAll).union([
            "GET /m", "GET /m/{id}", "POST /m/{id}/{action}", "POST /api/followup/v1/callbacks/{id}/calls",
        ])
        let routes = try Self.routes(below: stack.root.appending(path: "Services"))
        #expect(routes.count > 15)
        #expect(routes.subtracting(asked) == [], "ask these as a stranger, too")
    }

    @Test func `shows a stranger nothing of another department's people, wherever the dispatcher can be asked`()
        async throws
    {
        let admin = try await Person.signIn("admin", at: stack)
        let engineer = try await stack.engineer()
        let me = try #require(try await engineer.get(Self.api + "/sessions/me").object["id"] as? String)
        func made(_ path: String, _ body: [String: Any], by person: Person) async throws -> String {
            let answer = try await person.post(Self.api + path, body)
            return try #require(answer.object["id"] as? String, "\(path): \(answer.status) \(answer.text)")
        }
        let day = ["from": "2040-01-02T00:00:00Z", "until": "2040-01-03T00:00:00Z"]
        let leave = try await made("/leaves", day.merging(["kind": "sick"]) { own, _ in own }, by: engineer)
        let night = ["from": "2040-02-02T00:00:00Z", "until": "2040-02-03T00:00:00Z"]
        let duty = try await made(
            "/duties", night.merging(["staff": me, "department": "service", "post": "night-desk"]) { own, _ in own },
            by: admin)
        // By the document, which is the router's table, as its own test holds.
        let gets = Self.gets(in: try await admin.get(Self.api + "/openapi.yaml").text)
        #expect(gets.count > 20)
        let needed = [
            "/shift-plan": "?from=2026-11-01&through=2026-11-30", "/territories/serving": "?region=310115",
            "/staff/{id}/availability": "?from=2026-11-22T00:00:00Z&until=2026-11-24T00:00:00Z",
            "/calendars/{code}/hours": "?from=2026-11-22T00:00:00Z&until=2026-11-24T00:00:00Z",
            "/work-orders": "?view=done", "/processes/{code}/versions/{version}/move-plan": "?to=2",
        ]
        let stranger = try await Person.signIn("developer", at: stack)
        for path in gets {
            let id = path.hasPrefix("/leaves") ? leave : path.hasPrefix("/duties") ? duty : me
            let address =
                Self.api
                + path.replacing("{id}", with: id).replacing("{clock}", with: id)
                .replacing("{code}", with: path.hasPrefix("/calendars") ? "office" : "service")
                .replacing("{version}", with: "1")
            let answer = try await stranger.get(address + (needed[path] ?? ""))
            #expect([200, 401, 403, 404].contains(answer.status), "\(path): \(answer.status) \(answer.text)")
            if path.contains("{id}") { #expect([403, 404].contains(answer.status), "\(path): \(answer.status)") }
            for word in [me, leave, duty, "王磊", "night-desk"] {
                #expect(answer.status == 404 || !answer.text.contains(word), "\(path): \(answer.text)")
            }
        }
        for path in ["/leaves/\(leave)", "/staff/\(me)", "/duties?post=night-desk"] {
            let answer = try await admin.get(Self.api + path)
            #expect(answer.status == 200 && answer.text.contains(me), "\(path): \(answer.status) \(answer.text)")
        }
    }

    private static let api = "/api/dispatch/v1"

    /// The paths of an OpenAPI document that can be read.
    private static func gets(in document: String) -> [String] {
        var path = ""
        var paths: [String] = []
        for line in document.split(separator: "\n") {
            if let match = line.wholeMatch(of: /[ ]{2}(\/\S+):/) { path = String(match.1) }
            if line == "    get:" { paths.append(path) }
        }
        return paths
    }

    /// Method and text of the services' routes, as in `get("…")` and `post("…", use:`. Those of the dispatcher's API stand
    /// in its document.
    private static func routes(below folder: URL) throws -> Set<String> {
        var routes: Set<String> = []
        let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
        while let file = files?.nextObject() as? URL {
            guard file.pathExtension == "swift", file.path.contains("/HTTP/") || file.path.contains("/Web/"),
                !file.path.contains("/Dispatcher/Service/HTTP/")
            else { continue }
            let text = try String(contentsOf: file, encoding: .utf8)
            for match in text.matches(of: /route[rs]\.(get|post|put|patch|delete|on)\((?:"([^"]*)"|use:)/) {
                routes.insert("\(match.1.uppercased()) \(match.2 ?? "")")
            }
        }
        return routes
    }
}
