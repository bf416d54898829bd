import StackSupport
import Testing

/// S0, direct service: R&D helps (S0.15), the time carries it from level to level (S0.27, S0.30), called back and not
/// solved, closed.
struct DirectStory {
    let told: Told
    let others: DirectBranches
    private static let done = ["process": "查日志", "solution": "重装驱动"]

    init(_ crew: Crew) async throws {
        told = try await Told("s0-direct", crew, kind: "question", description: "打印不了")
        try await told.comes(to: "level-1")
        #expect(try await told.refusal("desk", "actions/escalate") == "role-missing")
        try await told.tell("engineer", "actions/ask-rnd", reason: "要看源码", then: "rnd")
        try await told.isTold("expert", "ask-rnd")
        try await told.tell("expert", "actions/answer", ["process": "第 12 行"], then: "level-1")
        others = try await DirectBranches(crew)
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
        try await told.holdErrands(["call-back", "call-back", "article"])
        try await told.holdTimeline([
            "level-1", "rnd", "level-1", "level-2", "level-3", "callback", "level-2", "callback", "closed",
        ])
        try await told.holdMails(["已受理", "提交", "高级工程师正在处理", "专家正在处理", "回访客户", "回访客户", "已解决"])
    }
}

/// What else can become of it: by hand from level to level, a complaint, a requirement, left alone, put aside.
struct DirectBranches {
    private let left: Told
    private let aside: Told
    private let returned: Told

    init(_ crew: Crew) async throws {
        let done = ["process": "查日志", "solution": "换驱动"]
        let told = try await Told("s0-direct", crew, kind: "question", description: "蓝屏")
        try await told.tell("engineer", "actions/escalate", ["process": "重装"], then: "level-2")
        try await told.tell("engineer2", "actions/return", reason: "没有日志", then: "level-1")
        try await told.tell("engineer", "actions/escalate", ["process": "日志已收"], then: "level-2")
        try await told.tell("engineer2", "actions/ask-rnd", reason: "要看源码", then: "rnd")
        try await told.tell("expert", "actions/answer", ["process": "第 12 行"], then: "level-2")
        try await told.tell("engineer2", "actions/escalate", ["process": "内核"], then: "level-3")
        try await told.tell("expert", "actions/ask-rnd", reason: "要补丁", then: "rnd")
        try await told.tell("expert", "actions/answer", ["process": "补丁"], then: "level-3")
        try await told.tell("expert", "actions/solve", done, then: "callback")
        try await told.tell("desk", "actions/not-solved", reason: "又蓝屏", then: "level-2")
        try await told.tell("engineer2", "actions/solve", done, then: "callback")
        // The second round of rework goes to the experts.
        try await told.asks("answer", "not-solved", note: "还是蓝屏", then: "level-3")
        try await told.tell("expert", "actions/solve", done, then: "callback")
        try await told.asks("answer", "confirmed", then: "closed")
        #expect(try await told.object["rounds"] as? Int == 2)
        try await told.holdTimeline([
            "level-1", "level-2", "level-1", "level-2", "rnd", "level-2", "level-3", "rnd", "level-3", "callback",
            "level-2", "callback", "level-3", "callback", "closed",
        ])
        try await told.holdMails(
            [
                "已受理", "提交", "高级工程师正在处理", "高级工程师正在处理", "专家正在处理", "回访客户", "回访客户", "回访客户", "已解决",
            ])

        let simple = try await Told("s0-direct", crew, kind: "question", description: "怎么设置")
        #expect(try await simple.refusal("engineer", "actions/solve") == "fields")
        try await simple.tell("engineer", "actions/solve", done, then: "callback")
        try await simple.tell("desk", "actions/confirmed", then: "closed")
        try await simple.holdTimeline(["level-1", "callback", "closed"])
        try await simple.holdMails(["已受理", "提交", "回访客户", "已解决"])

        let complaint = try await Told("s0-direct", crew, kind: "complaint", description: "没人回电")
        try await complaint.comes(to: "complaint")
        try await complaint.tell("supervisor", "actions/answer", ["complaint_answer": "已道歉"], then: "callback")
        try await complaint.tell("desk", "actions/not-solved", reason: "要书面", then: "complaint")
        try await complaint.tell("supervisor", "actions/answer", ["complaint_answer": "书面道歉"], then: "callback")
        try await complaint.tell("desk", "actions/confirmed", then: "closed")
        try await complaint.holdTimeline(["complaint", "callback", "complaint", "callback", "closed"])

        try await crew.give("product", to: "engineer2")
        let requirement = try await Told("s0-direct", crew, kind: "requirement", description: "要导出报表")
        try await requirement.comes(to: "requirement-review")
        try await requirement.tell("engineer2", "actions/estimate", ["review_need": "导出", "review_days": 3])
        try await requirement.tell("desk", "actions/agreed", ["review_answer": "同意"], then: "requirement-approval")
        try await requirement.tell("manager", "actions/approve", then: "development")
        try await requirement.tell("expert", "actions/delivered", ["solution": "3.2 版"], then: "callback")
        try await requirement.tell("desk", "actions/confirmed", then: "closed")
        try await requirement.holdTimeline([
            "requirement-review", "requirement-talk", "requirement-approval", "development", "callback", "closed",
        ])
        try await requirement.holdMails(["已受理", "提交", "需求已批准，正在开发", "回访客户", "已解决"])

        let refused = try await Told("s0-direct", crew, kind: "requirement", description: "要换颜色")
        try await refused.tell("engineer2", "actions/not-possible", reason: "不做", then: "requirement-talk")
        try await refused.tell("desk", "actions/changed", reason: "换个做法", then: "requirement-review")
        try await refused.tell("engineer2", "actions/estimate", ["review_need": "换肤", "review_days": 30])
        try await refused.tell("desk", "actions/agreed", ["review_answer": "同意"], then: "requirement-approval")
        try await refused.tell("manager", "actions/ask-again", reason: "谁付费？", then: "requirement-talk")
        try await refused.tell("desk", "actions/agreed", ["review_answer": "公司付费"], then: "requirement-approval")
        #expect(try await refused.refusal("manager", "actions/decline") == "reason-missing")
        try await refused.tell("manager", "actions/decline", reason: "不在规划内", then: "callback")

        let unwanted = try await Told("s0-direct", crew, kind: "requirement", description: "要语音")
        try await unwanted.tell("engineer2", "actions/not-possible", reason: "不做", then: "requirement-talk")
        try await unwanted.tell("desk", "actions/withdrawn", ["review_answer": "不要了"], then: "callback")
        try await unwanted.asks("withdraw", note: "不用了", then: "withdrawn")

        returned = try await Told("s0-direct", crew, kind: "question", description: "还没试")
        left = try await Told("s0-direct", crew, kind: "question", description: "没人理")
        try await left.asks("urge", note: "急")
        aside = try await Told("s0-direct", crew, kind: "question", description: "等我回家看")
        #expect(try await aside.refusal("engineer", "aside", reason: "holiday") == "unknown-reason")
        // Whoever puts it aside has it.
        try await aside.tell("engineer", "actions/ask-rnd", reason: "先问", then: "rnd")
        try await aside.tell("expert", "actions/answer", ["process": "要看现场"], then: "level-1")
        try await aside.tell("engineer", "aside", reason: "customer")
        #expect(try await aside.object["hold"] != nil)
    }

