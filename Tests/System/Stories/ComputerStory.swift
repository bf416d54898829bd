import Testing

/// S1, computer repair: one task order, two service orders, each called back, until the superior is content (S1.28 to
/// S1.34).
struct ComputerStory {
    let told: Told

    init(_ crew: Crew) async throws {
        try await crew.give("seat", to: "desk")
        told = try await DepartmentsStory.call("s1-computer", crew, "3", "computer", "电脑不开机")
        try await told.comes(to: "answered")
        #expect(try await told.refusal("desk", "actions/new-task") == "fields")
        try await told.tell(
            "desk", "actions/new-task",
            [
                "contact": "李四", "contact_address": "二楼机房", "customer_type": "contract", "repair_type": "lenovo",
                "fault": "开机无显示",
            ], then: "task-new")
        try await told.isTold("dispatcher", "task-new")
        #expect(try await told.refusal("dispatcher", "actions/new-service") == "nobody-named")
        try await told.tell("dispatcher", "actions/new-service", to: "engineer", then: "dispatched")
        try await told.isTold("engineer", "service-new")
        try await serve(1, "service-done")
        try await told.tell("supervisor", "actions/another", reason: "声卡未到", then: "again")
        try await told.isTold("dispatcher", "another")
    }

    private func serve(_ visit: Int, _ result: String) async throws {
        let actions = "visits/\(visit)/actions"
        try await told.tell("engineer", "\(actions)/confirm")
        try await told.tell("engineer", "\(actions)/arrive")
        #expect(
            try await told.refusal("engineer", "\(actions)/finish", ["method": "更换", "result": result]) == "fields")
        try await told.tell(
            "engineer", "\(actions)/finish",
            ["method": "更换", "result": result, "content": ["sound"], "repaired": "2099-01-01T09:00:00+08:00"],
            then: "call-back")
        #expect(try await told.refusal("engineer", "\(actions)/call", ["satisfaction": "good"]) == "role-missing")
        try await told.tell("dispatcher", "\(actions)/call", ["satisfaction": "good"], then: "confirm")
    }

    func end() async throws {
        try await told.tell("dispatcher", "actions/new-service", to: "engineer2", then: "dispatched")
        #expect(try await told.refusal("engineer", "visits/2/actions/confirm") == "not-owner")
        let visits = try await told.object["visits"] as? [[String: Any]] ?? []
        #expect(visits.compactMap { $0["step"] as? String } == ["called", "new"])
        try await told.tell("engineer2", "visits/2/actions/confirm")
        try await told.tell("engineer2", "visits/2/actions/arrive")
        try await told.tell("engineer2", "visits/2/actions/finish", ["method": "换声卡", "result": "not-done"])
        try await told.tell("dispatcher", "visits/2/actions/call", ["satisfaction": "fair"], then: "confirm")
        try await told.tell("supervisor", "actions/complete", then: "complete")
        try await told.holdErrands(["print", "print"])
        try await told.holdTimeline([
            "answered", "task-new", "new", "dispatched", "confirmed", "on-site", "filled-in", "call-back", "called",
            "confirm",
            "again", "new", "dispatched", "confirmed", "on-site", "filled-in", "call-back", "called", "confirm",
            "complete",
        ])
        try await told.holdMails(["已受理"])
    }
}
