import BusinessTime
import Foundation
import Kernel
import Testing

/// What holds for every calendar, tried on 300 of them.
@Suite struct `Working time` {
    private func everywhere(_ body: (WorkingTime, inout SeededGenerator) throws -> Void) throws {
        for seed in 0..<300 {
            var generator = SeededGenerator(state: UInt64(seed))
            try body(WorkingTime(Sample.anyCalendar(&generator)), &generator)
        }
    }

    @Test func `between a start and the end of an addition is what was added`() throws {
        try everywhere { time, generator in
            let start = Sample.anyInstant(&generator)
            for seconds in [1, 60, 3600, 28800, Int.random(in: 1...2_000_000, using: &generator)] {
                let end = try time.add(seconds, to: start).value
                #expect(try time.between(start, end).value == seconds)
                #expect(try time.between(start, end - 1).value == seconds - 1, "not the earliest such instant")
            }
        }
    }

    @Test func `added later or in a greater amount never ends earlier`() throws {
        try everywhere { time, generator in
            let start = Sample.anyInstant(&generator)
            let later = start + Double(Int.random(in: 0...500_000, using: &generator))
            let seconds = Int.random(in: 0...300_000, using: &generator)
            let end = try time.add(seconds, to: start).value
            #expect(try time.add(seconds, to: later).value >= end)
            #expect(try time.add(seconds + 1, to: start).value > end)
        }
    }

    @Test func `is the sum of its parts`() throws {
        try everywhere { time, generator in
            let points = (0..<3).map { _ in Sample.anyInstant(&generator) }.sorted()
            let parts = try time.between(points[0], points[1]).value + time.between(points[1], points[2]).value
            #expect(try time.between(points[0], points[2]).value == parts)
            #expect(try time.between(points[2], points[0]).value == -parts)
            let (one, two) = (
                Int.random(in: 1...90000, using: &generator), Int.random(in: 1...90000, using: &generator)
            )
            let inSteps = try time.add(two, to: time.add(one, to: points[0]).value).value
            #expect(try time.add(one + two, to: points[0]).value == inSteps)
        }
    }

    @Test func `is the length of the open hours`() throws {
        try everywhere { time, generator in
            let start = Sample.anyInstant(&generator)
            let end = start + Double(Int.random(in: 1...40_000_000, using: &generator))
            let hours = try time.openHours(from: start, to: end, limit: .max).value
            let length = hours.map { Int($0.upperBound.timeIntervalSince($0.lowerBound)) }.reduce(0, +)
            #expect(try time.between(start, end).value == length)
            #expect(zip(hours, hours.dropFirst()).allSatisfy { $0.upperBound < $1.lowerBound })
            for open in hours.prefix(5) {
                #expect(try time.isOpen(at: open.lowerBound).value)
                #expect(try !time.isOpen(at: open.upperBound).value)
                #expect(try time.nextOpening(from: open.lowerBound).value == open.lowerBound)
            }
            #expect(try time.openHours(from: start, to: end, limit: 3).value == Array(hours.prefix(3)))
        }
    }

    @Test func `does not care how a night is written`() throws {
        let one = WorkCalendar(
            key: "night", version: 1, timeZone: "Asia/Shanghai",
            weekly: Sample.week(Weekday.allCases, Sample.hours("22:00-06:00")),
            covers: .everyYear)
        let two = WorkCalendar(
            key: "night", version: 1, timeZone: "Asia/Shanghai",
            weekly: Sample.week(Weekday.allCases, Sample.hours("00:00-06:00", "22:00-24:00")), covers: .everyYear)
        let (night, halves) = (try WorkingTime(one), try WorkingTime(two))
        var generator = SeededGenerator(state: 7)
        for _ in 0..<200 {
            let start = Sample.anyInstant(&generator)
            #expect(try night.add(50_000, to: start) == halves.add(50_000, to: start))
        }
    }

