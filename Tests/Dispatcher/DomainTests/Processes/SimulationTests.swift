import DispatcherDomain
import Foundation
import Kernel
import Testing

@Suite struct `A simulation` {
    @Test func `says what becomes of work that nobody touches`() throws {
        let definition = try ShippedProcesses.read("s0-direct").definition
        let run = try Simulation.idle(definition, facts: ["ticket.kind": "question"], start: Walk.start)
        let moves = run.lines.compactMap { line -> String? in
            guard case .moved(_, let move) = line.event?.change else { return nil }
            return "\(Int(line.at.timeIntervalSince(Walk.start)) / 3600) \(move.to)"
        }
        // To the second level when four hours are over, to the third a day later; there it stays, alarms and all.
        #expect(moves == ["0 level-1", "4 level-2", "28 level-3"])
        #expect(run.end == .rests(step: "level-3"))
        let alarms = run.lines.count { $0.event?.change == .timerFired(.work, timer: "over") }
        #expect(alarms == 4)
        #expect(run.lines.contains { $0.words.en == "comes to \"Second-level engineer\"" })
    }

    @Test func `tells whom it tells, and what it asks of others`() throws {
        let definition = try ShippedProcesses.read("s2-generic").definition
        let fields: [String: FieldValue] = ["customer_name": "王", "problem": "坏了"]
        let run = try Simulation.idle(definition, fields: fields, start: Walk.start)
        #expect(run.lines.contains { $0.words.zh == "通知客户（received）" })
        // Nobody has it yet, so everybody of the step's role is told.
        let waiting = run.lines.compactMap { line -> Notice? in
            guard case .effect(.notify(let notice)) = line.what, notice.to == .owner else { return nil }
            return notice
        }
        #expect(waiting.first?.role == RoleReference("desk"))
        #expect(waiting.first?.holder == nil)
    }

    @Test func `begins in any step that somebody stops in`() throws {
        let definition = try ShippedProcesses.read("s4-onsite").definition
        let run = try Simulation.idle(definition, from: "at-vendor", start: Walk.start)
        #expect(run.lines.count { $0.event?.change == .timerFired(.work, timer: "track") } == 20)
        #expect(run.end == .rests(step: "at-vendor"))
        for step in ["sampled", "closed", "nowhere"] {
            #expect(throws: ProcessRefusal.self) { try Simulation.idle(definition, from: step, start: Walk.start) }
        }
    }

    @Test func `takes the calendar's word for working time`() throws {
        let definition = try ShippedProcesses.read("s0-direct").definition
        let slow = { (limit: Limit, from: Date) in
            from.addingTimeInterval(Double(limit.amount * limit.unit.seconds) * (limit.isWorking ? 3 : 1))
        }
        let run = try Simulation.idle(definition, facts: ["ticket.kind": "question"], start: Walk.start, due: slow)
        let first = run.lines.first {
            if case .moved(_, let move) = $0.event?.change { move.to == "level-2" } else { false }
        }
        #expect(first?.at == Walk.start + 12 * 3600)
    }

    /// Two hours of work, of which the second is tomorrow: half of them are used up this evening, not at midnight.
    @Test func `reaches the share of a clock by the time in which it is counted`() throws {
        let text = """
            process: x
            version: 1
            title: 例 / Example
            clocks: {slow: {title: 慢 / Slow, target: 2 working h, at: {50%: {notify: owner}, 100%: {notify: owner}}}}
            steps:
              new: {title: 新 / New, owner: desk, clocks: slow, actions: {end: {title: 完 / End, by: owner, to: done}}}
              done: {title: 完 / Done, end: done}
            """
        let due = { (limit: Limit, from: Date) in
            let span = Double(limit.amount * limit.unit.seconds)
            return from + span + (limit.isWorking && span > 3600 ? 15 * 3600 : 0)
        }
        let run = try Simulation.idle(ProcessDefinition.read(text).definition, start: Walk.start, due: due)
        let passed = run.lines.compactMap { line -> TimeInterval? in
            guard case .thresholdPassed = line.event?.change else { return nil }
            return line.at.timeIntervalSince(Walk.start) / 3600
        }
        #expect(passed == [1, 17])
    }

