import BusinessTime
import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Testing

/// What holds for every history, tried on many.
@Suite struct `Clocks of any history` {
    typealias Sample = SLASample

    private func histories(_ count: Int, _ body: ([ClockEvent], inout Sample.Generator) throws -> Void) throws {
        for seed in 0..<count {
            var generator = Sample.Generator(state: UInt64(seed))
            let length = Int.random(in: 1...40, using: &generator)
            try body(Sample.anyHistory(&generator, count: length), &generator)
        }
    }

    @Test func `give the stored deadlines byte for byte when they are folded again`() throws {
        try histories(60) { history, _ in
            var stepwise = try #require(try WorkClocks(openedBy: history[0], by: Sample.book))
            for (count, event) in zip(2..., history.dropFirst()) {
                // As a service does: read the stored state, apply, store.
                stepwise = try WireJSON.decode(WorkClocks.self, from: WireJSON.encode(stepwise))
                try stepwise.apply(event, by: Sample.book)
                let read = try WireJSON.decode([ClockEvent].self, from: WireJSON.encode(Array(history[..<count])))
                let again = try #require(try WorkClocks.fold(read, by: Sample.book))
                #expect(try again.storedDeadlines() == stepwise.storedDeadlines())
                #expect(again == stepwise)
            }
        }
    }

    @Test func `do not depend on the order in which events arrived`() throws {
        try histories(100) { history, generator in
            // Events of one second keep their order; so the others are shuffled.
            var seconds: Set<Date> = []
            let unique = history.filter { seconds.insert($0.at).inserted }
            let folded = try WorkClocks.fold(unique, by: Sample.book)
            #expect(try WorkClocks.fold(unique.shuffled(using: &generator), by: Sample.book) == folded)
        }
    }

    @Test func `keep every verdict, with its versions, whatever comes later`() throws {
        try histories(200) { history, _ in
            var clocks = try #require(try WorkClocks(openedBy: history[0], by: Sample.book))
            for event in history.dropFirst() {
                let ended = clocks.runs.filter { !$0.isRunning }
                try clocks.apply(event, by: Sample.book)
                for run in ended {
                    let now = try #require(clocks.run(run.timer, run.number))
                    #expect(now.verdict == run.verdict && now.basis == run.basis && now.standing == run.standing)
                }
            }
        }
    }

    @Test func `count just the limit from the start to the deadline, pauses taken out`() throws {
        try histories(300) { history, _ in
            let clocks = try #require(try WorkClocks.fold(history, by: Sample.book))
            for run in clocks.runs where run.isRunning && run.timer != .arrival {
                guard let basis = run.basis, let due = run.dueAt else { continue }
                let seconds: Int
                switch basis.target.limit.unit {
                case .minutes: seconds = basis.target.limit.amount * 60
                case .hours: seconds = basis.target.limit.amount * 3600
                case .workingDays, .days: continue
                }
                let time = try Sample.book.calendar(basis.calendar)
                var counted = try time.between(run.startedAt, due).value
                if basis.target.pauses ?? run.timer.pausesByDefault {
                    for pause in clocks.pauses {
                        let (from, to) = (max(pause.from, run.startedAt), min(pause.to ?? due, due))
                        if from < to { counted -= try time.between(from, to).value }
                    }
                }
                #expect(counted == seconds, "\(run.timer)")
                let points = run.thresholds.compactMap(\.at)
                #expect(points.allSatisfy { $0 >= run.startedAt })
            }
        }
    }

    @Test func `do not care whether the policy or the calendar changed before or after a pause`() throws {
        let pause = ClockFact.stepEntered(step: "put-aside", pause: "wait")
        let resume = ClockFact.stepEntered(step: "repair", pause: nil)
        for version in 1...5 {
            let changes: [ClockFact] = [
                .policyChanged(to: PolicyRef(key: "standard", version: version % 4 + 1)),
                .calendarChanged(to: CalendarRef(key: "cn", version: version)),
                .classified(as: Sample.critical),
            ]
            for change in changes {
                let found = try ["03-02 11:20", "03-02 11:40", "03-02 14:30"].map { moment in
                    let facts = [("03-02 11:30", pause), ("03-02 14:00", resume), (moment, change)]
                    return try Sample.clocks(facts).run(.solution, 1)?.standing
                }
                #expect(Set(found).count == 1, "\(change)")
            }
        }
    }

