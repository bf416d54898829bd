import Testing

/// S2: a reminder when the customer waits (S2.7), answered by a specialist after waiting (S2.11), a dispute settled
/// (S2.13), rework (S2.14), archived.
struct GenericStory {
    let told: Told

    init(_ crew: Crew) async throws {
        try await crew.give("mediator", to: "director")
        told = try await Told("s2-generic", crew, kind: "question")
        try await told.comes(to: "desk")
    }

    func isHalfWaited() async throws {
        try await told.isTold("desk", "waiting.50")
        #expect(try await told.notices(to: "supervisor") == [])
    }

    func isWaited() async throws {
        try await told.isTold("supervisor", "waiting.100")
        #expect(try await told.refusal("desk", "actions/reply") == "fields")
        #expect(try await told.refusal("engineer", "actions/reply", ["answer": "x"]) == "role-missing")
        try await told.tell("desk", "actions/assign", to: "engineer", then: "special")
        #expect(try await told.refusal("engineer", "actions/dispute", ["severity": "normal"]) == "reason-missing")
        #expect(try await told.refusal("engineer2", "actions/wait", reason: "x") == "not-owner")
        try await told.tell("engineer", "actions/dispute", ["severity": "normal"], reason: "客户辱骂", then: "mediation")
        try await told.isTold("director", "dispute")
        #expect(
            try await told.refusal("director", "actions/other-department", reason: "x") == "condition-failed")
        try await told.tell("director", "actions/settled", reason: "已道歉", then: "special")
        try await told.tell("engineer", "actions/wait", reason: "等厂商答复", then: "waiting")
    }

    /// The result is waited for longer than a working day.
    func end() async throws {
        try await told.isTold("engineer", "long")
        try await told.isTold("supervisor", "long")
        try await told.tell("engineer", "actions/result", ["answer": "按说明书重置"], then: "review")
        try await told.tell("supervisor", "actions/again", reason: "没有回答第二个问题", then: "desk")
        try await told.tell("desk", "actions/reply", ["answer": "第 3 页与第 5 页"], then: "review")
        try await told.tell("supervisor", "actions/fits", then: "archived")
        try await told.holdErrands(["archive"])
        #expect(try await told.refusal("supervisor", "actions/again", reason: "x") == "closed")
        try await told.holdTimeline([
            "desk", "special", "mediation", "special", "waiting", "review", "desk", "review", "archived",
        ])
        try await told.holdMails(["已受理", "自动分配", "专业人员正在处理", "正在等待结果，有进展会通知您", "审查", "审查", "已完成"])
    }
}
