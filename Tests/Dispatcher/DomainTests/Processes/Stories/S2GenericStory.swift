import DispatcherDomain
import Foundation
import Kernel
import Testing

@Suite struct `S2, a request of any kind` {
    static let specialist = Cast.staff("何专家", "specialist")
    static let otherSpecialist = Cast.staff("吕专家", "specialist")
    static let sales = Cast.staff("施销售", "sales")
    static let mediator = Cast.staff("张调解", "mediator")
    static let product = Cast.staff("孔产品", "product")
    static let lawyer = Cast.staff("曹律师", "law", in: ["legal"])
    static let answer: [String: FieldValue] = ["answer": .text("按说明书第 3 页重置")]

    static func walk(_ topic: String = "other", inHours: Bool = true) throws -> Walk {
        try Walk(
            ShippedProcesses.read("s2-generic").definition,
            facts: [
                "customer.name": .text("大华商贸"), "customer.mobile": .text("13800138000"),
                "ticket.description": .text("无法登录"), "ticket.topic": .text(topic), "ticket.in_hours": .flag(inHours),
            ])
    }

    /// S2.9: way 1.
    static func directReply() throws -> Walk {
        var walk = try walk()
        #expect(walk.step == "desk")
        #expect(walk.notices(to: .customer) == ["received"])
        #expect(walk.refusal { try $0.act("reply", by: Cast.desk) } == .fields)
        try walk.act("reply", by: Cast.desk, answer)
        #expect(walk.notices(to: .customer) == ["reply"])
        try walk.act("again", by: Cast.supervisor, reason: "没有回答第二个问题")
        #expect(walk.state.rounds == 1)
        try walk.act("reply", by: Cast.desk, answer)
        try walk.act("fits", by: Cast.supervisor)
        #expect(walk.state.work.outcome == .done)
        #expect(walk.notices(to: .previousOwner) == ["confirmed-done"])
        #expect(walk.errands.map(\.kind) == [.archive])
        return walk
    }

    /// S2.10, S2.11, S2.15: ways 2 and 3.
    static func bySpecialist() throws -> Walk {
        var walk = try walk("warranty")
        #expect(walk.step == "special")
        try walk.act("wait", by: specialist, reason: "等厂商答复")
        #expect(walk.notices(to: .customer) == ["waiting"])
        try walk.timer("long")
        #expect(walk.notices(to: .role("supervisor")) == ["long"])
        let again = Effect.startTimer(
            TimerKey(.work, "long", entry: walk.state.work.entry),
            .after(Limit(1, .day, isWorking: true), from: walk.now))
        #expect(walk.effects.contains(again))
        try walk.act("resume", by: specialist)
        try walk.act("pass-on", by: specialist, reason: "他更熟", to: otherSpecialist.candidate)
        #expect(walk.refusal { try $0.act("solved", by: specialist, answer) } == .notOwner)
        try walk.act("wait", by: otherSpecialist, reason: "等配件")
        try walk.act("result", by: otherSpecialist, answer)
        #expect(walk.step == "review")
        return walk
    }

