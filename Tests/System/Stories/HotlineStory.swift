import Testing

/// S4, hotline: put aside to ask for a way (S4.14), contacted again, asked for a visit and returned, solved.
struct HotlineStory {
    let told: Told

    init(_ crew: Crew) async throws {
        try await crew.give("duty", to: "dispatcher")
        told = try await Told("s4-hotline", crew, kind: "question", description: "账套打不开")
        try await told.comes(to: "on-line")
        #expect(try await told.refusal("dispatcher", "actions/later") == "reason-missing")
        try await told.tell("dispatcher", "actions/later", reason: "请教办法", then: "asking")
    }

    func end() async throws {
        try await told.isTold("dispatcher", "remind")
        try await told.tell("dispatcher", "actions/found", ["by": "qq"], then: "again")
        try await told.tell("dispatcher", "actions/still-not", ["advice": "硬件"], then: "site-request")
        try await told.isTold("manager", "site-request")
        #expect(try await told.refusal("dispatcher", "actions/dispatch") == "role-missing")
        try await told.tell("manager", "actions/back", reason: "可远程", then: "again")
        try await told.isTold("dispatcher", "back")
        try await told.tell("dispatcher", "actions/solved", ["method": "改注册表"], then: "solved")
        let errands = try await told.errands
        #expect(errands == ["article", "call-back"])
        let timeline = try await told.timeline(until: "solved")
        #expect(timeline == ["on-line", "asking", "again", "site-request", "again", "solved"])
        try await told.holdMails(["已受理", "搁置中"])
    }
}
