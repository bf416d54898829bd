import Testing

/// S0, direct service: R&D helps (S0.15), the time carries it from level to level (S0.27, S0.30), called back and not
/// solved, closed.
struct DirectStory {
    let told: Told
    private static let done = ["process": "查日志", "solution": "重装驱动"]

    init(_ crew: Crew) async throws {
        told = try await Told("s0-direct", crew, kind: "question", description: "打印不了")
        try await told.comes(to: "level-1")
        #expect(try await told.refusal("desk", "actions/escalate") == "role-missing")
        try await told.tell("engineer", "actions/ask-rnd", reason: "要看源码", then: "rnd")
        try await told.isTold("expert", "ask-rnd")
        try await told.tell("expert", "actions/answer", ["process": "第 12 行"], then: "level-1")
    }

    func isWarned() async throws {
        try await told.isTold("engineer", "warn")
        try await told.isTold("engineer", "response.75")
    }

    /// Step and clock are both over at four hours: one level up, not two.
    func isEscalated() async throws {
        try await told.isTold("engineer", "escalated")
        try await told.comes(to: "level-2")
        #expect(try await told.refusal("engineer", "actions/solve", Self.done) == "role-missing")
    }

    func end() async throws {
        try await told.comes(to: "level-3")
        #expect(try await told.refusal("engineer2", "actions/solve", Self.done) == "role-missing")
        try await told.tell("expert", "actions/solve", Self.done, then: "callback")
        #expect(try await told.refusal("desk", "actions/not-solved") == "reason-missing")
        try await told.tell("desk", "actions/not-solved", reason: "还是不行", then: "level-2")
        try await told.tell("engineer2", "actions/solve", Self.done, then: "callback")
        try await told.tell("desk", "actions/confirmed", then: "closed")
        let errands = try await told.errands
        #expect(errands == ["call-back", "call-back", "article"])
        let timeline = try await told.timeline(until: "closed")
        #expect(
            timeline == [
                "level-1", "rnd", "level-1", "level-2", "level-3", "callback", "level-2", "callback", "closed",
            ])
        try await told.holdMails(["已受理", "提交", "高级工程师正在处理", "专家正在处理", "回访客户", "回访客户", "已解决"])
    }
}
