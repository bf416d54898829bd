import DispatcherDomain
import Foundation
import Kernel
import Testing

@Suite struct `S1, computer repair with task order and service orders` {
    static let seat = Cast.staff("座席", "seat")
    static let facts: [String: FieldValue] = [
        "customer.name": "张三", "customer.organisation": "纺织厂", "customer.department": "设备科",
        "customer.phone1": "65430001",
        "customer.phone2": "65430002", "customer.mobile": "13800138000", "customer.pager": "127-8888",
        "ticket.created": .time(Walk.start), "ticket.description": "电脑不开机", "product.model": "联想 M4600",
    ]
    static let task: [String: FieldValue] = [
        "contact": "李四", "contact_address": "二楼机房", "customer_type": "contract", "repair_type": "lenovo",
        "commission": "store", "fault": "开机无显示",
    ]

    static func walk() throws -> Walk { try Walk(shipped: "s1-computer", facts) }

    static func visit(_ walk: inout Walk, _ result: String) throws {
        #expect(walk.visitColour == .red)
        try walk.visit("confirm", by: Cast.engineer)
        #expect(walk.visitColour == .yellow)
        #expect(walk.errands.map(\.kind) == [.print])
        try walk.visit("depart", by: Cast.engineer)
        try walk.visit("arrive", by: Cast.engineer)
        #expect(walk.visitColour == .yellow)
        try walk.visit(
            "finish", by: Cast.engineer,
            [
                "method": "更换", "result": .text(result), "content": .list(["disk"]), "repair_number": "W-17",
                "repaired": .time(Walk.start + 7200), "signature": "s",
            ])
        #expect(walk.visitColour == .blue)
        #expect(walk.step == "call-back")
        try walk.visit("call", by: Cast.dispatcher, ["satisfaction": "good", "remark": "很快"])
        #expect(walk.step == "confirm")
    }

    /// S1.28 to S1.34, in their colours.
    static func untilComplete() throws -> Walk {
        var walk = try walk()
        #expect(walk.state.work.fields["task_number"] == "T1000001")
        let phones: [FieldValue?] = ["phone1", "phone2", "mobile", "pager"].map { walk.state.work.fields[$0] }
        #expect(phones == ["65430001", "65430002", "13800138000", "127-8888"])
        #expect(walk.refusal { try $0.act("new-task", by: seat) } == .fields)
        try walk.act("new-task", by: seat, task)
        #expect(walk.colour == .red)
        #expect(walk.refusal { try $0.act("new-service", by: Cast.dispatcher) } == .nobodyNamed)
        #expect(walk.refusal { try $0.act("new-service", by: Cast.dispatcher, to: Cast.desk.candidate) } == .unsuitable)
        try walk.act("new-service", by: Cast.dispatcher, to: Cast.engineer.candidate)
        #expect(walk.colour == .yellow)
        #expect(walk.state.visits[0].fields["sequence"] == 1)
        #expect(walk.state.visits[0].fields["service_number"] == "T1000001-1")
        #expect(walk.state.visits[0].fields["opened"] == .time(Walk.start))
        #expect(walk.state.visits[0].fields["fault"] == "开机无显示")
        #expect(walk.state.visits[0].fields["model"] == "联想 M4600")
        try visit(&walk, "service-done")
        #expect(walk.state.visits[0].fields["engineer"] == .person(Cast.engineer.person))
        #expect(walk.state.visits[0].fields["opened"] == .time(Walk.start))
        try walk.act("another", by: Cast.supervisor, reason: "声卡未到")
        #expect(walk.colour == .red)
        try walk.act("new-service", by: Cast.dispatcher, to: Cast.engineer.candidate)
        #expect(walk.state.visits[1].fields["sequence"] == 2)
        try visit(&walk, "task-done")
        try walk.act("complete", by: Cast.supervisor)
        #expect(walk.colour == .blue)
        #expect(walk.state.work.outcome == .done)
        #expect(walk.state.visits[0].fields["satisfaction"] == "good")
        return walk
    }

