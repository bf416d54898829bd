import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Testing

private let shanghai = TimeZone(identifier: "Asia/Shanghai")!
private let berlin = TimeZone(identifier: "Europe/Berlin")!

private func at(_ text: String) -> Date { WireJSON.date(from: text)! }
private func span(_ start: String, _ end: String) -> Span { Span(at(start), at(end))! }

@Suite struct `A shift` {
    @Test(arguments: ["08:30-12:00 13:30-17:30", "22:00-06:00", "00:00-24:00", "18:00-22:00 23:00-02:00"])
    func `is written as it is read`(text: String) throws {
        #expect(try #require(ShiftHours(text)).text == text)
    }

    @Test(arguments: [
        "", "8:30-12:00", "12:00", "13:00-17:00 08:00-12:00", "22:00-06:00 05:00-07:00", "25:00-26:00",
        "08:00-10:00 09:00-12:00", "aa:bb-cc:dd",
    ])
    func `is refused when it cannot be meant`(text: String) {
        #expect(ShiftHours(text) == nil)
    }

    @Test func `over midnight ends on the next day`() throws {
        let night = try #require(ShiftHours("22:00-06:00"))
        #expect(
            night.spans(on: LocalDay("2026-12-31")!, in: shanghai)
                == [span("2026-12-31T14:00:00Z", "2026-12-31T22:00:00Z")])
    }

    @Test func `has the hours that the clocks leave it on the day they are changed`() throws {
        let night = try #require(ShiftHours("22:00-06:00"))
        let length = { (day: String) -> TimeInterval in
            night.spans(on: LocalDay(day)!, in: berlin).reduce(0) { $0 + $1.end.timeIntervalSince($1.start) }
        }
        #expect(length("2026-03-28") == 7 * 3600)
        #expect(length("2026-10-24") == 9 * 3600)
        #expect(length("2026-11-24") == 8 * 3600)
    }
}

@Suite struct `A day of the calendar` {
    @Test(arguments: ["2026-02-29", "2026-13-01", "2026-1-1", "0000-01-01", "2026-01-32", "20260101", "２０２６-01-01"])
    func `is refused when there is none`(text: String) {
        #expect(LocalDay(text) == nil)
    }

    @Test func `is followed by the next, over months and leap years`() {
        #expect(LocalDay("2028-02-28")?.next?.text == "2028-02-29")
        #expect(LocalDay("2026-12-31")?.next?.text == "2027-01-01")
        #expect(LocalDay(at("2026-11-22T18:00:00Z"), in: shanghai)?.text == "2026-11-23")
    }
}

@Suite struct `Being available` {
    @Test func `is shifts and duties without leave`() throws {
        let day = try #require(LocalDay("2026-11-23"))
        let hours = try #require(ShiftHours("08:00-12:00 13:00-17:00"))
        let free = Availability.spans(
            shifts: [(day, hours)], duties: [span("2026-11-23T16:00:00+08:00", "2026-11-23T20:00:00+08:00")],
            leaves: [span("2026-11-23T10:00:00+08:00", "2026-11-23T14:00:00+08:00")], zone: shanghai,
            within: span("2026-11-23T00:00:00+08:00", "2026-11-23T19:00:00+08:00"))
        #expect(
            free == [
                span("2026-11-23T08:00:00+08:00", "2026-11-23T10:00:00+08:00"),
                span("2026-11-23T14:00:00+08:00", "2026-11-23T19:00:00+08:00"),
            ])
    }

    @Test func `never comes from leave, whatever overlaps`() {
        var random = SystemRandomNumberGenerator()
        let base = at("2026-01-01T00:00:00Z")
        func some() -> [Span] {
            (0..<6).compactMap { _ in
                let start = Int.random(in: 0..<100, using: &random)
                return Span(
                    base.addingTimeInterval(Double(start)),
                    base.addingTimeInterval(Double(start + Int.random(in: 1..<30, using: &random))))
            }
        }
        for _ in 0..<500 {
            let (work, away) = (some(), some())
            let left = Span.subtracting(away, from: work)
            for second in 0..<140 {
                let moment = base.addingTimeInterval(Double(second) + 0.5)
                let expected = work.contains { $0.contains(moment) } && !away.contains { $0.contains(moment) }
                #expect(left.contains { $0.contains(moment) } == expected)
            }
        }
    }
}

@Suite struct `A leave` {
    private let now = at("2026-11-22T08:00:00Z")
    private let days = span("2026-11-25T00:00:00Z", "2026-11-28T00:00:00Z")

    private func request(
        _ draft: LeaveRule.Draft? = nil, for staff: StaffProfile = People.staff(1), deputy: StaffProfile? = nil,
        taken: [Span] = [], deputyAway: [Span] = [], by actor: Authority = People.actor(.engineer)
    ) throws -> Leave {
        try LeaveRule.request(
            draft ?? .init(kind: "annual", start: days.start, end: days.end, reason: nil), id: ID(UUID()), for: staff,
            deputy: deputy, taken: taken, deputyAway: deputyAway, by: actor, now: now)
    }

