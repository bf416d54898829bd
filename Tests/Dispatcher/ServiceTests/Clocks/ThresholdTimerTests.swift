import BusinessTime
import DispatcherDomain
import Foundation
import Kernel
import Messaging
import Postgres
import TestSupport
import ServiceKit
import Contracts
import Testing

@testable import DispatcherService

@Suite struct `A threshold` {
    @Test func `is passed to the process when its time has come, once, with two instances at work`() async throws {
        try await withClocks { stand in
            var ids: [ID<WorkOrder>] = []
            for number in 1...20 { ids.append(try await stand.open(number)) }
            let all = ids
            try await stand.withTimers(2) {
                try await stand.advance(2 * 3600 + 60)
                try await eventually("half of the time is gone for all") { stand.passed.count == 20 }
                #expect(Set(stand.passed) == ["solution 50%"])
                #expect(all.allSatisfy { stand.step($0) == "first" })
                try await stand.advance(2 * 3600)
                try await eventually("all of it is") { stand.passed.count == 40 }
                #expect(all.allSatisfy { stand.step($0) == "second" })
                try await stand.advance(24 * 3600)
                try await eventually("nothing is left to fire") {
                    try await stand.pool.query(
                        "select 1 as one from dispatch.timer where kind = 'sla' and fired_at is null and cancelled_at is null"
                    ).isEmpty
                }
            }
            #expect(stand.passed.count == 40)
            for id in all {
                let (stored, replayed) = try await stand.deadlines(id)
                #expect(stored == replayed)
            }
        }
    }

    @Test func `comes in its turn when time has leapt over several`() async throws {
        try await withClocks { stand in
            let id = try await stand.open()
            try await stand.withTimers {
                try await stand.advance(2 * 86_400)
                try await eventually("both have come") { stand.passed.count == 2 }
            }
            #expect(stand.passed == ["solution 50%", "solution 100%"])
            #expect(stand.step(id) == "second")
        }
    }

    @Test func `of a policy reminds, and takes the actions of the process`() async throws {
        try await withClocks { stand in
            let policies = KeepPolicies(desk: PeopleDesk(pool: stand.pool, outbox: stand.outbox))
            _ = try await policies.put(
                .one(
                    "quick", .firstResponse, 30,
                    thresholds: [
                        .init(at: .before(10), actions: [.remind(["owner", "manager"])]),
                        .init(at: .due, actions: [.nextLevel]),
                    ]), department: "service", expectedVersion: 0, note: nil, for: .operators)
            _ = try await policies.agree(
                ServiceAgreement(department: "service", customer: nil, calendar: nil, policy: "quick", version: 1),
                expectedVersion: 1, for: .operators)
            let id = try await stand.open()
            try await stand.withTimers {
                try await stand.advance(21 * 60)
                try await eventually("the warning has come") { stand.passed == ["firstResponse -10m"] }
                try await stand.advance(10 * 60)
                try await eventually("the deadline has") { stand.passed.count == 2 }
            }
            #expect(stand.passed.last == "firstResponse due")
            #expect(stand.step(id) == "second")
        }
    }

    @Test func `comes again only when its deadline moves forward`() async throws {
        try await withClocks { stand in
            let policies = KeepPolicies(desk: PeopleDesk(pool: stand.pool, outbox: stand.outbox))
            @Sendable func put(_ minutes: Int, _ version: Int) async throws {
                _ = try await policies.put(
                    .one("p", .clock("solution"), minutes), department: "service", expectedVersion: version, note: nil,
                    for: .operators)
            }
            try await put(100, 0)
            _ = try await policies.agree(
                ServiceAgreement(department: "service", customer: nil, calendar: nil, policy: "p", version: 1),
                expectedVersion: 1, for: .operators)
            let id = try await stand.open()
            try await stand.withTimers {
                try await stand.advance(60 * 60)
                try await eventually("half has come") { stand.passed == ["solution 50%"] }
                // An earlier deadline: half of it lies before what has fired.
                try await put(90, 1)
                try await eventually("the clocks go over to it") {
                    try await stand.present(id).policy == PolicyRef(key: "p", version: 2)
                }
                #expect(stand.passed == ["solution 50%"])
                try await put(300, 2)
                try await eventually("and to a later one") {
                    try await stand.present(id).policy == PolicyRef(key: "p", version: 3)
                }
                try await stand.advance(95 * 60)
                try await eventually("half has come again") { stand.passed == ["solution 50%", "solution 50%"] }
            }
            let (stored, replayed) = try await stand.deadlines(id)
            #expect(stored == replayed)
        }
    }

