import DispatcherDomain
import Testing

@Suite struct `S4, project implementation` {
    static let signer = Cast.staff("签约", "signer")
    static let projectManager = Cast.staff("项目经理", "project-manager")
    static let director = Cast.staff("总监", "project-director")
    static let consultant = Cast.staff("顾问", "consultant")

    static func planning() throws -> Walk {
        var walk = try Walk(shipped: "s4-project")
        try walk.act("submit", by: signer, ["assignment": "上线 ERP", "scope": "财务"])
        #expect(walk.step == "assignment")
        #expect(walk.effects == [.askApproval(number: 1, role: "project-director", department: "home")])
        #expect(
            walk.refusal { try $0.act("submit", by: signer, ["assignment": "x", "scope": "y"]) } == .approvalPending)
        #expect(walk.refusal { try $0.send(.grant(approval: 1), by: .staff(projectManager)) } == .roleMissing)
        try walk.send(.grant(approval: 1), by: .staff(director))
        #expect(walk.step == "planning")
        #expect(walk.state.work.fields["scope"] == "财务")
        return walk
    }

    static func running() throws -> Walk {
        var walk = try planning()
        try walk.act("start", by: projectManager, ["team": "3 人", "plan": "6 周"], to: consultant.candidate)
        return walk
    }

    static func accepted() throws -> Walk {
        var walk = try running()
        try walk.timer("no-log")
        #expect(walk.notices(to: .responsible) == ["no-log"])
        try walk.act("log", by: consultant, ["log": "培训", "log_photo": .list(["p"])])
        // A day's log puts the question off to the next working day (S4.8).
        let tomorrow = TimerStart.after(Limit(1, .day, isWorking: true), from: walk.now)
        #expect(walk.effects == [.startTimer(TimerKey(.work, "no-log", entry: walk.state.work.entry), tomorrow)])
        try walk.act("stage", by: consultant, ["stage": "调研", "stage_result": "报告", "stages_open": true])
        #expect(
            walk.refusal { try $0.act("accepted", by: projectManager, ["acceptance": .list(["a"])]) }
                == .conditionFailed)
        try walk.act("redo", by: projectManager, reason: "缺签字", to: consultant.candidate)
        try walk.act("stage", by: consultant, ["stage": "调研", "stage_result": "报告", "stages_open": true])
        try walk.act("next", by: projectManager, to: consultant.candidate)
        try walk.act("stage", by: consultant, ["stage": "上线", "stage_result": "运行", "stages_open": false])
        try walk.act("accepted", by: projectManager, ["acceptance": .list(["验收单"])])
        #expect(walk.state.work.outcome == .done)
        #expect(walk.errands.map(\.within) == [nil, Limit(7, .day, isWorking: true)])
        return walk
    }

    /// S4.9: suspension, and where the problem cannot be solved, termination; both with two grants.
    static func terminated() throws -> Walk {
        var walk = try running()
        try walk.send(.suspend(reason: "客户停产"), by: .staff(consultant))
        #expect(walk.state.hold == nil)
        try walk.send(.grant(approval: 1 + 1), by: .staff(projectManager))
        #expect(walk.effects == [.askApproval(number: 2, role: "project-director", department: "home")])
        try walk.send(.grant(approval: 2), by: .staff(director))
        #expect(walk.state.hold == .suspended(reason: "客户停产", since: Walk.start))
        #expect(walk.refusal { try $0.act("log", by: consultant, ["log": "x", "log_photo": .list(["p"])]) } == .onHold)
        try walk.send(.resume(note: "复产"), by: .staff(projectManager))
        try walk.send(.suspend(reason: "又停产"), by: .staff(consultant))
        #expect(
            walk.refusal { try $0.send(.refuse(approval: 3, reason: ""), by: .staff(projectManager)) } == .reasonMissing
        )
        try walk.send(.refuse(approval: 3, reason: "再等等"), by: .staff(projectManager))
        #expect(walk.state.approvals.isEmpty)
        try walk.send(.suspend(reason: "确定停产"), by: .staff(consultant))
        try walk.send(.grant(approval: 4), by: .staff(projectManager))
        try walk.send(.grant(approval: 4), by: .staff(director))
        try walk.send(.terminate(reason: "无法解决"), by: .staff(consultant))
        try walk.send(.grant(approval: 5), by: .staff(projectManager))
        try walk.send(.grant(approval: 5), by: .staff(director))
        #expect(walk.state.work.outcome == .terminated)
        #expect(walk.state.hold == nil)
        #expect(walk.notices(to: .customer) == ["terminated"])
        return walk
    }

    @Test func `takes every step, action and timer of the source`() throws {
        var withdrawn = try Walk(shipped: "s4-project")
        try withdrawn.act("withdraw", by: Self.signer, reason: "未付款")
        let walks = try [Self.accepted(), Self.terminated(), withdrawn]
        #expect(Coverage.missing(withdrawn.definition, walks) == [])
    }

    @Test func `lets nobody grant what he asked for himself`() throws {
        var walk = try Walk(shipped: "s4-project")
        let both = Cast.staff("两职", "signer", "project-director")
        try walk.act("submit", by: both, ["assignment": "x", "scope": "y"])
        #expect(walk.refusal { try $0.send(.grant(approval: 1), by: .staff(both)) } == .ownApproval)
    }
}

