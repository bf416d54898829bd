import Testing

/// S0.11: a requirement is estimated, talked over and approved before anybody builds it, as a part of the generic process.
struct ReviewGateStory {
    init(_ crew: Crew) async throws {
        try await crew.give("product", to: "engineer2")
        let told = try await Told("s2-generic", crew, kind: "question", description: "要导出报表")
        try await told.comes(to: "desk")
        try await told.tell("desk", "actions/require-review", then: "requirement-review")
        try await told.tell("engineer2", "actions/not-possible", reason: "架构不支持", then: "requirement-talk")
        #expect(try await told.refusal("desk", "actions/agreed", ["review_answer": "同意"]) == "condition-failed")
        try await told.tell("desk", "actions/changed", reason: "客户缩小范围", then: "requirement-review")
        try await told.tell(
            "engineer2", "actions/estimate", ["review_need": "导出报表", "review_days": 3], then: "requirement-talk")
        try await told.tell("desk", "actions/agreed", ["review_answer": "同意 3 天"], then: "requirement-approval")
        #expect(try await told.refusal("desk", "actions/approve") == "role-missing")
        try await told.tell("manager", "actions/ask-again", reason: "谁付费？", then: "requirement-talk")
        try await told.tell("desk", "actions/agreed", ["review_answer": "客户付费"], then: "requirement-approval")
        try await told.tell("manager", "actions/approve", then: "special")
        try await told.isTold("expert", "requirement-approved")
        try await told.tell("engineer", "actions/solved", ["answer": "3.2 版"], then: "review")
        try await told.tell("supervisor", "actions/fits", then: "archived")
        try await told.holdTimeline([
            "desk", "requirement-review", "requirement-talk", "requirement-review", "requirement-talk",
            "requirement-approval", "requirement-talk", "requirement-approval", "special", "review", "archived",
        ])
    }
}