    @Test func `waits when somebody else is changing the work, and does not hold him up`() async throws {
        try await withClocks { stand in
            let id = try await stand.open()
            let gate = AsyncStream<Void>.makeStream()
            try await stand.withTimers {
                async let held: Void = stand.unit { unit in
                    try await unit.transaction.query(
                        "select 1 as one from dispatch.work_order where id = \(id.value) for update")
                    try await stand.advance(2 * 3600 + 60)
                    for await _ in gate.stream { break }
                    // What he does last is what a timer does first.
                    try await unit.setTimer(kind: KeepClocks.timerKind, subject: id.value, dueAt: unit.now + 3600)
                }
                try await eventually("the timer was put off") {
                    try await stand.pool.query(
                        "select 1 as one from dispatch.timer where kind = 'sla' and generation > 1"
                    ).count > 0
                }
                #expect(stand.passed.isEmpty)
                gate.continuation.yield()
                try await held
                try await eventually("it has fired") { stand.passed == ["solution 50%"] }
            }
        }
    }
}

@Suite struct `Another version of a calendar` {
    @Test func `moves the deadlines of running clocks, pauses kept, and not those of ended ones`() async throws {
        try await withClocks { stand in
            let desk = PeopleDesk(pool: stand.pool, outbox: stand.outbox)
            let policies = KeepPolicies(desk: desk)
            _ = try await policies.put(
                .one("p", .clock("solution"), 600, calendar: "department"), department: "service", expectedVersion: 0,
                note: nil, for: .operators)
            _ = try await policies.agree(
                ServiceAgreement(department: "service", customer: nil, calendar: "office", policy: "p", version: 1),
                expectedVersion: 1, for: .operators)
            let (running, ended) = (try await stand.open(1), try await stand.open(2))
            try await stand.act("finish", ended)
            try await stand.act("wait", running)
            try await stand.advance(3 * 3600)
            try await stand.act("resume", running)
            let endedBefore = try await stand.present(ended)
            try await stand.withTimers {
                let calendars = KeepCalendars(desk: desk)
                let present = try #require(try await calendars.find("office", version: nil, for: .operators)?.calendar)
                let always = WorkCalendar(
                    key: "office", version: 1, title: present.title, timeZone: present.timeZone,
                    weekly: Dictionary(uniqueKeysWithValues: Weekday.allCases.map { ($0, [.wholeDay]) }),
                    covers: .everyYear)
                _ = try await calendars.put(
                    always, department: "service", expectedVersion: 1, note: "全天", for: .operators)
                try await eventually("the clocks go over to it") {
                    try await stand.present(running).calendars == [CalendarRef(key: "office", version: 2)]
                }
            }
            let clocks = try await stand.present(running)
            let run = try #require(clocks.run(.clock("solution"), 1))
            let pause = try #require(clocks.pauses.first)
            let paused = try #require(pause.to).timeIntervalSince(pause.from)
            #expect(run.dueAt == run.startedAt + 600 * 60 + paused)
            #expect(try await stand.timer(running).count == 1)
            let endedAfter = try await stand.present(ended)
            #expect(endedAfter.run(.clock("solution"), 1) == endedBefore.run(.clock("solution"), 1))
            for id in [running, ended] {
                let (stored, replayed) = try await stand.deadlines(id)
                #expect(stored == replayed)
            }
        }
    }
}
