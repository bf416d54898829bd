import BusinessTime
import DispatcherDomain
import Foundation
import Kernel
import Testing

@Suite struct `A threshold` {
    typealias Sample = SLASample

    private func fire(_ clocks: inout WorkClocks, at text: String) throws -> [String] {
        let now = Sample.at(text)
        let due = clocks.due(at: now)
        for one in due {
            let deadline = one.deadline
            let fact = ClockFact.fired(timer: deadline.timer, run: deadline.run, point: deadline.point)
            #expect(try ClockRules.decide(clocks, fact, at: now) == one.event(at: now))
            try clocks.apply(one.event(at: now), by: Sample.book)
        }
        return due.map { "\($0.deadline.timer) \($0.deadline.point)\($0.isOvertaken ? " late" : "")" }
    }

    private func expect(
        _ clocks: inout WorkClocks, at text: String, _ expected: [String],
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let fired = try fire(&clocks, at: text)
        #expect(fired == expected, sourceLocation: sourceLocation)
    }

    @Test func `lies where its share or its minutes of working time are used up`() throws {
        // Eight hours from Monday 11:00: 75 % are six hours.
        let points = try Sample.clocks([]).deadlines.map { "\($0.point) \(Sample.time(version: 1).text($0.at))" }
        #expect(
            points == [
                "75% 2026-03-03 09:30", "-30m 2026-03-03 11:00", "due 2026-03-03 11:30", "+60m 2026-03-03 14:00",
            ])
    }

    @Test func `fires once`() throws {
        var clocks = try Sample.clocks([])
        try expect(&clocks, at: "03-03 09:29", [])
        try expect(&clocks, at: "03-03 09:30", ["solution 75%"])
        try expect(&clocks, at: "03-03 09:31", [])
        #expect(throws: ClockRefusal.notDue) {
            try ClockRules.decide(
                clocks, .fired(timer: .solution, run: 1, point: .percent(75)), at: Sample.at("03-03 09:31"))
        }
        try expect(&clocks, at: "03-03 12:00", ["solution -30m late", "solution due"])
        try expect(&clocks, at: "03-04 11:30", ["solution +60m"])
        try expect(&clocks, at: "03-30 11:30", [])
    }

    @Test func `carries its actions`() throws {
        let due = try Sample.clocks([]).due(at: Sample.at("03-04 11:30"))
        #expect(
            due.map(\.actions) == [
                [.remind(["owner"])], [.remind(["manager"])], [.nextLevel], [.process("return-to-desk")],
            ])
    }

    private func apply(_ fact: ClockFact, at text: String, to clocks: inout WorkClocks) throws {
        try clocks.apply(ClockEvent(fact, at: Sample.at(text)), by: Sample.book)
    }

    private func policy(_ version: Int) -> ClockFact {
        .policyChanged(to: PolicyRef(key: "standard", version: version))
    }

    @Test func `is armed again when its instant moves to a later one that is still to come`() throws {
        // Four hours: Monday, 16:30. Then eight: Tuesday, 11:30.
        var clocks = try Sample.clocks(Sample.opening(policy: 2), [])
        try expect(&clocks, at: "03-02 16:30", ["solution 75% late", "solution -30m late", "solution due"])
        try apply(policy(1), at: "03-02 16:40", to: &clocks)
        try expect(&clocks, at: "03-03 09:29", [])
        try expect(&clocks, at: "03-03 09:30", ["solution 75%"])
        // Shorter again: what has fired for the earlier instants does not fire again, what never did fires now.
        try apply(policy(2), at: "03-03 09:40", to: &clocks)
        try expect(&clocks, at: "03-03 09:41", ["solution +60m"])
        try apply(policy(1), at: "03-03 09:50", to: &clocks)
        try expect(&clocks, at: "03-03 12:00", ["solution -30m late", "solution due"])
    }

    @Test func `that has fired does not fire again after a pause`() throws {
        var clocks = try Sample.clocks([])
        try expect(&clocks, at: "03-03 09:30", ["solution 75%"])
        try apply(.stepEntered(step: "put-aside", pause: "x"), at: "03-03 09:45", to: &clocks)
        try expect(&clocks, at: "03-03 17:00", [])
        try apply(.stepEntered(step: "repair", pause: nil), at: "03-03 17:15", to: &clocks)
        try expect(&clocks, at: "03-04 09:29", [])
        try expect(&clocks, at: "03-04 09:30", ["solution -30m"])
    }

    @Test func `that has fired does not fire again by a move within the past`() throws {
        // By the new calendar the deadline was on Thursday instead of Tuesday; it is Friday.
        var clocks = try Sample.clocks([])
        let fired = try fire(&clocks, at: "03-06 09:00")
        #expect(fired.count == 4)
        try apply(.calendarChanged(to: CalendarRef(key: "cn", version: 5)), at: "03-06 09:00", to: &clocks)
        #expect(clocks.run(.solution, 1)?.dueAt == Sample.at("03-05 10:00"))
        try expect(&clocks, at: "03-06 09:00", [])
    }
}

