import Testing

/// S0, stations: acceptance by SMS, assignment, an urgent part, a call-back that is not passed, review and settlement
/// (S0.34 to S0.45).
struct StationsStory {
    let told: Told
    private static let costs: [String: any Sendable] = ["warranty_scope": "inside", "travel": 5000, "labour": 8000]

    init(_ crew: Crew) async throws {
        told = try await Told("s0-stations", crew, kind: "repair", description: "漏水")
        try await told.comes(to: "hotline")
        try await told.tell("desk", "actions/register", then: "assign")
        #expect(try await told.refusal("desk", "actions/assign") == "nobody-named")
        try await told.tell("desk", "actions/assign", station: "shanghai", then: "station")
        #expect(try await told.object["department"] as? String == "shanghai")
        #expect(try await told.refusal("shanghai-station", "actions/submit", Self.costs) == "condition-failed")
        try await told.tell("shanghai-station", "actions/urgent-part", ["part_needed": "阀芯"])
        try await told.isTold("warehouse", "urgent-part")
    }

    /// The station has sent nobody for a working day.
    func end() async throws {
        try await told.isTold("shanghai-station", "silent")
        try await told.isTold("desk", "silent")
        try await told.tell("shanghai-station", "actions/send", to: "shanghai-station")
        try await told.tell("shanghai-station", "visits/1/actions/depart")
        #expect(
            try await told.refusal(
                "shanghai-station", "visits/1/actions/finish", ["handling": "换垫圈", "solved": true]) == "fields")
        try await told.tell(
            "shanghai-station", "visits/1/actions/finish", ["handling": "换垫圈", "solved": true, "signature": "s"])
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
        let errands = try await told.errands
        #expect(errands == ["urgent-parts", "call-back", "call-back", "settlement", "shipment"])
        let timeline = try await told.timeline(until: "closed")
        #expect(
            timeline == [
                "hotline", "assign", "station", "sent", "on-site", "done", "callback", "rework", "station", "callback",
                "review", "commerce", "review", "commerce", "closed",
            ])
        try await told.holdMails(["已受理", "已提交", "服务站将与您联系", "服务站将与您联系", "现场", "服务站重新处理", "已完成"])
    }
}
