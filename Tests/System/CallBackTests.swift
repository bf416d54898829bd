import Foundation
import StackSupport
import Testing

extension `The suite` {
    @Test func `sends work back when the customer is not content, and closes it when he is`() async throws {
        let number = try await Person.customer(at: stack).createTicket("水管漏水", phone: "13800138067")
        let engineer = try await stack.engineer()
        let desk = try await stack.desk()
        func order() async throws -> [String: Any]? {
            let list = try await desk.get("/api/dispatch/v1/work-orders?ticket=\(number)")
            return (list.object["items"] as? [[String: Any]])?.first
        }
        func work(until step: String) async throws -> String {
            let found = try await eventually("\(number) at \(step)") {
                let order = try await order()
                return (order?["work"] as? [String: Any])?["step"] as? String == step ? order?["id"] as? String : nil
            }
            return found
        }
        func callBack(_ state: String) async throws -> [String: Any] {
            let items = try await desk.get("/api/followup/v1/callbacks?state=\(state)&limit=200").object["items"]
            return (items as? [[String: Any]] ?? []).first {
                ($0["ticket"] as? [String: Any])?["number"] as? String == number
            } ?? [:]
        }
        func call(_ outcome: String, note: String) async throws {
            let planned = try await eventually("a call-back of \(number)") {
                let found = try await callBack("planned")
                return found.isEmpty ? nil : found["id"].map { ("\($0)", found["version"] as? Int ?? 0) }
            }
            let body: [String: Any] = ["version": planned.1, "outcome": outcome, "score": 3, "note": note]
            let answer = try await desk.post("/api/followup/v1/callbacks/\(planned.0)/calls", body)
            try #require(answer.status == 200, "\(answer.status) \(answer.text)")
        }

        for (outcome, note, step) in [("unsatisfied", "还在漏", "offered"), ("satisfied", "谢谢", "closed")] {
            let id = try await work(until: "offered")
            for action in ["accept", "depart", "arrive", "finish"] {
                let answer = try await engineer.post("/api/dispatch/v1/work-orders/\(id)/actions/\(action)")
                try #require(answer.status == 200, "\(action): \(answer.status) \(answer.text)")
            }
            try await call(outcome, note: note)
            _ = try await work(until: step)
        }
        let calls = try await eventually("both calls in the timeline") {
            let timeline = try await desk.get("/api/reports/v1/tickets/\(number)/timeline").object
            let calls = (timeline["calls"] as? [[String: Any]] ?? []).compactMap { $0["note"] as? String }
            return calls.count == 2 ? calls : nil
        }
        #expect(calls == ["还在漏", "谢谢"])
    }
}