@Suite struct `The rules of clocks` {
    typealias Sample = SLASample
    let clocks: WorkClocks

    init() throws { clocks = try SLASample.clocks([]) }

    private func refusal(_ fact: ClockFact, at text: String = "03-02 11:05", on clocks: WorkClocks? = nil)
        -> ClockRefusal?
    {
        do {
            _ = try ClockRules.decide(clocks ?? self.clocks, fact, pausing: Sample.pausing, at: Sample.at(text))
            return nil
        } catch {
            return error
        }
    }

    @Test func `let a clock stop in a declared step only, and with a reason`() {
        #expect(refusal(.stepEntered(step: "waiting-for-part", pause: "part")) == nil)
        #expect(refusal(.stepEntered(step: "put-aside", pause: "nobody at home")) == nil)
        #expect(refusal(.stepEntered(step: "waiting-for-part", pause: nil)) == .reasonMissing(step: "waiting-for-part"))
        #expect(refusal(.stepEntered(step: "put-aside", pause: " ")) == .reasonMissing(step: "put-aside"))
        #expect(refusal(.stepEntered(step: "repair", pause: "tired")) == .doesNotPause(step: "repair"))
        #expect(
            refusal(.stepEntered(step: "waiting-for-part", pause: "tired"))
                == .reasonUnknown(reason: "tired", allowed: ["part", "customer"]))
        #expect(
            refusal(.stepEntered(step: "put-aside", pause: String(repeating: "长", count: 501)))
                == .reasonTooLong(limit: 500))
    }

    @Test func `refuse what cannot be, with a code and words in both languages`() throws {
        let solved = try Sample.clocks([("03-02 11:30", .solved)])
        let closed = try Sample.clocks([("03-02 11:30", .closed)])
        let (from, to) = (Sample.at("03-02 16:00"), Sample.at("03-02 14:00"))
        let found: [ClockRefusal?] = [
            refusal(Sample.opening().fact), refusal(.reopened), refusal(.solved, at: "03-02 11:40", on: solved),
            refusal(.staffSpoke, at: "03-02 11:40", on: closed), refusal(.accepted), refusal(.arrived),
            refusal(.appointmentAgreed(from: from, to: to)), refusal(.staffSpoke, at: "03-02 10:59"),
            refusal(.fired(timer: .solution, run: 1, point: .due)),
            refusal(.stepEntered(step: "put-aside", pause: nil)),
        ]
        let refusals = found.compactMap { $0 }
        #expect(refusals.count == found.count)
        #expect(Set(refusals.map(\.code)).count == refusals.count)
        for refusal in refusals {
            #expect(refusal.code.hasPrefix("clock."))
            #expect(refusal.words(in: .chinese).contains { $0 > "一" })
            #expect(refusal.words(in: .english).allSatisfy { $0 < "一" })
        }
        #expect(refusal(.reopened, at: "03-02 11:40", on: closed) == nil)
    }
}

extension WorkingTime {
    func text(_ instant: Date) -> String {
        do { return try localText(at: instant) } catch { return "\(error)" }
    }
}