    static func byTopicAndHours() throws -> [Walk] {
        var sales = try walk("sales")
        #expect(sales.step == "sales")
        try sales.act("to-desk", by: Self.sales, reason: "是故障")
        try sales.act("to-sales", by: Cast.desk)
        try sales.act("reply", by: Self.sales, answer)
        var night = try walk("product", inHours: false)
        #expect(night.step == "after-hours")
        try night.timer("morning")
        #expect(night.step == "special")
        #expect(
            night.allEffects.contains(.offer(.work, .pool, role: RoleReference("specialist"), holder: nil, asked: [])))
        try night.act("to-desk", by: specialist, reason: "不属于产品问题")
        try night.act("assign", by: Cast.desk, to: specialist.candidate)
        try night.act("solved", by: specialist, answer)
        return [sales, night]
    }

    /// S2.13.
    static func dispute() throws -> [Walk] {
        var walk = try walk("product")
        #expect(walk.refusal { try $0.act("dispute", by: specialist, ["severity": .text("normal")]) } == .reasonMissing)
        try walk.act("dispute", by: specialist, ["severity": .text("normal")], reason: "客户辱骂")
        #expect(walk.step == "mediation")
        #expect(
            walk.refusal { try $0.act("other-department", by: mediator, reason: "x", to: lawyer.candidate) }
                == .conditionFailed)
        try walk.act("settled", by: mediator, reason: "已道歉")
        #expect(walk.step == "special")
        #expect(walk.state.work.holder == .person(specialist.person))
        try walk.act("dispute", by: specialist, ["severity": .text("serious")], reason: "要求赔偿")
        var closed = walk
        let law = Candidate(.person(lawyer.person), department: "legal")
        try walk.act("other-department", by: mediator, reason: "要打官司", to: law)
        #expect(walk.state.work.department == "legal")
        #expect(walk.refusal { try $0.act("answered", by: mediator, answer) } == .otherDepartment)
        try walk.act("answered", by: lawyer, answer)
        try closed.act("closed", by: mediator, answer, reason: "和解")
        var atDesk = try Self.walk()
        try atDesk.act("dispute", by: Cast.supervisor, ["severity": .text("normal")], reason: "投诉客服")
        return [walk, closed, atDesk]
    }

    /// S2.18.
    static func injury() throws -> Walk {
        var walk = try walk()
        #expect(
            walk.refusal { try $0.act("reply", by: Cast.desk, answer.merging(["injury": .flag(true)]) { $1 }) }
                == .fields)
        let purchase: [String: FieldValue] = ["injury": .flag(true), "purchase": .text("2026-01-03 人民路店")]
        try walk.act("reply", by: Cast.desk, answer.merging(purchase) { $1 })
        try walk.act("fits", by: Cast.supervisor)
        #expect(walk.step == "retailer")
        try walk.act("informed", by: Cast.supervisor)
        #expect(walk.errands.map(\.kind) == [.archive, .print, .register])
        #expect(walk.errands.last?.fields["purchase"] == .text("2026-01-03 人民路店"))
        return walk
    }

    /// S0.11, as a part of this process.
    static func requirement() throws -> [Walk] {
        var walk = try walk()
        try walk.act("require-review", by: Cast.desk)
        #expect(walk.step == "requirement-review")
        try walk.act("not-possible", by: product, reason: "架构不支持")
        #expect(
            walk.refusal { try $0.act("agreed", by: Cast.desk, ["review_answer": .text("同意")]) } == .conditionFailed)
        try walk.act("changed", by: Cast.desk, reason: "客户缩小范围")
        try walk.act("estimate", by: product, ["review_need": .text("导出报表"), "review_days": .number(3)])
        try walk.act("agreed", by: Cast.desk, ["review_answer": .text("同意 3 天")])
        try walk.act("ask-again", by: Cast.manager, reason: "谁付费？")
        try walk.act("agreed", by: Cast.desk, ["review_answer": .text("客户付费")])
        var declined = walk
        var withdrawn = walk
        try walk.act("approve", by: Cast.manager)
        #expect(walk.step == "special")
        #expect(walk.notices(to: .role("rnd")) == ["requirement-approved"])
        try declined.act("decline", by: Cast.manager, reason: "不在规划内")
        #expect(declined.step == "reply")
        try declined.act("replied", by: Cast.desk, answer)
        try withdrawn.act("ask-again", by: Cast.manager, reason: "再谈")
        try withdrawn.act("withdrawn", by: Cast.desk, ["review_answer": .text("不要了")])
        #expect(withdrawn.step == "reply")
        try withdrawn.send(.terminate(reason: "客户撤回"), by: .customer)
        #expect(withdrawn.state.work.outcome == .cancelled)
        return [walk, declined, withdrawn]
    }

    @Test func `takes every step, action and timer of the source`() throws {
        let walks =
            try [Self.directReply(), Self.bySpecialist(), Self.injury()] + Self.byTopicAndHours() + Self.dispute()
            + Self.requirement() + [Self.opening(), Self.opening("sales"), Self.waiting()]
        #expect(Coverage.missing(walks[0].definition, walks) == [])
    }

    static func opening(_ topic: String = "other") throws -> Walk {
        var night = try walk(topic, inHours: false)
        try night.act("begin", by: Cast.desk)
        return night
    }

    /// S2.7.
    static func waiting() throws -> Walk {
        var walk = try Self.walk()
        try walk.clock("waiting", 50)
        #expect(walk.notices(to: .role("desk")) == ["waiting.50"])
        try walk.clock("waiting", 100)
        #expect(walk.notices(to: .role("supervisor")) == ["waiting.100"])
        return walk
    }

    /// S2.10: what waits for the customer lies aside, is asked for by itself and comes back.
    @Test func `lies aside while the customer is asked, and those on copy know of it`() throws {
        var walk = try Self.walk("product")
        let copy = ProcessCommand.copy(Cast.manager.person, reason: "大客户")
        #expect(walk.refusal { try $0.send(copy, by: .staff(Self.sales)) } == .roleMissing)
        try walk.send(copy, by: .staff(Cast.supervisor))
        #expect(walk.state.copied == [Cast.manager.person])
        #expect(walk.notices(to: .copied) == ["copied"])
        let aside = ProcessCommand.putAside(reason: "customer", note: "等序列号")
        #expect(walk.refusal { try $0.send(aside, by: .staff(Cast.desk)) } == .roleMissing)
        try walk.send(aside, by: .staff(Self.specialist))
        #expect(walk.state.clocks["waiting"]?.phase == .paused)
        #expect(walk.refusal { try $0.act("solved", by: Self.specialist, Self.answer) } == .onHold)
        for count in 1...2 {
            try walk.send(.followUp(hold: 1), by: .timer)
            #expect(walk.notices(to: .customer) == ["aside"])
            #expect(walk.state.hold == .aside(reason: "customer", since: Walk.start, followUps: count))
        }
        try walk.send(.followUp(hold: 1), by: .timer)
        #expect(walk.state.hold == nil)
        #expect(walk.step == "special")
        #expect(walk.state.clocks["waiting"]?.phase == .running)
        try walk.act("solved", by: Self.specialist, Self.answer)
        #expect(walk.step == "review")
    }

    @Test func `cannot be opened without customer and problem`() throws {
        let definition = try ShippedProcesses.read("s2-generic").definition
        let refusal = #expect(throws: ProcessRefusal.self) { try Walk(definition) }
        #expect(refusal?.rule == .fields)
        #expect(refusal?.faults.map(\.field) == ["/fields/customer_name", "/fields/problem"])
    }
}
