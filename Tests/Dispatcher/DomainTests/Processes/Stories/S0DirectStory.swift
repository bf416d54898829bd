import DispatcherDomain
import Foundation
import Kernel
import Testing

@Suite struct `S0, direct service with three levels` {
    static let first = Cast.staff("一线", "engineer")
    static let second = Cast.staff("二线", "engineer", level: 2)
    static let third = Cast.staff("三线", "engineer", level: 3)
    static let rnd = Cast.staff("研发", "rnd")
    static let product = Cast.staff("产品", "product")
    static let done: [String: FieldValue] = ["process": "查日志", "solution": "重装驱动"]

    static func walk(_ kind: String = "question") throws -> Walk {
        try Walk(shipped: "s0-direct", ["ticket.kind": .text(kind), "ticket.description": "打印不了"])
    }

    /// S0.25 to S0.28: received, handled by the first line, called back, closed.
    static func firstLine() throws -> Walk {
        var walk = try walk()
        #expect(walk.step == "level-1")
        #expect(walk.notices(to: .customer) == ["received"])
        try walk.timer("warn")
        #expect(walk.notices(to: .owner) == ["warn"])
        try walk.act("ask-rnd", by: first, reason: "要看源码")
        #expect(walk.step == "rnd")
        #expect(walk.state.clocks["solution"]?.phase == .running)
        try walk.act("answer", by: rnd, ["process": "第 12 行"])
        #expect(walk.step == "level-1")
        #expect(walk.state.work.holder == .person(first.person))
        try walk.act("solve", by: first, done)
        #expect(walk.notices(to: .customer) == ["solve"])
        try walk.customer("confirmed")
        #expect(walk.state.work.outcome == .done)
        #expect(walk.errands.map(\.kind) == [.article])
        return walk
    }

    /// S0.26 and S0.27: up by hand and by the time, level by level.
    static func escalations() throws -> Walk {
        var walk = try walk()
        #expect(walk.refusal { try $0.act("escalate", by: Cast.desk) } == .roleMissing)
        try walk.act("escalate", by: first, ["process": "不会"])
        #expect(walk.step == "level-2")
        #expect(walk.notices(to: .customer) == ["escalated"])
        #expect(walk.refusal { try $0.act("solve", by: first, done) } == .roleMissing)
        try walk.timer("warn")
        try walk.act("return", by: second, reason: "先问客户型号")
        try walk.timer("over")
        #expect(walk.step == "level-2")
        try walk.act("ask-rnd", by: second, reason: "怀疑缺陷")
        try walk.act("answer", by: rnd, ["process": "不是缺陷"])
        try walk.timer("over")
        #expect(walk.step == "level-3")
        #expect(walk.refusal { try $0.act("solve", by: second, done) } == .roleMissing)
        try walk.timer("over")
        #expect(walk.notices(to: .role("manager")) == ["over"])
        try walk.act("ask-rnd", by: third, reason: "要补丁")
        try walk.act("answer", by: rnd, ["process": "补丁 3"])
        try walk.act("solve", by: third, done)
        #expect(walk.state.clocks["solution"]?.phase == .stopped)
        try walk.act("not-solved", by: Cast.desk, reason: "还是不行")
        #expect(walk.step == "level-2")
        try walk.act("solve", by: second, done)
        try walk.act("not-solved", by: Cast.desk, reason: "还是不行")
        #expect(walk.step == "level-3")
        return walk
    }

    /// S0.12 to S0.14.
    static func byTheClock() throws -> Walk {
        var walk = try walk()
        try walk.clock("response", 75)
        #expect(walk.notices(to: .role("engineer")) == ["response.75"])
        try walk.clock("response", 100)
        #expect(walk.step == "level-2")
        #expect(walk.notices(to: .role("supervisor")) == ["response.100"])
        try walk.clock("solution", 75)
        #expect(walk.notices(to: .owner) == ["solution.75"])
        try walk.clock("solution", 100)
        #expect(walk.step == "level-3")
        try walk.act("solve", by: third, done)
        return walk
    }

