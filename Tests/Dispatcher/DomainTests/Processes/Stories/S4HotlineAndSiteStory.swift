import DispatcherDomain
import Foundation
import Testing

@Suite struct `S4, hotline` {
    static let duty = Cast.staff("值班", "duty")

    static func walk() throws -> Walk { try Walk(shipped: "s4-hotline", ["ticket.description": "账套打不开"]) }

    @Test func `takes every step, action and timer of the source`() throws {
        var solved = try Self.walk()
        try solved.act("solved", by: Self.duty, ["method": "重置端口", "by": "phone"])
        #expect(solved.state.work.outcome == .done)
        #expect(solved.errands.map(\.kind) == [.article, .callBack])
        #expect(solved.errands.last?.within == Limit(3, .day, movesForward: true))
        var later = try Self.walk()
        #expect(later.refusal { try $0.act("later", by: Self.duty) } == .reasonMissing)
        try later.act("later", by: Self.duty, reason: "请教办法")
        #expect(later.notices(to: .customer) == ["put-aside"])
        try later.timer("remind")
        var noWay = later
        try later.act("found", by: Self.duty, ["by": "qq"])
        var stillNot = later
        try later.act("solved", by: Self.duty, ["method": "改注册表"])
        try stillNot.act("still-not", by: Self.duty, ["advice": "硬件"])
        #expect(stillNot.step == "site-request")
        try stillNot.act("back", by: Cast.manager, reason: "可远程")
        #expect(stillNot.step == "again")
        try noWay.act("no-way", by: Self.duty, ["advice": "要重装"])
        try noWay.act("dispatch", by: Cast.manager)
        #expect(noWay.errands.first?.fields["advice"] == "要重装")
        var advised = try Self.walk()
        try advised.act("site", by: Self.duty, ["advice": "服务器坏"])
        var direct = try Self.walk()
        try direct.act("field-order", by: Self.duty)
        #expect(direct.step == "site-request")
        let walks = [solved, later, stillNot, noWay, advised, direct]
        #expect(Coverage.missing(solved.definition, walks) == [])
    }
}

@Suite struct `S4, support on site` {
    static let post = Cast.staff("专岗", "service-post")
    static let soon = Walk.start + 7200

    static func inField() throws -> Walk {
        var walk = try Walk(shipped: "s4-onsite", ["ticket.description": "服务器坏"])
        try walk.act("verified", by: Cast.manager)
        try walk.act("dispatch", by: Cast.manager, to: Cast.engineer.candidate)
        return walk
    }