    static func shortWays() throws -> [Walk] {
        var telephone = try walk()
        try telephone.act("by-telephone", by: seat, reason: "电源没插")
        var void = try walk()
        try void.act("new-task", by: seat, task)
        try void.act("void", by: Cast.dispatcher, reason: "重复")
        // A service order may be annulled before anybody is there; whatever came of it, the customer is called.
        var orders = try walk()
        try orders.act("new-task", by: seat, task)
        for before in [[], ["confirm"], ["confirm", "depart"]] {
            try orders.act("new-service", by: Cast.dispatcher, to: Cast.engineer.candidate)
            for action in before { try orders.visit(action, by: Cast.engineer) }
            try orders.visit("void", by: Cast.engineer, reason: "开错")
            #expect(orders.state.visits.last?.fields["result"] == "void" && orders.step == "call-back")
            try orders.visit("call", by: Cast.dispatcher, ["satisfaction": "fair"])
            try orders.act("another", by: Cast.supervisor, reason: "要去")
        }
        return [telephone, void, orders]
    }

    /// A time that is agreed, confirmed and moved; a pause; what was found goes with the next order.
    static func appointed() throws -> Walk {
        var walk = try walk()
        try walk.act("new-task", by: seat, task)
        try walk.act("new-service", by: Cast.dispatcher, to: Cast.engineer.candidate)
        try walk.visit("confirm", by: Cast.engineer)
        try walk.visit("appoint", by: Cast.dispatcher, ["appointment": .time(Walk.start + 7200)])
        try walk.customer("confirm-appointment", .visit(1))
        try walk.customer("move-appointment", .visit(1), ["appointment": .time(Walk.start + 9000)], reason: "开会")
        try walk.timer("late", .visit(1))
        try walk.visit("arrive", by: Cast.engineer)
        try walk.visit("pause", by: Cast.engineer, reason: "停电")
        #expect(walk.refusal { try $0.visit("finish", by: Cast.engineer) } == .notHere)
        try walk.visit("resume", by: Cast.engineer)
        try walk.visit(
            "sheet", by: Cast.engineer,
            [
                "method": "查", "result": "service-done", "serials": "SN-1", "parts": "声卡",
                "repaired": .time(Walk.start),
            ])
        try walk.visit("sign", by: Cast.engineer, ["signature": "s"])
        try walk.visit("finish", by: Cast.engineer)
        try walk.visit("call", by: Cast.dispatcher, ["satisfaction": "good"])
        try walk.act("another", by: Cast.supervisor, reason: "声卡未到")
        try walk.act("new-service", by: Cast.dispatcher, to: Cast.colleague.candidate)
        #expect(walk.state.visits[1].fields["serials"] == "SN-1" && walk.state.visits[1].fields["parts"] == "声卡")
        #expect(walk.state.visits[1].holder == .person(Cast.colleague.person))
        return walk
    }

    /// S1.26: whatever came of it, the dispatcher calls and the superior decides.
    @Test(arguments: ["task-done", "service-done", "not-done", "void"])
    func `calls back after every result of a service order`(result: String) throws {
        var walk = try Self.walk()
        try walk.act("new-task", by: Self.seat, Self.task)
        try walk.act("new-service", by: Cast.dispatcher, to: Cast.engineer.candidate)
        try Self.visit(&walk, result)
        try walk.act("another", by: Cast.supervisor, reason: "未完成")
        #expect(walk.state.rounds == 1)
        #expect(walk.step == "again")
    }

    @Test func `takes every step, action and timer of the source`() throws {
        let walks = try [Self.untilComplete(), Self.appointed()] + Self.shortWays()
        #expect(Coverage.missing(walks[0].definition, walks) == [])
    }

    @Test func `has the choices of the source`() throws {
        let definition = try ShippedProcesses.read("s1-computer").definition
        let count = { (code: String) in definition.work.field(code)?.choices.count }
        #expect([count("customer_type"), count("commission"), count("repair_type")] == [3, 5, 7])
        #expect(definition.visit?.field("result")?.choices.map(\.title.zh) == ["任务完成", "服务完成而任务未完成", "服务单未完成", "作废"])
        #expect(definition.visit?.field("satisfaction")?.choices.map(\.title.zh) == ["满意", "一般", "不满意"])
    }
}
