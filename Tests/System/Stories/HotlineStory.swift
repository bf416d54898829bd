import Testing

/// S4, hotline: put aside to ask for a way (S4.14), contacted again, asked for a visit and returned, solved.
struct HotlineStory {
    let told: Told
    private let noWay: Told

    init(_ crew: Crew) async throws {
        try await crew.give("duty", to: "dispatcher")
        told = try await Told("s4-hotline", crew, kind: "question", description: "账套打不开")
        try await told.comes(to: "on-line")
        #expect(try await told.refusal("dispatcher", "actions/later") == "reason-missing")
        try await told.tell("dispatcher", "actions/later", reason: "请教办法", then: "asking")
        noWay = try await Told("s4-hotline", crew, kind: "question", description: "系统崩溃")
        try await noWay.tell("dispatcher", "actions/later", reason: "请教办法", then: "asking")

        let solved = try await Told("s4-hotline", crew, kind: "question", description: "打不了印")
        try await solved.tell("dispatcher", "actions/solved", ["method": "重置端口", "by": "phone"], then: "solved")
        try await solved.holdErrands(["article", "call-back"])
        let advised = try await Told("s4-hotline", crew, kind: "question", description: "服务器坏")
        try await advised.tell("dispatcher", "actions/site", ["advice": "硬件"], then: "site-request")
        let atOnce = try await Told("s4-hotline", crew, kind: "question", description: "冒烟")
        try await atOnce.tell("dispatcher", "actions/field-order", then: "site-request")
        try await atOnce.isTold("manager", "site-request")
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
        try await told.holdErrands(["article", "call-back"])
        try await told.holdTimeline(["on-line", "asking", "again", "site-request", "again", "solved"])
        try await told.holdMails(["已受理", "搁置中"])

        try await noWay.tell("dispatcher", "actions/no-way", ["advice": "要重装"], then: "site-request")
        try await noWay.tell("manager", "actions/dispatch", then: "handed-on")
        try await noWay.holdErrands(["task"])
        try await noWay.holdTimeline(["on-line", "asking", "site-request", "handed-on"])
        try await noWay.holdMails(["已受理", "搁置中", "将上门服务"])
    }
}
