import Testing

/// S4, complaint: three hours to respond, one working day to ask (S4.40 to S4.43), the vendor's loop.
struct ComplaintStory {
    let told: Told

    init(_ crew: Crew) async throws {
        told = try await Told("s4-complaint", crew, kind: "complaint", description: "态度差")
        try await told.comes(to: "examine")
        #expect(try await told.refusal("desk", "actions/valid") == "role-missing")
        #expect(
            try await told.refusal(
                "quality", "actions/valid", ["source": "vendor", "details": "两次迟到", "promised": false])
                == "condition-failed")
        try await told.tell(
            "quality", "actions/valid", ["source": "vendor", "details": "两次迟到", "promised": true], to: "manager",
            then: "investigate")
    }

    /// Three working hours are over.
    func isLate() async throws {
        try await told.isTold("manager", "answer.75")
        try await told.isTold("quality", "answer.100")
        try await told.tell(
            "manager", "actions/found", ["cause": "排班", "liable": told.crew.id("engineer")], then: "respond")
        try await told.tell(
            "engineer", "actions/respond", ["measure": "apology", "response": "已道歉"], then: "verify")
    }

    /// The customer was not asked within a working day.
    func isVerified() async throws {
        try await told.isTold("quality", "due")
        try await told.isTold("manager", "due")
        try await told.tell(
            "quality", "actions/again", reason: "没道歉", to: "manager", then: "respond")
        try await told.tell(
            "manager", "actions/respond", ["measure": "serve-again", "response": "再次服务"], then: "verify")
        try await told.tell(
            "quality", "actions/unsolved", ["opinion": "不行", "vendor": "服务发展部"], then: "vendor")
    }

    /// The vendor has not been heard of for two working days.
    func end() async throws {
        try await told.isTold("quality", "track")
        try await told.tell("quality", "actions/asked", then: "vendor")
        try await told.tell("quality", "actions/back", ["vendor_result": "厂商补偿"], then: "verify")
        try await told.tell("quality", "actions/content", ["opinion": "可以"], then: "corrective")
        try await told.tell("manager", "actions/set", ["corrective": "双人排班"], then: "closed")
        let errands = try await told.errands
        #expect(errands == ["register", "archive", "task"])
        let timeline = try await told.timeline(until: "closed")
        #expect(
            timeline == [
                "examine", "investigate", "respond", "verify", "respond", "verify", "vendor", "verify", "corrective",
                "closed",
            ])
        try await told.holdMails(["已受理", "验证结果", "验证结果"])
    }
}
