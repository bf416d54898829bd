import BusinessTime
import DispatcherDomain
import Foundation
import Testing

@Suite struct `A deadline` {
    typealias Sample = SLASample

    @Test func `counts working time from the opening`() throws {
        let clocks = try Sample.clocks([])
        #expect(clocks.run(.solution, 1)?.dueAt == Sample.at("03-03 11:30"))
        #expect(clocks.run(.firstResponse, 1)?.dueAt == Sample.at("03-02 12:00"))
    }

    @Test func `is set by the first row that fits the work and names the timer`() throws {
        let clocks = try Sample.clocks(Sample.opening(Sample.critical), [])
        #expect(clocks.run(.solution, 1)?.dueAt == Sample.at("03-02 14:30"))
        #expect(clocks.run(.firstResponse, 1)?.dueAt == Sample.at("03-02 11:15"))
        #expect(clocks.run(.firstResponse, 1)?.basis?.row == 1)
        // The row of the level says nothing on answers, so the last row does.
        let answered = try Sample.clocks(
            Sample.opening(Sample.critical), [("03-02 11:05", .staffSpoke), ("03-02 11:10", .customerSpoke)])
        #expect(answered.run(.nextResponse, 1)?.basis?.row == 4)
    }

    @Test func `is moved by the pauses of declared steps, by their working time only`() throws {
        let paused = ClockFact.stepEntered(step: "waiting-for-part", pause: "part")
        let resumed = ClockFact.stepEntered(step: "repair", pause: nil)
        let inside = try Sample.clocks([("03-02 14:00", paused), ("03-02 15:00", resumed)])
        #expect(inside.run(.solution, 1)?.dueAt == Sample.at("03-03 14:00"))
    }

    @Test func `of a paused clock is unknown, and that of the first answer is not`() throws {
        let clocks = try Sample.clocks([("03-02 11:30", .stepEntered(step: "put-aside", pause: "no key"))])
        #expect(clocks.run(.solution, 1)?.standing == .paused)
        #expect(clocks.run(.firstResponse, 1)?.dueAt == Sample.at("03-02 12:00"))
        #expect(clocks.pause?.reason == "no key")
        #expect(clocks.deadlines.isEmpty)
    }

    @Test func `is not touched by a pause outside the hours`() throws {
        let clocks = try Sample.clocks([
            ("03-02 19:00", .stepEntered(step: "put-aside", pause: "night")),
            ("03-03 08:00", .stepEntered(step: "repair", pause: nil)),
        ])
        #expect(clocks.run(.solution, 1)?.dueAt == Sample.at("03-03 11:30"))
    }

    @Test func `that was reached before a pause stays`() throws {
        let clocks = try Sample.clocks([
            ("03-03 11:30", .stepEntered(step: "put-aside", pause: "late")),
            ("03-03 16:00", .stepEntered(step: "repair", pause: nil)),
        ])
        #expect(clocks.run(.solution, 1)?.dueAt == Sample.at("03-03 11:30"))
    }

    @Test func `in working days is the closing of the last, and pauses are added`() throws {
        let project = Classification(level: "normal", severity: "normal", kind: "project")
        let opening = Sample.opening(project, at: "03-02 15:00")
        #expect(try Sample.clocks(opening, []).run(.solution, 1)?.dueAt == Sample.at("03-11 18:00"))
        let paused = try Sample.clocks(
            opening,
            [
                ("03-03 09:00", .stepEntered(step: "put-aside", pause: "wait")),
                ("03-03 11:00", .stepEntered(step: "repair", pause: nil)),
            ])
        #expect(paused.run(.solution, 1)?.dueAt == Sample.at("03-12 11:00"))
    }

    @Test func `in days moves to a working day, and is counted from a later start after a pause`() throws {
        // Sunday, 8 March + 7 is a Sunday again.
        let opening = Sample.opening(
            Classification(level: "normal", severity: "normal", kind: "first-visit"), at: "03-08 10:00")
        let clocks = try Sample.clocks(opening, [])
        #expect(clocks.run(.solution, 1)?.dueAt == Sample.at("03-16 18:00"))
        #expect(clocks.deadlines.first { $0.point == .before(30) }?.at == Sample.at("03-16 17:30"))
        let paused = try Sample.clocks(
            opening,
            [
                ("03-10 09:00", .stepEntered(step: "put-aside", pause: "wait")),
                ("03-12 09:00", .stepEntered(step: "repair", pause: nil)),
            ])
        #expect(paused.run(.solution, 1)?.dueAt == Sample.at("03-17 18:00"))
    }

    @Test func `in a year that is not covered is refused or provisional, and never stops the work`() throws {
        let refused = try Sample.clocks(Sample.opening(at: "12-31 16:00"), [("12-31 17:00", .staffSpoke)])
        let fault = CalendarFault.yearNotCovered(year: 2027, calendar: CalendarRef(key: "cn", version: 1))
        #expect(refused.run(.solution, 1)?.standing == .unknown(because: fault))
        let flagged = try Sample.clocks(Sample.opening(calendar: 4, at: "12-31 16:00"), [])
        #expect(flagged.deadlines.filter { $0.timer == .solution }.allSatisfy { $0.uncoveredYears == [2027] })
        #expect(flagged.deadlines.filter { $0.timer == .solution }.count == 4)
    }
}

@Suite struct `The timers` {
    typealias Sample = SLASample