    static func visited(_ walk: inout Walk, solved: Bool) throws {
        try walk.visit("appoint", by: Cast.engineer, ["appointment": .time(soon)])
        #expect(walk.notices(to: .customer) == ["appointment"])
        try walk.customer("confirm-appointment", .visit(walk.state.visits.count))
        try walk.visit("depart", by: Cast.engineer)
        #expect(walk.notices(to: .customer) == ["departed"])
        try walk.visit("arrive", by: Cast.engineer)
        try walk.visit("pause", by: Cast.engineer, reason: "午休")
        try walk.visit("resume", by: Cast.engineer)
        #expect(
            walk.refusal { try $0.visit("finish", by: Cast.engineer, ["result": "task-done", "handling": "x"]) }
                == .fields)
        try walk.visit("sheet", by: Cast.engineer, ["handling": "换电源", "photo": .list(["p1"])])
        try walk.visit("sign", by: Cast.engineer, ["signature": "s"])
        try walk.visit("finish", by: Cast.engineer, ["result": solved ? "task-done" : "not-done"])
    }

    static func solvedAtOnce() throws -> Walk {
        var walk = try inField()
        try walk.timer("soon", .visit(1))
        #expect(walk.notices(to: .responsible) == ["soon"])
        try visited(&walk, solved: true)
        #expect(walk.step == "papers")
        #expect(walk.errands.first?.code == "paper-sheet")
        // Before work starts on Monday (S4.23).
        #expect(walk.errands.first?.within == Limit("next monday"))
        try walk.act("filed", by: post)
        #expect(walk.errands.map(\.kind) == [.callBack, .archive])
        try walk.act("content", by: post)
        #expect(walk.refusal { try $0.act("sign", by: Cast.manager) } == .fields)
        try walk.act("sign", by: Cast.manager, ["sample": true])
        #expect(walk.errands.first?.code == "qa-library")
        #expect(walk.state.work.outcome == .done)
        return walk
    }

    /// S4.22: written off, next visit, vendor, tracked until it is solved.
    static func untilSolved() throws -> [Walk] {
        var walk = try inField()
        try walk.visit("appoint", by: Cast.engineer, ["appointment": .time(soon)])
        try walk.customer("move-appointment", .visit(1), ["appointment": .time(soon + 3600)], reason: "开会")
        try walk.timer("late", .visit(1))
        try walk.visit("arrive", by: Cast.engineer)
        try walk.visit(
            "finish", by: Cast.engineer, ["result": "service-done", "handling": "缺配件", "photo": .list(["p1"])])
        #expect(walk.step == "write-off")
        try walk.act("next-visit", by: Cast.manager, reason: "带配件再去")
        try walk.act("dispatch", by: Cast.manager, to: Cast.colleague.candidate)
        try walk.visit("appoint", by: Cast.colleague, ["appointment": .time(soon)])
        #expect(walk.state.visits[1].fields["photo"] == .list(["p1"]))
        try walk.visit("arrive", by: Cast.colleague)
        try walk.visit("finish", by: Cast.colleague, ["result": "not-done", "handling": "程序缺陷"])
        try walk.act("to-vendor", by: Cast.manager, ["vendor": "用友", "vendor_case": "U-1"], reason: "缺陷")
        #expect(walk.state.vendor?.reference == "U-1")
        try walk.timer("track")
        #expect(walk.notices(to: .responsible) == ["track"])
        try walk.act("ask", by: Cast.manager)
        #expect(walk.state.vendor?.inquiries == 1)
        var solved = walk
        try walk.act("go-again", by: Cast.manager, ["vendor_answer": "装补丁"])
        #expect(walk.state.vendor == nil)
        #expect(walk.step == "dispatch")
        try solved.act("vendor-solved", by: Cast.manager, ["vendor_answer": "已远程修复"])
        try solved.act("filed", by: post)
        try solved.act("not-content", by: post, reason: "又坏了")
        #expect(solved.step == "verify")
        return [walk, solved]
    }

    /// A field order that is annulled is written off like one that solved nothing (S4.22).
    static func voids() throws -> Walk {
        var walk = try inField()
        for before in [[], ["appoint"], ["appoint", "depart"], ["appoint", "arrive", "finish"]] as [[String]] {
            for action in before {
                let fields: [String: FieldValue] =
                    action == "appoint"
                    ? ["appointment": .time(soon)] : action == "finish" ? ["result": "void", "handling": "无"] : [:]
                try walk.visit(action, by: Cast.engineer, fields)
            }
            if before.last != "finish" { try walk.visit("void", by: Cast.engineer, reason: "撞期") }
            #expect(walk.visitStep == "void" && walk.step == "write-off")
            try walk.act("next-visit", by: Cast.manager, reason: "另派")
            try walk.act("dispatch", by: Cast.manager, to: Cast.engineer.candidate)
        }
        return walk
    }

    @Test func `takes every step, action and timer of the source`() throws {
        var untrue = try Walk(shipped: "s4-onsite")
        try untrue.act("not-true", by: Cast.manager, reason: "打错电话")
        let walks = try [Self.solvedAtOnce(), Self.voids(), untrue] + Self.untilSolved()
        #expect(Coverage.missing(walks[0].definition, walks) == [])
    }
}
