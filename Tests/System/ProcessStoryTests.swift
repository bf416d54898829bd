import Foundation
import StackSupport
import Testing

extension `The suite` {
    /// The main flow of a repair on site, in the running suite, with the clock moved forward.
    @Test
    func `carries a repair through its process, from the desk to the call-back, and tells the customer of each step`()
        async throws
    {
        let admin = try await Person.signIn("admin", at: stack)
        let desk = try await stack.desk()
        let engineer = try await stack.engineer()
        let finance = try await Person.signIn("finance", at: stack)
        let process = "/api/dispatch/v1/processes/s3-repair"
        let begun = try await admin.post("\(process)/versions/newest/in-force")
        try #require(begun.status == 204, "\(begun.text)")
        let number = try await Person.customer(at: stack).createTicket(
            "空调不制冷", phone: "13800138099", email: "story@example.cn")
        let id = try await eventually("a work order for \(number)") {
            let list = try await desk.get("/api/dispatch/v1/work-orders?ticket=\(number)")
            return (list.object["items"] as? [[String: Any]])?.first?["id"] as? String
        }
        // The other tests keep the plain process.
        let ended = try await admin.delete("\(process)/in-force")
        try #require(ended.status == 204, "\(ended.text)")
        let path = "/api/dispatch/v1/work-orders/\(id)"
        func step() async throws -> String? {
            let work = try await desk.get(path).object["work"] as? [String: Any]
            return work?["step"] as? String
        }
        func act(_ person: Person, _ command: String, _ body: [String: Any] = [:]) async throws {
            let answer = try await person.post("\(path)/\(command)", body)
            try #require(answer.status == 200, "\(command): \(answer.status) \(answer.text)")
        }
        #expect(try await step() == "confirm")
        try await act(desk, "actions/to-pool")
        // Nobody accepts in five minutes.
        let advanced = try await stack.paidan("clock", "advance", "6m")
        #expect(advanced.status == 0, "\(advanced.output)")
        _ = try await eventually("the work to come back to the desk") { try await step() == "confirm" ? true : nil }
        let me = try await engineer.get("/api/dispatch/v1/sessions/me").object
        let engineerID = try #require(me["id"] as? String ?? (me["staff"] as? [String: Any])?["id"] as? String, "\(me)")
        let candidate = ["candidate": ["staff": engineerID]]
        try await act(desk, "actions/dispatch", candidate)
        try await act(engineer, "actions/accept")
        // The customer asks where it stays.
        let urge: [String: Any] = ["contact": "8099", "wish": "urge", "note": "家里有老人"]
        _ = try await eventually("the customer is offered to urge") {
            let track = try await Person.customer(at: stack).get("/api/intake/v1/track/\(number)?contact=8099")
            let offers = track.object["offers"] as? [[String: Any]] ?? []
            return offers.contains { $0["wish"] as? String == "urge" } ? true : nil
        }
        let urged = try await Person.customer(at: stack).post(
            "/api/intake/v1/track/\(number)/wishes", urge, headers: ["idempotency-key": "urge-\(number)"])
        #expect(urged.status == 202, "\(urged.text)")
        _ = try await eventually("the engineer's work order to be urged") {
            try await engineer.get(path).object["urges"] as? Int == 1 ? true : nil
        }
        try await act(engineer, "actions/open-sheet", candidate)
        try await act(
            engineer, "visits/1/actions/appoint", ["fields": ["appointment": "2099-01-01T09:00:00+08:00"]])
        try await act(engineer, "visits/1/actions/arrive")
        try await act(
            engineer, "visits/1/actions/finish",
            ["fields": ["handling": "换电容", "result": "task-done", "signature": "s-1"]])
        try await act(engineer, "actions/collected", ["fields": ["paid": "20000", "pay_by": "wechat"]])
        try await act(finance, "actions/confirm-payment")
        _ = try await eventually("the call-back is planned") {
            let answer = try await desk.get("/api/reports/v1/tickets/\(number)/timeline").object
            return (answer["callBacks"] as? [[String: Any]])?.first?["state"] as? String == "planned" ? true : nil
        }
        try await act(desk, "actions/passed", ["fields": ["rating": "good"]])

        let timeline = try await eventually("the whole life of \(number)") {
            let answer = try await desk.get("/api/reports/v1/tickets/\(number)/timeline").object
            let nodes = answer["nodes"] as? [[String: Any]] ?? []
            return nodes.contains { $0["step"] as? String == "closed" } ? nodes : nil
        }
        #expect(
            timeline.compactMap { $0["step"] as? String } == [
                "confirm", "offered", "confirm", "offered", "accepted", "agreed", "in-service", "travel", "on-site",
                "solved", "payment", "finance", "callback", "closed",
            ])
        #expect(timeline.compactMap { $0["titleZh"] as? String }.contains("处理回款"))
        #expect(timeline.compactMap { $0["titleEn"] as? String }.contains("Payment confirmed by finance"))
        // Received, confirmed twice, accepted, visit agreed, appointment, arrived, closed: each by SMS and by mail.
        let mails = try await eventually("a mail of every step", within: 30) {
            let mails = try await stack.mails().filter { $0.subject.contains(number) }
            return mails.count >= 8 ? mails : nil
        }
        #expect(mails.count == 8, "\(mails.map(\.subject))")
        #expect(mails.contains { $0.subject.contains("师傅已接单，将与您约定时间") })
        let track = try await Person.customer(at: stack).get("/api/intake/v1/track/\(number)?contact=8099")
        #expect((track.object["progress"] as? [String: Any])?["zh"] as? String == "已完成", "\(track.text)")
    }
}