    @Test
    func `of a night that meets a date of its own ends at midnight, and a night that does not start has no morning`()
        throws
    {
        let calendar = WorkCalendar(
            key: "night", version: 1, timeZone: "UTC",
            weekly: Sample.week(Weekday.allCases, Sample.hours("22:00-06:00")),
            dates: [Sample.date("2026-05-05"): .init(hours: [])], covers: .everyYear)
        let open = try WorkingTime(calendar).openHours(
            from: Sample.instant("2026-05-04T12:00:00Z"), to: Sample.instant("2026-05-07T12:00:00Z"), limit: 9
        ).value
        #expect(
            open == [
                Sample.instant("2026-05-04T22:00:00Z")..<Sample.instant("2026-05-05T00:00:00Z"),
                Sample.instant("2026-05-06T22:00:00Z")..<Sample.instant("2026-05-07T06:00:00Z"),
            ])
    }

    @Test func `skips the date that Samoa skipped`() throws {
        let calendar = WorkCalendar(
            key: "apia", version: 1, timeZone: "Pacific/Apia",
            weekly: Sample.week(Weekday.allCases, Sample.hours("09:00-17:00")),
            covers: .everyYear)
        let time = try WorkingTime(calendar)
        // Thursday the 29th, 16:00 at UTC-10; the next date is Saturday the 31st, 09:00 at UTC+14.
        let start = Sample.instant("2011-12-30T02:00:00Z")
        #expect(try time.add(7200, to: start).value == Sample.instant("2011-12-30T20:00:00Z"))
        #expect(try time.addWorkingDays(1, to: start).value == Sample.instant("2011-12-31T03:00:00Z"))
    }

    @Test func `knows every zone's clock as Foundation does`() throws {
        var generator = SeededGenerator(state: 1)
        for name in TimeZone.knownTimeZoneIdentifiers.sorted() where name.contains("/") {
            let zone = try #require(TimeZone(identifier: name))
            let time = try WorkingTime(
                WorkCalendar(
                    key: "z", version: 1, timeZone: name,
                    weekly: Sample.week(Weekday.allCases, Sample.hours("12:00-12:01")),
                    covers: .everyYear))
            for _ in 0..<12 {
                let instant = Date(epoch: .random(in: 0..<2_500_000_000, using: &generator))
                let noon = try time.nextOpening(from: instant).value
                let local = Int(noon.timeIntervalSince1970) + zone.secondsFromGMT(for: noon)
                #expect(local % 86400 / 60 == 720, "\(name) \(noon)")
            }
        }
    }

    @Test func `over ten years is computed within a millisecond in a release build, the first time included`() throws {
        let clock = ContinuousClock()
        let start = Sample.instant("2026-03-02T01:00:00Z")
        var best = Duration.seconds(9)
        for _ in 0..<20 {
            let time = try WorkingTime(Sample.china(covers: .everyYear))
            best = min(best, try clock.measure { _ = try time.add(10 * 250 * 27000, to: start) })
        }
        let time = try WorkingTime(Sample.china(covers: .everyYear))
        _ = try time.add(10 * 250 * 27000, to: start)
        let again = try clock.measure { for _ in 0..<1000 { _ = try time.add(10 * 250 * 27000, to: start) } } / 1000
        let days = try clock.measure { for _ in 0..<100 { _ = try time.addWorkingDays(2500, to: start) } } / 100
        // A debug build is some ten times slower.
        #if !DEBUG
            #expect(best < .milliseconds(1))
            #expect(again < .microseconds(50))
            #expect(days < .milliseconds(1))
        #else
            #expect(best < .milliseconds(100))
            #expect(again < .milliseconds(1))
            #expect(days < .milliseconds(100))
        #endif
    }
}

@Suite struct `A year that is not covered` {
    let lateDecember = Sample.instant("2026-12-31T08:00:00Z")

    @Test func `is refused where the calendar says so`() throws {
        let time = try WorkingTime(Sample.china())
        let refusal = CalendarFault.yearNotCovered(year: 2027, calendar: CalendarRef(key: "cn", version: 1))
        #expect(throws: refusal) { try time.add(7201, to: lateDecember) }
        #expect(throws: refusal) { try time.addWorkingDays(1, to: lateDecember) }
        #expect(throws: refusal) { try time.between(lateDecember, lateDecember + 90000) }
        #expect(throws: refusal) { try time.isOpen(at: lateDecember + 90000) }
        #expect(try time.add(7200, to: lateDecember).value == lateDecember + 7200)
    }

    @Test func `is flagged where the calendar says so`() throws {
        let time = try WorkingTime(Sample.china(beyond: .flag))
        #expect(try time.add(7200, to: lateDecember).uncoveredYears == [])
        #expect(try time.add(7201, to: lateDecember).uncoveredYears == [2027])
        #expect(try time.addWorkingDays(300, to: lateDecember).uncoveredYears == [2027, 2028])
    }

    @Test func `is covered once its dates are imported`() throws {
        let list = Data("2027-01-01..2027-01-03, closed, 元旦\n2027-01-09, makeup\n".utf8)
        let next = try HolidayList.read(list, years: 2027...2027, for: Sample.china()).applied(to: Sample.china())
        #expect(next.version == 2)
        let time = try WorkingTime(next)
        #expect(try time.add(7201, to: lateDecember).value == Sample.instant("2027-01-04T01:00:01Z"))
    }

    @Test func `is not the matter when there is no working time at all`() throws {
        let closed = WorkCalendar(key: "c", version: 1, timeZone: "UTC", weekly: [:], covers: .everyYear)
        #expect(throws: CalendarFault.noWorkingTime(years: 60, calendar: closed.ref)) {
            try WorkingTime(closed).add(1, to: lateDecember)
        }
        #expect(try !WorkingTime(closed).isOpen(at: lateDecember).value)
        #expect(throws: CalendarFault.outOfRange) { try WorkingTime(closed).isOpen(at: .distantFuture) }
    }
}

@Suite struct `Days` {
    let time: WorkingTime
    let friday = Sample.instant("2026-03-06T12:00:00Z")

    init() throws { time = try WorkingTime(Sample.china()) }

    @Test func `move forward to a working date when asked`() throws {
        #expect(try time.addDays(1, to: friday, movesForward: true).value == Sample.instant("2026-03-09T10:00:00Z"))
        #expect(try time.addDays(1, to: friday, movesForward: false).value == Sample.instant("2026-03-07T16:00:00Z"))
        #expect(try time.addDays(3, to: friday, movesForward: false).value == Sample.instant("2026-03-09T10:00:00Z"))
    }

    @Test func `at the same time stay within the hours`() throws {
        // Friday 20:00, Friday 07:00 and Friday 15:00 in Shanghai.
        let due = try [friday, friday - 13 * 3600, friday - 5 * 3600].map {
            try time.addWorkingDays(1, to: $0, at: .sameTime).value
        }
        #expect(
            due == [
                Sample.instant("2026-03-09T10:00:00Z"), Sample.instant("2026-03-09T01:00:00Z"),
                Sample.instant("2026-03-09T07:00:00Z"),
            ])
    }

    @Test func `are refused beyond ten years`() {
        #expect(throws: CalendarFault.outOfRange) { try time.addWorkingDays(3661, to: friday) }
        #expect(throws: CalendarFault.outOfRange) { try time.addWorkingDays(0, to: friday) }
    }
}