    @Test func `goes on from where work is, follow-ups and all`() throws {
        var walk = try `S3, a repair on site`.walk()
        try walk.act("to-pool", by: Cast.desk)
        let run = try Simulation.idle(walk.state, by: walk.definition, now: walk.now)
        #expect(run.state.work.step == "confirm")
        #expect(run.lines.contains { $0.event?.change == .timerFired(.work, timer: "nobody-accepts") })
        #expect(run.lines.contains { $0.event?.change == .thresholdPassed(clock: "solution", percent: 100) })
    }

    @Test func `comes to an end when timers chase each other`() throws {
        let text = """
            process: ring
            version: 1
            title: 环 / Ring
            steps:
              a: {title: 甲 / A, owner: desk, timers: {t: {title: 钟 / T, after: 1 min, do: go}}, actions: {go: {title: 去 / Go, by: [timer], to: b}, end: {title: 完 / End, by: owner, to: done}}}
              b: {title: 乙 / B, owner: desk, timers: {t: {title: 钟 / T, after: 1 min, do: go}}, actions: {go: {title: 回 / Go, by: [timer], to: a}}}
              done: {title: 完 / Done, end: done}
            """
        let definition = try ProcessDefinition.read(text).definition
        #expect(try Simulation.idle(definition, start: Walk.start).end == .goesOn)
    }
}

@Suite struct `A plan to move open work to another version` {
    static func version(_ number: Int, step: String = "new", more: String = "") throws -> ProcessDefinition {
        let text = """
            process: x
            version: \(number)
            title: 例 / Example
            \(more)
            steps:
              \(step): {title: 新 / New, owner: desk, actions: {finish: {title: 完 / Finish, by: owner, to: done}}, timers: {late: {title: 迟 / Late, after: 1 h, notify: owner}}}
              done: {title: 完 / Done, end: done}
            """
        return try ProcessDefinition.read(text).definition
    }

    @Test func `follows the new version's own words`() throws {
        let (old, new) = (try Self.version(1), try Self.version(2, step: "fresh", more: "replaces: {1: {new: fresh}}"))
        let walk = try Walk(old)
        let plan = MovePlan.plan([walk.state], from: old, to: new)
        #expect(plan.lines.map(\.to) == ["fresh"])
        #expect(plan.lines.map(\.canMove) == [true])
        let moved = try MovePlan.move(walk.state, from: old, to: new, ProcessContext(now: walk.now, actor: .timer))
        #expect(moved.state.version == 2)
        #expect(moved.state.work.step == "fresh")
        #expect(moved.effects.contains(.cancelTimers(.work, entry: 1)))
        let started = Effect.startTimer(TimerKey(.work, "late", entry: 2), .after(Limit(1, .hour), from: walk.now))
        #expect(moved.effects.contains(started))
    }

    private static func appointed(_ number: Int, _ timers: String) throws -> ProcessDefinition {
        let text = """
            process: x
            version: \(number)
            title: 例 / Example
            fields: {agreed: {title: 约定 / Agreed, type: time}}
            opening: {fill: agreed}
            steps:
              new: {title: 新 / New, owner: desk, actions: {finish: {title: 完 / Finish, by: owner, to: done}}, timers: {\(timers)}}
              done: {title: 完 / Done, end: done}
            """
        return try ProcessDefinition.read(text).definition
    }

    @Test func `does not set off what had its turn, or was never to have it in time`() throws {
        let early = "early: {title: 早 / Early, at: agreed - 1 h, notify: owner}"
        let (old, new) = (
            try Self.appointed(1, early),
            try Self.appointed(2, "\(early), added: {title: 新加 / Added, at: agreed - 2 h, notify: owner}")
        )
        var walk = try Walk(old, fields: ["agreed": .time(Walk.start + 7200)])
        func started(_ walk: Walk) throws -> [String] {
            try MovePlan.move(walk.state, from: old, to: new, ProcessContext(now: walk.now, actor: .timer)).effects
                .compactMap { if case .startTimer(let key, _) = $0 { key.timer } else { nil } }
        }
        walk.now = Walk.start + 3600
        // It is due this very moment and has not fired yet.
        #expect(try started(walk) == ["early"])
        try walk.timer("early")
        #expect(try started(walk) == [])
    }