    @Test func `fire each point once for each instant`() throws {
        try histories(150) { history, _ in
            var clocks = try #require(try WorkClocks(openedBy: history[0], by: Sample.book))
            var seen: Set<SLADeadline> = []
            for event in history.dropFirst() {
                if case .fired = event.fact { continue }
                for due in clocks.due(at: event.at) {
                    let bare = due.deadline
                    #expect(
                        !seen.contains {
                            ($0.timer, $0.run, $0.point, $0.at) == (bare.timer, bare.run, bare.point, bare.at)
                        })
                    seen.insert(bare)
                    try clocks.apply(due.event(at: event.at), by: Sample.book)
                }
                #expect(clocks.due(at: event.at).isEmpty)
                try clocks.apply(event, by: Sample.book)
            }
        }
    }

    @Test func `are explained, in both languages`() throws {
        try histories(60) { history, _ in
            let clocks = try #require(try WorkClocks.fold(history, by: Sample.book))
            for run in clocks.runs {
                let explanation = try #require(try ClockExplanation(clocks, run.timer, run.number, by: Sample.book))
                #expect(explanation.counted.count <= ClockExplanation.listLimit)
                for language in Language.allCases { #expect(!explanation.sentences(in: language).isEmpty) }
                if let due = run.dueAt, run.isRunning, run.basis?.target.limit.unit != .days, run.timer != .arrival {
                    let counted = explanation.counted.map(\.seconds).reduce(explanation.countedBeyond, +)
                    let time = try Sample.book.calendar(try #require(run.basis).calendar)
                    let paused = explanation.pauses.map(\.seconds).reduce(0, +)
                    #expect(try counted + paused == time.between(run.startedAt, due).value)
                }
            }
        }
    }
}

@Suite struct `An explanation` {
    typealias Sample = SLASample

    @Test func `says policy, calendar, hours, pauses and verdict`() throws {
        let clocks = try Sample.clocks([
            ("03-02 14:00", .stepEntered(step: "waiting-for-part", pause: "part")),
            ("03-02 15:00", .stepEntered(step: "repair", pause: nil)), ("03-03 14:30", .solved),
        ])
        let explanation = try #require(try ClockExplanation(clocks, .solution, 1, by: Sample.book))
        #expect(
            explanation.sentences(in: .english) == [
                "Solution: by row 4 of policy “Standard service” (standard@1) the limit for normal / normal / repair is 8 hours, by calendar “Head office” (cn@1).",
                "Counted from 2026-03-02 11:00 (Asia/Shanghai).",
                "Counts 2026-03-02 11:00 – 2026-03-02 12:00: 1 h.",
                "Counts 2026-03-02 13:30 – 2026-03-02 14:00: 30 min.",
                "Counts 2026-03-02 15:00 – 2026-03-02 18:00: 3 h.",
                "Counts 2026-03-03 09:00 – 2026-03-03 12:00: 3 h.",
                "Counts 2026-03-03 13:30 – 2026-03-03 14:00: 30 min.",
                "Takes out the pause 2026-03-02 14:00 – 2026-03-02 15:00 (step “waiting-for-part”, reason: part): 1 h.",
                "So it is due at 2026-03-03 14:00.",
                "Ended at 2026-03-03 14:30 after 8 h 30 min: 30 min late.",
            ])
        let chinese = explanation.sentences(in: .chinese)
        #expect(chinese[0] == "解决：按政策“标准服务”（standard@1）第 4 行，普通 / 普通 / 报修 的时限为 8 小时，按日历“总部”（cn@1）计算。")
        #expect(chinese.last == "于 2026-03-03 14:30 结束，用时 8 小时 30 分：超时 30 分。")
    }

    @Test func `says since when it stands still, and calls steps and reasons by their titles`() throws {
        let clocks = try Sample.clocks([("03-02 14:00", .stepEntered(step: "waiting-for-part", pause: "part"))])
        let titles = ClockTitles(
            steps: ["waiting-for-part": Phrase(zh: "等待备件", en: "Waiting for a part")], clocks: [:],
            reasons: ["part": Phrase(zh: "缺备件", en: "a part is missing")], groups: [:])
        let explanation = try #require(try ClockExplanation(clocks, .solution, 1, by: Sample.book, titles: titles))
        #expect(explanation.pauses.map(\.to) == [nil])
        let chinese = explanation.sentences(in: .chinese)
        #expect(chinese.contains("自 2026-03-02 14:00 起暂停至今（环节“等待备件”，原因：缺备件）。"), "\(chinese)")
        #expect(
            explanation.sentences(in: .english).contains(
                "It has stood still since 2026-03-02 14:00 (step “Waiting for a part”, reason: a part is missing)."))
    }

    @Test func `shows the end of the window agreed by the calendar's clocks`() throws {
        let clocks = try Sample.clocks([
            ("03-02 14:00", .appointmentAgreed(from: Sample.at("03-03 09:00"), to: Sample.at("03-03 11:00")))
        ])
        let explanation = try #require(try ClockExplanation(clocks, .arrival, 1, by: Sample.book))
        #expect(explanation.sentences(in: .chinese).contains { $0.contains("约定的上门时段结束 2026-03-03 11:00") })
    }

    @Test func `is the versions' of the verdict, not the present ones'`() throws {
        let clocks = try Sample.clocks([
            ("03-02 14:00", .solved), ("03-02 15:00", .policyChanged(to: PolicyRef(key: "standard", version: 2))),
            ("03-02 15:00", .calendarChanged(to: CalendarRef(key: "cn", version: 2))),
        ])
        let explanation = try #require(try ClockExplanation(clocks, .solution, 1, by: Sample.book))
        #expect(explanation.basis?.policy.version == 1)
        #expect(explanation.basis?.calendar.version == 1)
    }

    @Test func `of a wall-clock limit shows the times of the work's calendar`() throws {
        let clocks = try Sample.clocks([("03-02 12:10", .offered)])
        let explanation = try #require(try ClockExplanation(clocks, .acceptance, 1, by: Sample.book))
        #expect(explanation.sentences(in: .english).last == "So it is due at 2026-03-02 12:15.")
        #expect(explanation.timeZone == "Asia/Shanghai")
    }

    @Test func `of a provisional deadline says so, and of a refused one why`() throws {
        let flagged = try Sample.clocks(Sample.opening(calendar: 4, at: "12-31 16:00"), [])
        let provisional = try #require(try ClockExplanation(flagged, .solution, 1, by: Sample.book))
        #expect(provisional.sentences(in: .chinese).contains { $0.contains("暂定") && $0.contains("2027") })
        let refused = try Sample.clocks(Sample.opening(at: "12-31 16:00"), [])
        let reason = try #require(try ClockExplanation(refused, .solution, 1, by: Sample.book))
        #expect(reason.sentences(in: .english).last?.contains("does not know 2027") == true)
    }

    @Test func `takes well under ten milliseconds`() throws {
        let clocks = try Sample.clocks([("03-02 14:00", .staffSpoke)])
        let taken = try ContinuousClock().measure {
            for _ in 0..<20 {
                let explanation = try ClockExplanation(clocks, .solution, 1, by: Sample.book)
                #expect(explanation?.sentences(in: .chinese).isEmpty == false)
            }
        }
        #expect(taken / 20 < .milliseconds(10))
    }
}