    /// The customer asks every hour where it stays (S0.10); the third time the supervisor hears of it.
    func isUrged(_ count: Int) async throws {
        try await left.asks("urge", note: "还在等")
        _ = try await eventually("\(left.number) to be urged") {
            try await left.object["urges"] as? Int == count ? true : nil
        }
        if count == 3 { try await left.isTold("supervisor", "urged-often") }
    }

    /// Escalated by the clock and returned: then the step's own limit carries it up.
    func isReturned() async throws {
        try await returned.comes(to: "level-2")
        try await returned.tell("engineer2", "actions/return", reason: "先试重装", then: "level-1")
    }

    /// What was put aside is asked about every day.
    func isAsked(_ count: Int) async throws {
        _ = try await eventually("the customer of \(aside.number) to be asked \(count) times") {
            let asked = try await aside.history.filter { $0["kind"] as? String == "followedUp" }
            return asked.count == count ? true : nil
        }
    }

    /// Left alone it has come to the experts, and their supervisor knows.
    func end() async throws {
        try await left.comes(to: "level-3")
        try await left.isTold("supervisor", "over")
        try await returned.comes(to: "level-3")
        try await left.isTold("supervisor", "solution.100")
        try await left.holdTimeline(["level-1", "level-2", "level-3"])
        // Asked three times, then it is taken up again.
        _ = try await eventually("\(aside.number) to be taken up again") {
            try await aside.object["hold"] == nil ? true : nil
        }
        try await aside.holdMails(["已受理", "提交", "工程师正在处理", "工程师正在处理", "工程师正在处理"])
    }
}
