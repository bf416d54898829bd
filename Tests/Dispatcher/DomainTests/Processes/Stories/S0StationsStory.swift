import DispatcherDomain
import Foundation
import Testing

@Suite struct `S0, service by stations and agents` {
    static let station = Cast.staff("杭州站", "station", stations: ["hz"], in: ["hangzhou"])
    static let fitter = Cast.staff("杭州师傅", "station", stations: ["hz"], in: ["hangzhou"])
    static let toStation = Candidate(.station("hz"), department: "hangzhou")
    static let costs: [String: FieldValue] = ["warranty_scope": "inside", "travel": 5000, "labour": 8000]

    static func walk(_ source: String = "customer") throws -> Walk {
        try Walk(shipped: "s0-stations", ["ticket.source": .text(source), "ticket.description": "漏水"])
    }

    static func atStation() throws -> Walk {
        var walk = try walk()
        #expect(walk.notices(to: .customer) == ["accepted-by-sms"])
        try walk.act("register", by: Cast.desk)
        try walk.act("assign", by: Cast.desk, to: toStation)
        return walk
    }

    static func solvedOnSite(_ walk: inout Walk) throws {
        try walk.act("send", by: station, to: fitter.candidate)
        try walk.visit("appoint", by: fitter, ["appointment": .time(Walk.start + 7200)])
        #expect(walk.notices(to: .customer) == ["appointment"])
        try walk.visit("depart", by: fitter)
        #expect(walk.notices(to: .customer) == ["departed"])
        try walk.visit("arrive", by: fitter)
        try walk.visit("pause", by: fitter, reason: "取工具")
        try walk.visit("resume", by: fitter)
        try walk.visit("sheet", by: fitter, ["handling": "换垫圈", "result": "task-done"])
        #expect(walk.refusal { try $0.visit("finish", by: fitter) } == .fields)
        try walk.visit("sign", by: fitter, ["signature": "s1"])
        try walk.visit("finish", by: fitter)
    }

    /// S0.34 to S0.45 without a hitch.
    static func mainFlow() throws -> Walk {
        var walk = try atStation()
        #expect(walk.state.work.holder == .station("hz"))
        #expect(walk.state.work.department == "hangzhou")
        #expect(walk.refusal { try $0.act("submit", by: station, costs) } == .conditionFailed)
        try walk.timer("silent")
        #expect(walk.notices(to: .owner) == ["silent"])
        try walk.act("urgent-part", by: station, ["part_needed": "阀芯"])
        #expect(walk.errands.first?.kind == .urgentParts)
        #expect(walk.errands.first?.fields == ["part_needed": "阀芯"])
        try solvedOnSite(&walk)
        try walk.act("submit", by: station, costs.merging(["parts_used": "阀芯"]) { $1 })
        #expect(walk.step == "callback")
        #expect(walk.state.work.holder == .person(Cast.desk.person))
        #expect(walk.refusal { try $0.act("passed", by: Cast.desk, ["satisfaction": "bad"]) } == .conditionFailed)
        try walk.act("passed", by: Cast.desk, ["satisfaction": "good"])
        try walk.act("approve", by: Cast.supervisor, ["travel": 4500])
        try walk.act("query", by: Cast.finance, reason: "差旅费无票")
        try walk.act("approve", by: Cast.supervisor)
        try walk.act("settle", by: Cast.finance)
        #expect(walk.errands.map(\.kind) == [.settlement, .shipment])
        #expect(walk.errands.first?.fields["travel"] == 4500)
        #expect(walk.state.work.outcome == .done)
        return walk
    }

