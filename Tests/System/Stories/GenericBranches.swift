import StackSupport
import Testing

/// S2: what comes at night waits for the opening (S2.5); by topic to sales or a specialist (S2.12), passed on (S2.15),
/// disputes that another department or an agreement ends (S2.13), somebody hurt by a product (S2.18).
struct GenericBranches {
    private let nights: [(told: Told, step: String)]

    /// An hour before the opening.
    init(atNight crew: Crew) async throws {
        try await crew.give("sales", to: "desk")
        try await crew.give("mediator", to: "director")
        var nights: [(told: Told, step: String)] = []
        for (topic, step) in [("marketing", "sales"), ("product", "special"), ("other", "desk")] {
            let told = try await Told(
                "s2-generic", crew, kind: "question", description: "夜里 \(topic)", facts: ["topic": topic])
            try await told.comes(to: "after-hours")
            nights.append((told, step))
        }
        self.nights = nights
        let early = try await Told("s2-generic", crew, kind: "question", description: "夜里急事")
        try await early.tell("desk", "actions/begin", then: "desk")
        try await early.holdMails(["已受理", "自动分配"])
    }

    func isOpened() async throws {
        for (told, step) in nights { try await told.comes(to: step) }
        try await nights[1].told.holdTimeline(["after-hours", "special"])
    }

    func byDay(_ crew: Crew) async throws {
        let sales = try await Told(
            "s2-generic", crew, kind: "question", description: "多少钱", facts: ["topic": "sales"])
        try await sales.comes(to: "sales")
        try await sales.tell("desk", "actions/to-desk", reason: "是故障", then: "desk")
        try await sales.tell("desk", "actions/to-sales", then: "sales")
        try await sales.tell("desk", "actions/reply", ["answer": "999"], then: "review")
        try await sales.holdMails(["已受理", "自动分配", "审查"])

        let passed = try await Told(
            "s2-generic", crew, kind: "question", description: "保修吗", facts: ["topic": "warranty"])
        try await passed.comes(to: "special")
        try await passed.tell("engineer", "actions/wait", reason: "等厂商", then: "waiting")
        try await passed.tell("engineer", "actions/resume", then: "special")
        try await passed.tell("engineer", "actions/pass-on", reason: "他更熟", to: "engineer2", then: "special")
        try await passed.isTold("engineer2", "pass-on")
        #expect(try await passed.refusal("engineer", "actions/to-desk", reason: "x") == "not-owner")
        try await passed.tell("engineer2", "actions/to-desk", reason: "不属于产品", then: "desk")
        try await passed.tell("desk", "actions/dispute", ["severity": "serious"], reason: "要求赔偿", then: "mediation")
        try await passed.tell("director", "actions/other-department", reason: "要打官司", to: "finance")
        try await passed.tell("finance", "actions/answered", ["answer": "已赔付"], then: "review")
        try await passed.holdTimeline([
            "special", "waiting", "special", "special", "desk", "mediation", "other-department", "review",
        ])

        let agreed = try await Told("s2-generic", crew, kind: "question", description: "吵架")
        try await agreed.tell("desk", "actions/dispute", ["severity": "normal"], reason: "客户辱骂", then: "mediation")
        try await agreed.tell("director", "actions/closed", ["answer": "和解"], reason: "和解", then: "review")

        let hurt = try await Told("s2-generic", crew, kind: "question", description: "被烫伤")
        #expect(try await hurt.refusal("desk", "actions/reply", ["answer": "抱歉", "injury": true]) == "fields")
        try await hurt.tell(
            "desk", "actions/reply", ["answer": "抱歉", "injury": true, "purchase": "2026-01-03 人民路店"], then: "review")
        try await hurt.tell("supervisor", "actions/fits", then: "retailer")
        try await hurt.tell("supervisor", "actions/informed", then: "archived")
        try await hurt.holdErrands(["archive", "print", "register"])
        try await hurt.holdTimeline(["desk", "review", "retailer", "archived"])

        try await declined(crew)
    }

    /// S0.11: declined, told to the customer, who withdraws it.
    private func declined(_ crew: Crew) async throws {
        try await crew.give("product", to: "engineer2")
        let told = try await Told("s2-generic", crew, kind: "question", description: "要换皮肤")
        try await told.tell("desk", "actions/require-review", then: "requirement-review")
        try await told.tell("engineer2", "actions/estimate", ["review_need": "换肤", "review_days": 30])
        try await told.tell("desk", "actions/agreed", ["review_answer": "同意"], then: "requirement-approval")
        try await told.tell("manager", "actions/decline", reason: "不在规划内", then: "reply")
        try await told.tell("desk", "actions/replied", ["answer": "不做"], then: "review")
        try await told.tell("supervisor", "actions/fits", then: "archived")
        try await told.holdTimeline([
            "desk", "requirement-review", "requirement-talk", "requirement-approval", "reply", "review",
            "archived",
        ])
        let withdrawn = try await Told("s2-generic", crew, kind: "question", description: "要语音")
        try await withdrawn.tell("desk", "actions/require-review", then: "requirement-review")
        try await withdrawn.tell("engineer2", "actions/not-possible", reason: "做不了", then: "requirement-talk")
        try await withdrawn.tell("desk", "actions/withdrawn", ["review_answer": "不要了"], then: "reply")
        try await withdrawn.asks("withdraw", note: "不要了", then: "withdrawn")
    }
}