@Suite struct `S4, complaint` {
    static let liable = Cast.staff("责任人", "liable")

    static func walk(_ level: String = "normal", from source: String = "direct") throws -> Walk {
        try Walk(
            shipped: "s4-complaint", ["customer.level": .text(level), "ticket.description": "态度差"],
            ["source": .text(source)])
    }

    static func responded(_ walk: inout Walk) throws {
        let yes: [String: FieldValue] = ["details": "两次迟到", "promised": true]
        try walk.act("valid", by: Cast.quality, yes, to: Cast.manager.candidate)
        #expect(walk.state.work.fields["valid"] == true)
        try walk.act("found", by: Cast.manager, ["cause": "排班", "liable": .person(liable.person)])
        if walk.step == "general-manager" {
            #expect(walk.notices(to: .role("general-manager")) == ["key-customer-complaint"])
            try walk.act("contacted", by: Cast.generalManager, ["general_manager": "致歉"])
        }
        try walk.act("respond", by: liable, ["measure": "apology", "response": "已道歉"])
        #expect(walk.step == "verify")
        #expect(walk.state.clocks["answer"]?.phase == .stopped)
    }

    static func keyCustomer() throws -> Walk {
        var walk = try walk("key", from: "vendor")
        try walk.clock("answer", 75)
        #expect(walk.notices(to: .role("manager")) == ["answer.75"])
        try walk.clock("answer", 100)
        #expect(walk.notices(to: .role("quality")) == ["answer.100"])
        try responded(&walk)
        let oneDay = TimerStart.after(Limit(1, .day, isWorking: true), from: Walk.start)
        #expect(walk.effects.contains(.startTimer(TimerKey(.work, "due", entry: walk.state.work.entry), oneDay)))
        try walk.timer("due")
        try walk.act("unsolved", by: Cast.quality, ["opinion": "不行", "vendor": "服务发展部"])
        #expect(walk.state.vendor?.vendor == "服务发展部")
        try walk.timer("track")
        try walk.act("asked", by: Cast.quality)
        try walk.act("back", by: Cast.quality, ["vendor_result": "厂商补偿"])
        try walk.act("content", by: Cast.quality, ["opinion": "可以"])
        try walk.act("set", by: Cast.manager, ["corrective": "双人排班"])
        #expect(walk.errands.map(\.kind) == [.register, .archive, .task])
        #expect(walk.errands.last?.within == Limit(1, .day, isWorking: true))
        #expect(walk.state.work.outcome == .done)
        return walk
    }

    static func dealtWithAgain() throws -> Walk {
        var walk = try walk()
        try responded(&walk)
        try walk.act("again", by: Cast.quality, reason: "没道歉", to: Cast.manager.candidate)
        #expect(walk.step == "respond")
        return walk
    }

    /// S4.37.
    static func invalid() throws -> [Walk] {
        var notPromised = try walk()
        let no: [String: FieldValue] = ["promised": false, "explanation": "合同不含上门"]
        #expect(
            notPromised.refusal {
                try $0.act("valid", by: Cast.quality, ["details": "x", "promised": false], to: Cast.manager.candidate)
            } == .conditionFailed)
        try notPromised.act("not-promised", by: Cast.quality, no)
        #expect(notPromised.state.work.fields["valid"] == false)
        #expect(notPromised.errands.map(\.kind) == [.register, .archive])
        var untrue = try walk()
        try untrue.act("untrue", by: Cast.quality, ["explanation": "查无此事"])
        return [notPromised, untrue]
    }

    @Test func `takes every step, action and timer of the source`() throws {
        let walks = try [Self.keyCustomer(), Self.dealtWithAgain()] + Self.invalid()
        #expect(Coverage.missing(walks[0].definition, walks) == [])
    }
}