    @Test func `is asked for by oneself, or entered by who plans`() throws {
        #expect(try request().state == .requested)
        #expect(try request(for: People.staff(5), by: People.actor(.manager)).staff.id == People.id(5))
        #expect(throws: PeopleRefusal.self) { try request(for: People.staff(5)) }
        #expect(throws: PeopleRefusal.otherDepartment) {
            try request(for: People.staff(5, of: "beijing"), by: People.actor(.manager))
        }
    }

    @Test func `does not overlap another, and is not deputised by somebody who is away`() {
        #expect(throws: PeopleRefusal.leaveOverlaps) {
            try request(taken: [span("2026-11-27T23:00:00Z", "2026-11-29T00:00:00Z")])
        }
        #expect(throws: Never.self) { try request(taken: [span("2026-11-28T00:00:00Z", "2026-11-29T00:00:00Z")]) }
        #expect(throws: PeopleRefusal.deputyAway) { try request(deputy: People.staff(1)) }
        #expect(throws: PeopleRefusal.deputyAway) { try request(deputy: People.staff(5), deputyAway: [days]) }
    }

    @Test func `says which field is wrong`() {
        let error = #expect(throws: InvalidInput.self) {
            try request(.init(kind: "moon", start: days.end, end: days.start, reason: nil))
        }
        #expect(error?.faults.map(\.field) == ["/kind", "/until"])
    }

    /// Every pair of state and step, by somebody who may decide.
    @Test func `moves only where a step leads`() throws {
        let allowed: [Leave.State: Set<Leave.Step>] = [
            .requested: [.approve, .reject, .withdraw], .approved: [.withdraw], .rejected: [], .withdrawn: [],
        ]
        for state in Leave.State.allCases {
            for step in Leave.Step.allCases {
                var leave = try request()
                leave.state = state
                let manager = People.actor(.manager, number: 7)
                if allowed[state]?.contains(step) == true {
                    #expect(throws: Never.self) {
                        try LeaveRule.decide(leave, step, by: manager, note: nil, expectedVersion: 1, now: now)
                    }
                } else {
                    #expect(throws: PeopleRefusal.leaveDecided) {
                        try LeaveRule.decide(leave, step, by: manager, note: nil, expectedVersion: 1, now: now)
                    }
                }
            }
        }
    }

    @Test func `is decided by somebody else who may`() throws {
        let leave = try request()
        func decide(_ actor: Authority, _ step: Leave.Step = .approve, version: Int64? = nil) throws -> Leave {
            try LeaveRule.decide(leave, step, by: actor, note: nil, expectedVersion: version, now: now)
        }
        #expect(throws: PeopleRefusal.ownLeave) { try decide(People.actor(.manager)) }
        #expect(throws: PeopleRefusal.otherDepartment) { try decide(People.actor(.manager, of: "beijing", number: 7)) }
        #expect(throws: PeopleRefusal.self) { try decide(People.actor(.engineer, number: 7)) }
        #expect(throws: PeopleRefusal.stale(version: 1)) { try decide(People.actor(.manager, number: 7), version: 9) }
        #expect(try decide(People.actor(.manager, of: "service", number: 7)).decidedBy?.id == People.id(7))
        #expect(try decide(People.actor(.engineer), .withdraw).state == .withdrawn)
    }

    @Test func `that has begun is not taken back`() throws {
        var leave = try request()
        leave.state = .approved
        #expect(throws: PeopleRefusal.leaveStarted) {
            try LeaveRule.decide(
                leave, .withdraw, by: People.actor(.engineer), note: nil, expectedVersion: nil, now: days.start)
        }
    }
}

@Suite struct `The duty roster` {
    private let now = at("2026-11-22T08:00:00Z")
    private let night = span("2026-11-22T12:00:00Z", "2026-11-23T00:00:00Z")

    private func add(
        away: [Span] = [], busy: [Span] = [], by actor: Authority = People.actor(.manager), now: Date? = nil,
        staff: StaffProfile = People.staff(5)
    ) throws -> Duty {
        try DutyRoster.add(
            .init(department: "shanghai", post: "hotline", rank: nil, start: night.start, end: night.end, note: nil),
            id: ID(UUID()), for: staff, departments: People.tree.codes, away: away, busy: busy, by: actor,
            now: now ?? self.now)
    }

    @Test func `is made by the service manager for his departments`() throws {
        #expect(try add().rank == 1)
        #expect(throws: PeopleRefusal.self) { try add(by: People.actor(.engineer)) }
        #expect(throws: PeopleRefusal.otherDepartment) { try add(by: People.actor(.manager, of: "beijing")) }
        #expect(throws: PeopleRefusal.otherDepartment) { try add(staff: People.staff(5, of: "rnd")) }
        #expect(throws: PeopleRefusal.unknownStaff) { try add(staff: People.staff(5, isActive: false)) }
    }

    @Test func `puts nobody on duty who is away or on duty, nor afterwards`() {
        #expect(throws: PeopleRefusal.onLeave) { try add(away: [night]) }
        #expect(throws: PeopleRefusal.dutyOverlaps) {
            try add(busy: [span("2026-11-22T23:00:00Z", "2026-11-23T02:00:00Z")])
        }
        #expect(throws: PeopleRefusal.dutyOver) { try add(now: night.end) }
    }
}

@Suite struct `A territory` {
    private func territory(_ code: String, _ regions: [String], _ places: [String] = [], isActive: Bool = true)
        -> Territory
    {
        Territory(
            code: code, name: Phrase(zh: code, en: code), regions: regions, places: places, departments: ["shanghai"],
            isActive: isActive)
    }

    @Test func `is found by the longest division code, else by the longest name in the address`() {
        let all = [
            territory("east", ["31", "32"], ["上海"]), territory("pudong", ["310115"], ["浦东新区"]),
            territory("closed", ["310115"], ["浦东新区陆家嘴"], isActive: false),
        ]
        func serving(_ region: String?, _ address: String?) -> String? {
            Territory.serving(region: region, address: address, among: all)?.code
        }
        #expect(serving("310115", nil) == "pudong")
        #expect(serving("310101", "浦东新区") == "east")
        #expect(serving(nil, "上海市浦东新区陆家嘴环路1号") == "pudong")
        #expect(serving("999999", "上海市黄浦区") == "east")
        #expect(serving(nil, "广州市") == nil)
        #expect(serving(nil, nil) == nil)
    }
}
