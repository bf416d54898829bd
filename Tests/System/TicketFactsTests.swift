import Foundation
import StackSupport
import Testing

extension `The suite` {
    /// From the request over intake's register and the broker to the conditions of a process.
    @Test func `brings a process what sender and register tell of a ticket`() async throws {
        let admin = try await Person.signIn("admin", at: stack)
        let condition =
            "ticket.source = 'station' and ticket.key = '3' and ticket.topic = 'warranty' and customer.level = 'key' "
            + "and product.warranty = yes and product.model = '收银机 POS-T8'"
        let shipped = try await admin.get("/api/dispatch/v1/processes/s0-stations/versions/newest")
        let text = try #require(shipped.object["text"] as? String, "\(shipped.text)")
            .replacing("process: s0-stations", with: "process: by-facts").replacing(
                "serves: {kinds: [repair]}",
                with: "serves: {kinds: [requirement], departments: [service], when: \"\(condition)\"}")
        let put = try await admin.post("/api/dispatch/v1/processes", ["text": text])
        try #require(put.status == 201, "\(put.text)")

        let customer = try Person.customer(at: stack)
        let told: [String: Any] = [
            "subject": "收银机不开机", "kind": "requirement", "productSerial": "POS-T8-70215",
            "customer": ["name": "陈", "phone": "13800138007"], "source": "station", "key": "3", "topic": "warranty",
        ]
        func process(_ request: [String: Any]) async throws -> (code: String, step: String) {
            let answer = try await customer.post(
                "/api/intake/v1/tickets", request, headers: ["idempotency-key": UUID().uuidString])
            let number = try #require(answer.object["number"] as? String, "\(answer.status) \(answer.text)")
            let order = try await eventually("a work order for \(number)") {
                let list = try await admin.get("/api/dispatch/v1/work-orders?ticket=\(number)")
                return (list.object["items"] as? [[String: Any]])?.first
            }
            let work = order["work"] as? [String: Any]
            let process = order["process"] as? [String: Any]
            return (process?["code"] as? String ?? "\(order)", work?["step"] as? String ?? "")
        }
        let served = try await process(told)
        #expect(served.code == "by-facts")
        // Not at the hotline: a station has sent it (S0.35).
        #expect(served.step == "assign")
        // Each of them counts, and another customer is no key customer.
        let changes: [(String, Any)] = [
            ("source", "shop"), ("key", "4"), ("topic", "sales"), ("productSerial", "WH-30-118822"),
            ("customer", ["name": "陈", "phone": "13800138123"]),
        ]
        for (field, value) in changes {
            var other = told
            other[field] = value
            #expect(try await process(other).code != "by-facts", "\(field)")
        }
        // Nobody becomes one by his own word either.
        var claimed = told
        claimed["customer"] = ["name": "陈", "phone": "13800138123", "level": "key"]
        let refused = try await customer.post(
            "/api/intake/v1/tickets", claimed, headers: ["idempotency-key": UUID().uuidString])
        #expect(refused.status == 422 && refused.text.contains("/customer/level"), "\(refused.text)")
    }
}
