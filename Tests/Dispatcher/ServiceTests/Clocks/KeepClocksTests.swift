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

@Suite struct `The clocks of a work order` {
    @Test func `start with it, by the process's own limit where no policy says another`() async throws {
        try await withClocks { stand in
            let id = try await stand.open()
            let clocks = try await stand.present(id)
            let run = try #require(clocks.run(.clock("solution"), 1))
            #expect(run.dueAt == run.startedAt + 4 * 3600)
            #expect(run.basis?.policy == PolicyRef(key: "process:clocked", version: 1))
            #expect(clocks.ownCalendar == "office")
            // In place of the promise of the same sense.
            #expect(clocks.run(.solution, 1)?.basis == nil)
        }
    }

    @Test func `are counted by the policy that was agreed for the customer, the department, or one above`() async throws
    {
        try await withClocks { stand in
            let customer = UUID()
            let policies = KeepPolicies(desk: PeopleDesk(pool: stand.pool, outbox: stand.outbox))
            for (key, minutes) in [("standard", 120), ("gold", 60), ("shanghai", 90)] {
                _ = try await policies.put(
                    .one(key, .solution, minutes), department: "service", expectedVersion: 0, note: nil,
                    for: .operators)
            }
            for (department, customer, policy, version) in [
                ("service", nil, "standard", 1), ("service", customer, "gold", 0), ("shanghai", nil, "shanghai", 0),
            ] as [(String, UUID?, String, Int64)] {
                _ = try await policies.agree(
                    ServiceAgreement(
                        department: department, customer: customer, calendar: nil, policy: policy, version: 1),
                    expectedVersion: version, for: .operators)
            }
            func minutes(_ number: Int, _ department: String, _ customer: UUID?) async throws -> Double {
                let id = try await stand.open(number, department: department, customer: customer)
                let run = try #require(try await stand.present(id).run(.clock("solution"), 1))
                return try #require(run.dueAt).timeIntervalSince(run.startedAt) / 60
            }
            #expect(try await minutes(1, "service", nil) == 120)
            #expect(try await minutes(2, "shanghai", nil) == 90)
            #expect(try await minutes(3, "beijing", nil) == 120)
            #expect(try await minutes(4, "beijing", customer) == 60)
            #expect(try await minutes(5, "rnd", customer) == 240)
        }
    }

    @Test func `give the stored deadlines byte for byte when their events are folded again`() async throws {
        try await withClocks { stand in
            let id = try await stand.open()
            for action in ["wait", "resume", "finish", "again", "wait", "resume"] {
                try await stand.advance(700)
                try await stand.act(action, id)
                let (stored, replayed) = try await stand.deadlines(id)
                #expect(stored == replayed)
            }
            try await stand.note(.classified(as: Classification(level: "vip", severity: "high", kind: "repair")), id)
            let (stored, replayed) = try await stand.deadlines(id)
            #expect(stored == replayed)
            #expect(stored?.contains("clock:solution") == true)
        }
    }

    @Test func `run by the demo's calendar and policy once these are filled in, and a second time changes nothing`()
        async throws
    {
        try await withClocks { stand in
            for _ in 1...2 { try await DispatcherDemo.fillServiceLevels(stand.pool) }
            let id = try await stand.open(level: "gold", severity: "critical")
            let run = try #require(try await stand.present(id).run(.clock("solution"), 1))
            #expect(run.basis?.policy == PolicyRef(key: "standard", version: 1))
            #expect(run.dueAt == run.startedAt + 4 * 3600)
            #expect(try await stand.present(id).calendars == [CalendarRef(key: "office", version: 2)])
        }
    }

    @Test func `cannot be rewritten by the service or anybody`() async throws {
        try await withClocks { stand in
            _ = try await stand.open()
            for table in ["clock_event", "calendar_version", "sla_policy_version"] {
                for sql: SQL in ["delete from dispatch.\(unescaped: table)", "truncate dispatch.\(unescaped: table)"] {
                    await #expect(throws: PostgresError.self) { try await stand.pool.query(sql) }
                }
            }
            await #expect(throws: PostgresError.self) {
                try await stand.pool.query("update dispatch.clock_event set fact = '{}'")
            }
        }
    }

    @Test func `stand still in a step that pauses them, and go on with the rest`() async throws {
        try await withClocks { stand in
            let id = try await stand.open()
            let before = try #require(try await stand.present(id).run(.clock("solution"), 1)?.dueAt)
            try await stand.advance(600)
            try await stand.act("wait", id)
            #expect(try await stand.present(id).run(.clock("solution"), 1)?.standing == .paused)
            #expect(try await stand.timer(id).isEmpty)
            try await stand.advance(5000)
            try await stand.act("resume", id)
            let clocks = try await stand.present(id)
            let pause = try #require(clocks.pauses.last)
            let paused = try #require(pause.to).timeIntervalSince(pause.from)
            #expect(paused >= 5000)
            #expect(clocks.run(.clock("solution"), 1)?.dueAt == before + paused)
        }
    }

    @Test func `have one timer, for the next threshold only`() async throws {
        try await withClocks { stand in
            let id = try await stand.open()
            let run = try #require(try await stand.present(id).run(.clock("solution"), 1))
            #expect(try await stand.timer(id) == [run.startedAt + 2 * 3600])
            try await stand.act("finish", id)
            #expect(try await stand.timer(id).isEmpty)
        }
    }

    @Test func `end with the work, and have run twice after a rework`() async throws {
        try await withClocks { stand in
            let id = try await stand.open()
            try await stand.act("finish", id)
            try await stand.advance(100)
            try await stand.act("again", id)
            try await stand.advance(5 * 3600)
            try await stand.act("finish", id)
            try await stand.act("close", id)
            let clocks = try await stand.present(id)
            #expect(clocks.isClosed)
            #expect(clocks.runs.allSatisfy { !$0.isRunning })
            #expect(clocks.run(.clock("solution"), 1)?.verdict?.isMet == true)
            #expect(clocks.run(.clock("solution"), 2)?.verdict?.isMet == false)
        }
    }

    @Test func `refuse what cannot be, and are left as they were`() async throws {
        try await withClocks { stand in
            let id = try await stand.open()
            await #expect(throws: ClockRefusal.noAppointment) { try await stand.note(.arrived, id) }
            try await stand.note(.customerSpoke, id)
            let events = try await stand.pool.query("select count(*) from dispatch.clock_event")[0].decode(Int.self)
            let stored = try await stand.pool.query("select events from dispatch.work_clocks")[0].decode(Int.self)
            #expect(events == stored)
        }
    }
}

extension SLAPolicy {
    /// A policy with one limit, by the wall clock.
    static func one(
        _ key: String, _ timer: SLATimer, _ minutes: Int, calendar: String = "wall-clock",
        thresholds: [SLATarget.Threshold] = []
    ) -> SLAPolicy {
        SLAPolicy(
            key: key, version: 1, title: ["zh": key, "en": key],
            rows: [
                .init(targets: [
                    SLATarget(timer, within: SLALimit(minutes, .minutes), calendar: calendar, thresholds: thresholds)
                ])
            ])
    }
}