    @Test func `of answers: the oldest unanswered word counts`() throws {
        let clocks = try Sample.clocks([
            ("03-02 11:10", .customerSpoke), ("03-02 11:30", .staffSpoke), ("03-02 14:00", .customerSpoke),
            ("03-02 15:30", .customerSpoke),
        ])
        #expect(clocks.run(.firstResponse, 1)?.verdict?.isMet == true)
        #expect(clocks.run(.nextResponse, 1)?.dueAt == Sample.at("03-02 16:00"))
        #expect(clocks.run(.nextResponse, 2) == nil)
        let answered = try Sample.clocks([
            ("03-02 11:30", .staffSpoke), ("03-02 14:00", .customerSpoke), ("03-02 16:30", .staffSpoke),
            ("03-02 17:00", .customerSpoke),
        ])
        #expect(answered.run(.nextResponse, 1)?.verdict == .init(isMet: false, elapsed: 9000, late: 1800))
        #expect(answered.run(.nextResponse, 2)?.dueAt == Sample.at("03-03 10:00"))
    }

    @Test func `of updates run from word to word of staff until it is solved`() throws {
        let clocks = try Sample.clocks([
            ("03-02 11:30", .staffSpoke), ("03-03 11:30", .staffSpoke), ("03-03 12:00", .solved),
        ])
        #expect(clocks.run(.update, 1)?.verdict?.isMet == true)
        #expect(clocks.run(.update, 1)?.verdict?.elapsed == 27000)
        #expect(clocks.run(.update, 2)?.isRunning == false)
        #expect(clocks.run(.update, 2)?.verdict == nil)
    }

    @Test func `of a group run from the assignment, by their own limit`() throws {
        let clocks = try Sample.clocks([
            ("03-02 14:00", .assigned(group: "first")), ("03-02 15:00", .assigned(group: "second")),
        ])
        #expect(clocks.run(.group("first"), 1)?.verdict == .init(isMet: true, elapsed: 3600, late: 0))
        #expect(clocks.run(.group("second"), 1)?.dueAt == Sample.at("03-03 10:00"))
    }

    @Test func `of a step run as long as the work stands in it, each time anew`() throws {
        let clocks = try Sample.clocks([
            ("03-02 14:00", .stepEntered(step: "diagnose", pause: nil)),
            ("03-02 15:30", .stepEntered(step: "repair", pause: nil)),
            ("03-02 16:00", .stepEntered(step: "diagnose", pause: nil)),
        ])
        #expect(clocks.run(.step("diagnose"), 1)?.verdict == .init(isMet: false, elapsed: 5400, late: 1800))
        #expect(clocks.run(.step("diagnose"), 2)?.dueAt == Sample.at("03-02 17:00"))
        #expect(clocks.run(.step("repair"), 1)?.basis == nil)
    }

    @Test func `of an offer run by the wall clock, and a refusal in time is no breach`() throws {
        let clocks = try Sample.clocks([
            ("03-02 12:10", .offered), ("03-02 12:12", .offerEnded), ("03-02 12:13", .offered),
            ("03-02 12:20", .offerEnded),
            ("03-02 12:30", .offered), ("03-02 12:34", .accepted),
        ])
        #expect(clocks.run(.acceptance, 1)?.verdict == nil)
        #expect(clocks.run(.acceptance, 2)?.verdict == .init(isMet: false, elapsed: 420, late: 120))
        #expect(clocks.run(.acceptance, 3)?.verdict == .init(isMet: true, elapsed: 240, late: 0))
    }

    @Test func `of an arrival follow the window agreed, and its change`() throws {
        let first = ClockFact.appointmentAgreed(from: Sample.at("03-03 14:00"), to: Sample.at("03-03 16:00"))
        let later = ClockFact.appointmentAgreed(from: Sample.at("03-04 09:00"), to: Sample.at("03-04 10:00"))
        let agreed = try Sample.clocks([("03-02 12:00", first)])
        #expect(agreed.run(.arrival, 1)?.dueAt == Sample.at("03-03 16:15"))
        #expect(agreed.deadlines.first { $0.timer == .arrival }?.at == Sample.at("03-03 15:45"))
        let moved = try Sample.clocks([("03-02 12:00", first), ("03-03 13:00", later), ("03-04 10:10", .arrived)])
        #expect(moved.run(.arrival, 1)?.verdict?.isMet == true)
        #expect(moved.run(.arrival, 2) == nil)
    }

    @Test func `of the solution start again when it is reopened, and the verdict stays`() throws {
        let clocks = try Sample.clocks([
            ("03-02 14:00", .solved), ("03-02 14:10", .closed), ("03-04 09:00", .reopened),
            ("03-04 09:30", .policyChanged(to: PolicyRef(key: "standard", version: 2))),
        ])
        #expect(clocks.run(.solution, 1)?.verdict == .init(isMet: true, elapsed: 5400, late: 0))
        #expect(clocks.run(.solution, 1)?.basis?.policy.version == 1)
        #expect(clocks.run(.solution, 2)?.dueAt == Sample.at("03-04 14:30"))
        #expect(clocks.run(.firstResponse, 2) == nil)
    }

    @Test func `end with the work`() throws {
        let clocks = try Sample.clocks([
            ("03-02 14:00", .stepEntered(step: "diagnose", pause: nil)), ("03-02 14:00", .assigned(group: "first")),
            ("03-02 14:00", .offered), ("03-02 14:30", .closed),
        ])
        #expect(clocks.runs.allSatisfy { !$0.isRunning })
        #expect(clocks.deadlines.isEmpty)
        #expect(clocks.run(.acceptance, 1)?.verdict?.late == 1500)
        #expect(clocks.run(.firstResponse, 1)?.verdict?.isMet == false)
    }
}