@Suite struct `What if` {
    typealias Sample = SLASample

    @Test func `the policy or the calendar had been another`() throws {
        // Solved after six hours of working time.
        let history =
            [Sample.opening()] + [
                ClockEvent(.staffSpoke, at: Sample.at("03-02 11:20")),
                ClockEvent(.solved, at: Sample.at("03-03 09:30")),
                ClockEvent(.policyChanged(to: PolicyRef(key: "standard", version: 3)), at: Sample.at("03-03 09:40")),
            ]
        let march = Sample.at("03-01 00:00")..<Sample.at("04-01 00:00")
        let tighter = try WhatIf(policy: PolicyRef(key: "standard", version: 2))
            .compare(history, endedWithin: march, by: Sample.book)
        let solution = try #require(tighter.first { $0.timer == .solution })
        #expect(solution.was?.isMet == true)
        #expect(solution.wouldBe == .init(isMet: false, elapsed: 21600, late: 7200))
        #expect(solution.wouldBeDue == Sample.at("03-02 16:30"))
        let summary = WhatIf.Summary(tighter)
        #expect(summary.judged == 2)
        #expect(summary.missed == 0)
        #expect(summary.wouldBeMissed == 1)
        #expect(summary.newlyMissed == 1)
        #expect(summary.newlyMet == 0)

        let longer = try WhatIf(calendars: [CalendarRef(key: "cn", version: 2)])
            .compare(history, endedWithin: march, by: Sample.book)
        // 08:00 to 20:00: nine hours on Monday are more than the limit of eight.
        #expect(longer.first { $0.timer == .solution }?.wouldBe == .init(isMet: false, elapsed: 37800, late: 9000))
        #expect(try WhatIf().compare(history, endedWithin: march, by: Sample.book).allSatisfy { $0.was == $0.wouldBe })
        let april = Sample.at("04-01 00:00")..<Sample.at("05-01 00:00")
        #expect(try WhatIf().compare(history, endedWithin: april, by: Sample.book).isEmpty)
    }

    @Test func `names a version that is not there`() throws {
        let missing = PolicyRef(key: "standard", version: 9)
        #expect(throws: SLABook.Gap.policy(missing)) {
            try WhatIf(policy: missing).compare(
                [Sample.opening()], endedWithin: .distantPast ..< .distantFuture, by: Sample.book)
        }
    }
}
