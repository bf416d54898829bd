import Foundation
import StackSupport
import Testing

extension `The suite` {
    /// GET routes that show nothing of a ticket, or are meant for everybody: customers belong to the company, a ticket's
    /// state is told to whoever knows its number and contact, the rest is forms, keys and style.
    private static let openToAll: Set = [
        "sessions/me", "keys", "/api/intake/v1/customers/:id", "/api/intake/v1/track/:number",
        "/api/notify/v1/receipts/kannel/{secret}/{attempt}", "/signin", "/reports/style.css", "/reports/sign-in.js",
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
            let answer = try await engineer.post("/api/dispatch/v1/work-orders/\(order)/\(step)")
            try #require(answer.status == 200, "\(step): \(answer.status) \(answer.text)")
        }
        let manager = try await Person.signIn("manager", at: stack)
        let delivery = try await eventually("a delivery of \(number)") {
            let list = try await manager.get("/api/notify/v1/deliveries?ticket=\(number)")
            return (list.object["deliveries"] as? [[String: Any]])?.first?["id"] as? String
        }
        // Each with the route that it belongs to, as the sources write it.
        let addresses = [
            ("\\(Self.path)", "/api/intake/v1/tickets"), ("\\(Self.path)", "/api/intake/v1/tickets?query=\(number)"),
            ("\\(Self.path)/:number", "/api/intake/v1/tickets/\(number)"),
            ("", "/api/dispatch/v1/work-orders?view=done"), ("", "/api/dispatch/v1/work-orders?ticket=\(number)"),
            ("{id}", "/api/dispatch/v1/work-orders/\(order)"),
            ("/api/notify/v1/deliveries", "/api/notify/v1/deliveries?ticket=\(number)"),
            ("/api/notify/v1/deliveries/{id}", "/api/notify/v1/deliveries/\(delivery)"),
            ("/api/followup/v1/callbacks", "/api/followup/v1/callbacks?limit=200"),
            ("/api/reports/v1/tickets", "/api/reports/v1/tickets"),
            ("/api/reports/v1/tickets/:number/timeline", "/api/reports/v1/tickets/\(number)/timeline"),
            ("/reports", "/reports"), ("/reports/tickets/:number", "/reports/tickets/\(number)"),
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
            let answer = try await stranger.post("/api/dispatch/v1/work-orders/\(order)/\(step)")
            #expect(answer.status == 404, "\(step)")
        }
        // The phone's page shows the work of its owner and of his pool; it goes by the cookie.
        let asked = Set(addresses.map(\.0)).union(Self.openToAll).union(["/m"])
        let routes = try Self.readRoutes(below: stack.root.appending(path: "Services"))
        #expect(routes.count > 15)
        #expect(routes.subtracting(asked) == [], "ask these as a stranger, too")
    }

    /// The texts in `get("…")` and `get(use:` of the services' routes.
    private static func readRoutes(below folder: URL) throws -> Set<String> {
        var routes: Set<String> = []
        let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
        while let file = files?.nextObject() as? URL {
            guard file.pathExtension == "swift", file.path.contains("/HTTP/") || file.path.contains("/Web/") else {
                continue
            }
            let text = try String(contentsOf: file, encoding: .utf8)
            for match in text.matches(of: /route[rs]\.get\((?:"([^"]*)"|use:)/) { routes.insert(String(match.1 ?? "")) }
        }
        return routes
    }
}
