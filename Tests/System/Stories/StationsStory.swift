import Testing

/// S0, stations: acceptance by SMS, assignment, an urgent part, a call-back that is not passed, review and settlement
/// (S0.34 to S0.45).
struct StationsStory {
    let told: Told
    private static let costs: [String: any Sendable] = ["warranty_scope": "inside", "travel": 5000, "labour": 8000]

    init(_ crew: Crew) async throws {
        told = try await Told("s0-stations", crew, kind: "repair", description: "漏水")
        try await told.comes(to: "hotline")
        // Received, and accepted by SMS (S0.36).
        try await told.holdSMS(atLeast: 2)
        try await told.tell("desk", "actions/register", then: "assign")
        #expect(try await told.refusal("desk", "actions/assign") == "nobody-named")
        try await told.tell("desk", "actions/assign", station: "shanghai", then: "station")
        #expect(try await told.object["department"] as? String == "shanghai")
        #expect(try await told.refusal("shanghai-station", "actions/submit", Self.costs) == "condition-failed")
        try await told.tell("shanghai-station", "actions/urgent-part", ["part_needed": "阀芯"])
        try await told.isTold("warehouse", "urgent-part")
        try await Self.byTelephone(crew)
        try await Self.fromStation(crew)
    }

    private static func byTelephone(_ crew: Crew) async throws {
        let told = try await Told("s0-stations", crew, kind: "repair", description: "没有水")
        try await told.tell("desk", "actions/answered", reason: "总阀没关", then: "callback")
        try await told.tell("desk", "actions/failed", reason: "还要人来", then: "assign")
        try await told.holdTimeline(["hotline", "callback", "assign"])
    }

    /// The station sends the order itself (S0.35), cannot take it, does it after all; the supervisor does not pass it.
    private static func fromStation(_ crew: Crew) async throws {
        let told = try await Told(
            "s0-stations", crew, kind: "repair", description: "热水器不热", facts: ["source": "station"],
            by: "shanghai-station")
        try await told.comes(to: "assign")
        try await told.tell("desk", "actions/assign", station: "shanghai", then: "station")
        try await told.tell("shanghai-station", "actions/decline", reason: "人手不够", then: "assign")
        try await told.isTold("desk", "decline")
        try await told.tell("desk", "actions/assign", station: "shanghai", then: "station")
        try await told.tell("shanghai-station", "actions/send", to: "shanghai-station")
        try await told.tell("shanghai-station", "visits/1/actions/depart")
        try await told.tell("shanghai-station", "visits/1/actions/arrive")
        try await told.tell(
            "shanghai-station", "visits/1/actions/finish", ["handling": "换管", "result": "task-done", "signature": "s"])
        try await told.tell("shanghai-station", "actions/submit", costs, then: "callback")
        try await told.tell("desk", "actions/passed", ["satisfaction": "fair"], then: "review")
        #expect(try await told.refusal("supervisor", "actions/reject") == "reason-missing")
        try await told.tell("supervisor", "actions/reject", reason: "三包范围不对", then: "rework")
        try await told.isTold("desk", "reject")
        try await told.tell("desk", "actions/other", then: "assign")
        try await told.holdTimeline([
            "assign", "station", "assign", "station", "sent", "on-the-way", "on-site", "done", "callback", "review",
            "rework",
            "assign",
        ])
    }

    /// The station has sent nobody for a working day.
    func end() async throws {
        try await told.isTold("shanghai-station", "silent")
        try await told.isTold("desk", "silent")
        try await told.tell("shanghai-station", "actions/send", to: "shanghai-station")
        try await told.tell("shanghai-station", "visits/1/actions/depart")
        try await told.tell("shanghai-station", "visits/1/actions/arrive")
        #expect(
            try await told.refusal(
                "shanghai-station", "visits/1/actions/finish", ["handling": "换垫圈", "result": "task-done"]) == "fields")
        try await told.tell(
            "shanghai-station", "visits/1/actions/finish", ["handling": "换垫圈", "result": "task-done", "signature": "s"])
        try await told.tell("shanghai-station", "actions/submit", Self.costs, then: "callback")
        #expect(try await told.object["department"] as? String == "service")
        #expect(try await told.refusal("desk", "actions/passed", ["satisfaction": "bad"]) == "condition-failed")
        #expect(try await told.refusal("desk", "actions/failed") == "reason-missing")
        try await told.tell("desk", "actions/failed", ["satisfaction": "bad"], reason: "还在漏", then: "rework")
        try await told.tell("desk", "actions/same", station: "shanghai", then: "station")
        try await told.isTold("shanghai-station", "rework")
        try await told.tell("shanghai-station", "actions/submit", Self.costs, then: "callback")
        try await told.tell("desk", "actions/passed", ["satisfaction": "good"], then: "review")
        try await told.tell("supervisor", "actions/approve", ["travel": 4500], then: "commerce")
        try await told.tell("finance", "actions/query", reason: "差旅费无票", then: "review")
        try await told.tell("supervisor", "actions/approve", then: "commerce")
        try await told.tell("finance", "actions/settle", then: "closed")
        try await told.holdErrands(["urgent-parts", "call-back", "call-back", "settlement", "shipment"])
        try await told.holdTimeline([
            "hotline", "assign", "station", "sent", "on-the-way", "on-site", "done", "callback", "rework", "station",
            "callback",
            "review", "commerce", "review", "commerce", "closed",
        ])
        try await told.holdMails(["已受理", "已提交", "服务站将与您联系", "服务站将与您联系", "服务站已派人出发", "服务站重新处理", "已完成"])
    }
}
