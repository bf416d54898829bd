import Testing

/// S4, complaint: three hours to respond, one working day to ask (S4.40 to S4.43), the vendor's loop.
struct ComplaintStory {
    let told: Told
    private let key: Told

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
        key = try await Told("s4-complaint", crew, kind: "complaint", description: "大客户", phone: "13800138007")
        try await key.comes(to: "examine")
        try await Self.isInvalid(crew)
    }

    /// S4.37: explained and filed, and no valid complaint.
    private static func isInvalid(_ crew: Crew) async throws {
        let explanation = "合同不含上门"
        let told = try await Told("s4-complaint", crew, kind: "complaint", description: "没有上门")
        let no: [String: any Sendable] = ["source": "direct", "promised": false]
        #expect(try await told.refusal("quality", "actions/not-promised", no) == "fields")
        try await told.tell(
            "quality", "actions/not-promised", no.merging(["explanation": explanation]) { $1 }, then: "closed")
        try await told.holdErrands(["register", "archive"])
        try await told.holdTimeline(["examine", "closed"])
        try await told.holdMails(["已受理", "投诉处理完毕"])
        let untrue = try await Told("s4-complaint", crew, kind: "complaint", description: "认错人")
        try await untrue.tell(
            "quality", "actions/untrue", ["source": "direct", "explanation": "查无此事"], then: "closed")
    }

    /// Three working hours are over.
    func isLate() async throws {
        try await told.isTold("manager", "answer.75")
        try await told.isTold("quality", "answer.100")
        try await told.tell(
            "manager", "actions/found", ["cause": "排班", "liable": told.crew.id("engineer")], then: "respond")
        try await told.tell(
            "engineer", "actions/respond", ["measure": "apology", "response": "已道歉"], then: "verify")

        // Nobody has looked at the key customer's; then the general manager himself has to (S4.40).
        try await key.isTold("quality", "answer.100")
        try await key.isTold("manager", "answer.100")
        try await key.asks("urge", note: "没人理")
        try await key.tell(
            "quality", "actions/valid", ["source": "direct", "details": "两次迟到", "promised": true], to: "manager",
            then: "investigate")
        let found = ["cause": "排班", "liable": try told.crew.id("engineer")]
        try await key.tell("manager", "actions/found", found, then: "general-manager")
        try await key.isTold("director", "key-customer-complaint")
        #expect(try await key.refusal("manager", "actions/contacted", ["general_manager": "致歉"]) == "role-missing")
        try await key.tell("director", "actions/contacted", ["general_manager": "致歉"], then: "respond")
        try await key.tell(
            "engineer", "actions/respond", ["measure": "compensation", "response": "赔偿"], then: "verify")
        try await key.tell("quality", "actions/content", ["opinion": "可以"], then: "corrective")
        try await key.tell("engineer", "actions/set", ["corrective": "双人排班"], then: "closed")
        try await key.holdTimeline([
            "examine", "investigate", "general-manager", "respond", "verify", "corrective", "closed",
        ])
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
        try await told.holdErrands(["register", "archive", "task"])
        try await told.holdTimeline([
            "examine", "investigate", "respond", "verify", "respond", "verify", "vendor", "verify", "corrective",
            "closed",
        ])
        try await told.holdMails(["已受理", "验证结果", "验证结果"])
    }
}