    @Test func `says what is missing`() throws {
        let (old, new) = (try Self.version(1), try Self.version(2, step: "fresh"))
        let walk = try Walk(old)
        let plan = MovePlan.plan([walk.state], from: old, to: new)
        #expect(plan.lines.map(\.canMove) == [false])
        #expect(
            plan.lines[0].obstacles.map(\.en) == [
                "the new version has no step \"new\": say `replaces: {1: {new: NEW}}` in it"
            ])
        let refusal = #expect(throws: ProcessRefusal.self) {
            try MovePlan.move(walk.state, from: old, to: new, ProcessContext(now: walk.now, actor: .timer))
        }
        #expect(refusal?.rule == .cannotMove)
    }

    /// A visit that is on its way moves with its work order.
    @Test func `takes open visits along, by their new names`() throws {
        let text = try #require(ShippedProcesses.texts["s4-onsite"])
        let renamed = text.replacing("version: 2", with: "version: 3").replacing("    agree:\n", with: "    phone:\n")
        let old = try ProcessDefinition.read(text).definition
        let unsaid = try ProcessDefinition.read(renamed).definition
        let said = try ProcessDefinition.read(
            renamed.replacing("\nfields:\n  request", with: "\nreplaces: {2: {visit.agree: phone}}\nfields:\n  request")
        ).definition
        let walk = try `S4, support on site`.inField()
        let lost = try #require(MovePlan.plan([walk.state], from: old, to: unsaid).lines.first)
        #expect(
            lost.obstacles.map(\.en) == [
                "the new version has no step \"visit.agree\": say `replaces: {2: {visit.agree: NEW}}` in it"
            ])
        let moved = try MovePlan.move(walk.state, from: old, to: said, ProcessContext(now: walk.now, actor: .timer))
        #expect(moved.state.visits.map(\.step) == ["phone"])
        // A timer of the old version that is already on its way finds its stay gone.
        let key = TimerKey(.visit(1), "soon", entry: 1)
        #expect(throws: ProcessRefusal.self) {
            try ProcessRules.decide(moved.state, .timer(key), ProcessContext(now: walk.now, actor: .timer), by: said)
        }
        #expect(moved.effects.contains(.cancelTimers(.visit(1), entry: 1)))
        #expect(
            moved.effects.contains(
                .startTimer(
                    TimerKey(.visit(1), "soon", entry: 2), .after(Limit(2, .hour, isWorking: true), from: walk.now))))
        #expect(ProcessState(walk.events + moved.events) == moved.state)
    }

    @Test func `names values that the new version does not know`() throws {
        let old = try ShippedProcesses.read("s3-repair").definition
        let text = try #require(ShippedProcesses.texts["s3-repair"])
        let new = try ProcessDefinition.read(
            text.replacing("version: 3", with: "version: 4").replacing("pool: 工单池抢单", with: "grab: 工单池抢单")
                .replacing("set: {mode: pool}", with: "set: {mode: grab}")
        ).definition
        var walk = try `S3, a repair on site`.walk()
        try walk.act("to-pool", by: Cast.desk)
        #expect(MovePlan.plan([walk.state], from: old, to: new).lines.map { $0.unfit.map(\.code) } == [["mode"]])
        let plan = StepPlan(from: old, to: new)
        #expect(plan.canMove)
        #expect(plan.everywhere.map(\.zh) == ["字段“派单方式”不再有选项：工单池抢单"])
        #expect(plan.lines.filter { !$0.isVisit }.map(\.step.code).contains("finance"))
        #expect(
            plan.lines.filter(\.isVisit).map(\.step.code) == ["agreed", "travel", "on-the-way", "on-site", "paused"])
    }

    @Test func `names fields that a condition would read empty`() throws {
        let old = try ShippedProcesses.read("s3-repair").definition
        var walk = try `S3, a repair on site`.walk()
        try walk.act("to-pool", by: Cast.desk)
        let plan = MovePlan.plan([walk.state], from: old, to: old)
        #expect(plan.lines.map(\.unfilled) == [[]])
    }
}