    /// S0.4 and S0.11: the three kinds come in by one door.
    static func otherKinds() throws -> [Walk] {
        var wish = try walk("requirement")
        #expect(wish.step == "requirement-review")
        var refused = wish
        try wish.act("estimate", by: product, ["review_need": "导出", "review_days": 3])
        try wish.act("agreed", by: Cast.desk, ["review_answer": "好"])
        try wish.act("approve", by: Cast.manager)
        #expect(wish.step == "development")
        try wish.act("delivered", by: rnd, ["solution": "3.2 版"])
        try refused.act("not-possible", by: product, reason: "做不到")
        try refused.act("changed", by: Cast.desk, reason: "改小")
        try refused.act("estimate", by: product, ["review_need": "导出", "review_days": 30])
        try refused.act("agreed", by: Cast.desk, ["review_answer": "好"])
        try refused.act("ask-again", by: Cast.manager, reason: "太贵")
        var withdrawn = refused
        try withdrawn.act("withdrawn", by: Cast.desk, ["review_answer": "算了"])
        try refused.act("agreed", by: Cast.desk, ["review_answer": "坚持"])
        try refused.act("decline", by: Cast.manager, reason: "超预算")
        #expect(refused.step == "callback")
        var complaint = try walk("complaint")
        try complaint.act("answer", by: Cast.supervisor, ["complaint_answer": "致歉"])
        try complaint.act("not-solved", by: Cast.desk, reason: "不接受")
        #expect(complaint.step == "complaint")
        try complaint.send(.terminate(reason: "撤回"), by: .customer)
        return [wish, refused, withdrawn, complaint]
    }

    /// Each with its reason in the history.
    @Test func `is copied, delegated for a time, and transferred`() throws {
        var walk = try Self.walk()
        let colleague = Cast.staff("同事", "engineer")
        let until = Walk.start + 86_400
        let delegate = ProcessCommand.delegate(.work, to: colleague.person, until: until, reason: "出差")
        // Nobody has it yet, so nobody can stand in for him.
        #expect(walk.refusal { try $0.send(delegate, by: .staff(Self.first)) } == .unsuitable)
        try walk.act("ask-rnd", by: Self.first, reason: "要看源码")
        try walk.act("answer", by: Self.rnd, ["process": "第 12 行"])
        try walk.send(.copy(Self.product.person, reason: "像是缺陷"), by: .staff(Self.first))
        #expect(walk.events.last?.change == .copied(Self.product.person, reason: "像是缺陷"))
        #expect(walk.refusal { try $0.send(delegate, by: .staff(Cast.supervisor)) } == .notOwner)
        try walk.send(delegate, by: .staff(Self.first))
        #expect(walk.notices(to: .owner) == ["delegated"])
        #expect(walk.state.work.holder == .person(Self.first.person))
        var solved = walk
        try solved.act("solve", by: colleague, Self.done)
        #expect(solved.step == "callback")
        walk.now = until
        #expect(walk.refusal { try $0.act("solve", by: colleague, Self.done) } == .notOwner)
        let transfer = ProcessCommand.transfer(.work, to: colleague.candidate, reason: "他更熟")
        try walk.send(transfer, by: .staff(Cast.supervisor))
        #expect(walk.notices(to: .owner) == ["transferred"])
        #expect(walk.notices(to: .previousOwner) == ["transferred"])
        #expect(walk.refusal { try $0.act("solve", by: Self.first, Self.done) } == .notOwner)
        try walk.act("solve", by: colleague, Self.done)
        #expect(walk.step == "callback")
    }

    @Test func `takes every step, action and timer of the source`() throws {
        let walks = try [Self.firstLine(), Self.escalations(), Self.byTheClock()] + Self.otherKinds()
        #expect(Coverage.missing(walks[0].definition, walks) == [])
    }
}