    /// S0.41: the call-back is not passed; and what the supervisor does not pass.
    static func rework() throws -> Walk {
        var walk = try atStation()
        try solvedOnSite(&walk)
        try walk.act("submit", by: station, costs)
        #expect(walk.refusal { try $0.act("failed", by: Cast.desk) } == .reasonMissing)
        try walk.act("failed", by: Cast.desk, ["satisfaction": "bad"], reason: "还在漏")
        #expect(walk.step == "rework")
        #expect(walk.state.rounds == 1)
        try walk.act("same", by: Cast.desk, to: toStation)
        #expect(walk.step == "station")
        #expect(walk.notices(to: .owner) == ["rework"])
        try walk.act("submit", by: station, costs)
        try walk.act("passed", by: Cast.desk, ["satisfaction": "fair"])
        try walk.act("reject", by: Cast.supervisor, reason: "三包范围不对")
        try walk.act("other", by: Cast.desk)
        #expect(walk.step == "assign")
        return walk
    }

    /// S1.26 and S1.34: the service was done or not, and the task is not: the next visit is there, with what was found.
    static func visitsUntilSolved() throws -> Walk {
        var walk = try atStation()
        try walk.act("send", by: station, to: fitter.candidate)
        #expect(walk.refusal { try $0.customer("confirm-appointment", .visit(1)) } == .conditionFailed)
        try walk.visit("appoint", by: fitter, ["appointment": .time(Walk.start + 7200)])
        try walk.customer("confirm-appointment", .visit(1))
        #expect(walk.state.visits[0].fields["confirmed"] == true)
        try walk.customer("move-appointment", .visit(1), ["appointment": .time(Walk.start + 9000)], reason: "开会")
        #expect(walk.state.visits[0].fields["confirmed"] == false)
        try walk.timer("late", .visit(1))
        try walk.visit("depart", by: fitter)
        try walk.visit("arrive", by: fitter)
        let found: [String: FieldValue] = [
            "handling": "查", "result": "service-done", "photos": .list(["p1"]), "parts": "阀芯", "remark": "锈",
        ]
        try walk.visit("finish", by: fitter, found)
        #expect(walk.step == "station" && walk.visitStep == "sent" && walk.state.visits.count == 2)
        #expect(walk.state.visits[1].holder == .person(fitter.person))
        #expect(walk.state.visits[1].fields["photos"] == .list(["p1"]))
        #expect(walk.state.visits[1].fields["parts"] == "阀芯" && walk.state.visits[1].fields["remark"] == "锈")
        #expect(walk.state.visits[1].fields["handling"] == nil && walk.state.visits[1].fields["result"] == nil)
        #expect(walk.refusal { try $0.act("submit", by: station, costs) } == .conditionFailed)
        try walk.visit("depart", by: fitter)
        try walk.visit("void", by: fitter, reason: "客户不在")
        #expect(walk.state.visits[1].outcome == .cancelled && walk.notices(to: .responsible) == ["visit-void"])
        try walk.act("send", by: station, to: fitter.candidate)
        try walk.visit("void", by: fitter, reason: "排错了")
        try walk.act("send", by: station, to: fitter.candidate)
        #expect(walk.state.visits[3].fields["photos"] == .list(["p1"]))
        try walk.visit("depart", by: fitter)
        try walk.visit("arrive", by: fitter)
        try walk.visit("finish", by: fitter, ["handling": "无", "result": "void"])
        #expect(walk.visitStep == "void")
        return walk
    }

    static func byTelephoneOrStation() throws -> [Walk] {
        var telephone = try walk()
        try telephone.act("answered", by: Cast.desk, reason: "总阀没关")
        try telephone.act("failed", by: Cast.desk, reason: "还要人来")
        #expect(telephone.step == "assign")
        var direct = try walk("station")
        #expect(direct.step == "assign")
        #expect(direct.notices(to: .customer) == ["accepted-by-sms"])
        try direct.act("assign", by: Cast.desk, to: toStation)
        try direct.act("decline", by: station, reason: "人手不够")
        #expect(direct.step == "assign")
        #expect(direct.state.work.holder == .person(Cast.desk.person))
        return [telephone, direct]
    }

    @Test func `takes every step, action and timer of the source`() throws {
        let walks = try [Self.mainFlow(), Self.rework(), Self.visitsUntilSolved()] + Self.byTelephoneOrStation()
        #expect(Coverage.missing(walks[0].definition, walks) == [])
    }
}
