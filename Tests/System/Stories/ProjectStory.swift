import Testing

/// S4, project: the assignment is approved, a day without a log (S4.8), suspended by two (S4.9), staged, accepted.
struct ProjectStory {
    let told: Told

    init(_ crew: Crew) async throws {
        try await crew.give("signer", to: "engineer2")
        try await crew.give("project-manager", to: "manager")
        try await crew.give("project-director", to: "director")
        try await crew.give("consultant", to: "engineer")
        told = try await Told("s4-project", crew, kind: "project", description: "上线 ERP")
        try await told.comes(to: "assignment")
        try await told.tell(
            "engineer2", "actions/submit", ["assignment": "上线 ERP", "scope": "财务"], then: "assignment")
        #expect(
            try await told.refusal("engineer2", "actions/submit", ["assignment": "x", "scope": "y"])
                == "approval-pending")
        #expect(try await told.refusal("manager", "approvals/1/grant") == "role-missing")
        try await told.tell("director", "approvals/1/grant", then: "planning")
        try await told.isTold("manager", "assignment-approved")
        try await told.tell(
            "manager", "actions/start", ["team": "3 人", "plan": "6 周"], to: "engineer", then: "running")
        try await Self.isTerminated(crew)
        let withdrawn = try await Told("s4-project", crew, kind: "project", description: "未付款")
        try await withdrawn.tell("engineer2", "actions/withdraw", reason: "未付款", then: "withdrawn")
    }

    /// The assignment is refused first; suspension is refused; termination by two (S4.6, S4.9).
    private static func isTerminated(_ crew: Crew) async throws {
        let told = try await Told("s4-project", crew, kind: "project", description: "上线 CRM")
        let assignment = ["assignment": "上线 CRM", "scope": "销售"]
        try await told.tell("engineer2", "actions/submit", assignment, then: "assignment")
        #expect(try await told.refusal("director", "approvals/1/refusal") == "reason-missing")
        try await told.tell("director", "approvals/1/refusal", reason: "范围太大", then: "assignment")
        try await told.tell("engineer2", "actions/submit", assignment, then: "assignment")
        try await told.tell("director", "approvals/2/grant", then: "planning")
        try await told.tell(
            "manager", "actions/start", ["team": "3 人", "plan": "6 周"], to: "engineer", then: "running")
        try await told.tell("engineer", "suspension", reason: "客户停产")
        try await told.tell("manager", "approvals/3/refusal", reason: "再等等", then: "running")
        try await told.tell(
            "engineer", "actions/stage", ["stage": "调研", "stage_result": "报告", "stages_open": true],
            then: "stage-done")
        try await told.tell("manager", "actions/redo", reason: "缺签字", to: "engineer", then: "running")
        try await told.tell("engineer", "termination", reason: "无法解决")
        try await told.tell("manager", "approvals/4/grant", then: "running")
        try await told.tell("director", "approvals/4/grant", then: "terminated")
        try await told.holdTimeline([
            "assignment", "assignment", "planning", "running", "stage-done", "running",
            "terminated",
        ])
        try await told.holdMails(["已受理", "项目实施中", "已终止"])
    }

    func end() async throws {
        try await told.isTold("engineer", "no-log")
        try await told.isTold("manager", "no-log")
        let log: [String: any Sendable] = ["log": "培训", "log_photo": [try await told.photo(by: "engineer")]]
        try await told.tell("engineer", "actions/log", log, then: "running")
        try await told.tell("engineer", "suspension", reason: "客户停产")
        #expect(try await told.refusal("director", "approvals/2/grant") == "role-missing")
        try await told.tell("manager", "approvals/2/grant")
        #expect(try await told.object["hold"] as? [String: Any] == nil)
        try await told.tell("director", "approvals/2/grant")
        #expect(try await told.refusal("engineer", "actions/log", ["log": "x", "log_photo": ["p"]]) == "on-hold")
        try await told.tell("manager", "resumption")
        try await told.tell(
            "engineer", "actions/stage", ["stage": "调研", "stage_result": "报告", "stages_open": true],
            then: "stage-done")
        let paper = try await told.photo(by: "manager")
        #expect(
            try await told.refusal("manager", "actions/accepted", ["acceptance": [paper]]) == "condition-failed")
        try await told.tell("manager", "actions/next", to: "engineer", then: "running")
        try await told.tell(
            "engineer", "actions/stage", ["stage": "上线", "stage_result": "运行", "stages_open": false],
            then: "stage-done")
        try await told.tell("manager", "actions/accepted", ["acceptance": [paper]], then: "accepted")
        try await told.holdErrands(["archive", "call-back"])
        try await told.holdTimeline([
            "assignment", "assignment", "planning", "running", "stage-done", "running", "stage-done", "accepted",
        ])
        try await told.holdMails(["已受理", "项目实施中", "项目已验收"])
    }
}
