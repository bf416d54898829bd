public import Foundation
public import Kernel
import Synchronization

/// Computes with one version of a calendar: when is it open, what is so and so much working time from here.
///
/// Instants have whole seconds; a fraction is cut off. A closing is part of the working time: three hours from 15:00
/// end at 18:00, not at the next opening. Years are laid out when first asked for and kept; the same calendar gives the
/// same answers for ever, as long as the rules of its time zone stay.
public final class WorkingTime: Sendable {
    /// How far answers are looked for.
    static let searchedYears = 60
    /// Working days that can be counted at once: some ten years.
    public static let dayLimit = 3660

    public let calendar: WorkCalendar
    private let zone: TimeZone
    private let weekly: [[OpenInterval]]
    private let tables = Mutex<[Int: YearTable]>([:])

    /// By ``WorkCalendar/wallClock``: every second is working time.
    public static let wallClock: WorkingTime = {
        do { return try WorkingTime(.wallClock) } catch { preconditionFailure("the wall clock is a sound calendar") }
    }()

    /// - Throws: the calendar's faults.
    public init(_ calendar: WorkCalendar) throws(InvalidInput) {
        try calendar.check()
        guard let zone = TimeZone(identifier: calendar.timeZone) else {
            throw InvalidInput(field: "/timeZone", code: "unknownValue", "no such time zone")
        }
        self.calendar = calendar
        self.zone = zone
        weekly = Weekday.allCases.map { calendar.weekly[$0] ?? [] }
    }

    /// The earliest instant by which `seconds` of working time have passed since `start`; `start` itself for none.
    public func add(_ seconds: Int, to start: Date) throws(CalendarFault) -> Reckoned<Date> {
        guard seconds > 0 else { return Reckoned(start.wholeSecond) }
        let from = try start.epochSecond
        var walk = YearWalk(self)
        var table = try walk.enter(yearOf(from))
        var left = seconds + table.worked(before: from)
        while left > table.total {
            left -= table.total
            table = try walk.next()
        }
        return walk.reckoned(Date(epochSecond: table.instant(worked: left)))
    }

    /// Seconds of working time between two instants; negative when `end` is the earlier.
    public func between(_ start: Date, _ end: Date) throws(CalendarFault) -> Reckoned<Int> {
        guard start <= end else {
            let reversed = try between(end, start)
            return Reckoned(-reversed.value, uncoveredYears: reversed.uncoveredYears)
        }
        let (from, to) = (try start.epochSecond, try end.epochSecond)
        var walk = YearWalk(self)
        var table = try walk.enter(yearOf(from))
        var worked = -table.worked(before: from)
        while to >= table.span.upperBound {
            worked += table.total
            table = try walk.next()
        }
        return walk.reckoned(worked + table.worked(before: to))
    }

    public func isOpen(at instant: Date) throws(CalendarFault) -> Reckoned<Bool> {
        let second = try instant.epochSecond
        var walk = YearWalk(self)
        let table = try walk.enter(yearOf(second))
        return walk.reckoned(table.opening(from: second) == second)
    }

    /// The first open instant from `instant` on, which may be that instant itself.
    public func nextOpening(from instant: Date) throws(CalendarFault) -> Reckoned<Date> {
        let from = try instant.epochSecond
        var walk = YearWalk(self)
        var table = try walk.enter(yearOf(from))
        while true {
            if let opening = table.opening(from: from) { return walk.reckoned(Date(epochSecond: opening)) }
            table = try walk.next()
        }
    }

    /// The open hours between two instants, at most `limit` of them; touching ones are one.
    public func openHours(
        from start: Date, to end: Date, limit: Int
    ) throws(CalendarFault) -> Reckoned<[Range<Date>]> {
        let (from, to) = (try start.epochSecond, try end.epochSecond)
        guard from < to else { return Reckoned([]) }
        var walk = YearWalk(self)
        var table = try walk.enter(yearOf(from))
        var found = table.pieces(in: from..<to, limit: limit)
        while to > table.span.upperBound, found.count < limit {
            table = try walk.next()
            var more = table.pieces(in: table.span.clamped(to: from..<to), limit: limit - found.count)
            if let last = found.last, let first = more.first, last.upperBound == first.lowerBound {
                found[found.count - 1] = last.lowerBound..<first.upperBound
                more.removeFirst()
            }
            found += more
        }
        return walk.reckoned(found.map { Date(epochSecond: $0.lowerBound)..<Date(epochSecond: $0.upperBound) })
    }

    /// The date that the calendar's clocks show.
    public func localDate(at instant: Date) throws(CalendarFault) -> LocalDate {
        LocalDate(dayNumber: try localSecond(instant).date)
    }

    /// Date and time as the calendar's clocks show them: `2026-03-02 14:30`.
    public func localText(at instant: Date) throws(CalendarFault) -> String {
        let (date, second) = try localSecond(instant)
        return "\(LocalDate(dayNumber: date)) \(TimeOfDay(second: second))"
    }

    /// Day number and seconds since midnight, as the calendar's clocks show them.
    func localSecond(_ instant: Date) throws(CalendarFault) -> (date: Int, second: Int) {
        let local = try instant.epochSecond + zone.secondsFromGMT(for: instant)
        let day = local >= 0 ? local / 86400 : -((86399 - local) / 86400)
        return (day, local - day * 86400)
    }

    /// The year whose table holds the instant.
    func yearOf(_ instant: Int) throws(CalendarFault) -> Int {
        let year = try localDate(at: Date(epochSecond: instant)).year
        let span = try table(year).span
        return span.contains(instant) ? year : instant < span.lowerBound ? year - 1 : year + 1
    }

    /// - Throws: ``CalendarFault/outOfRange`` for a year that cannot be computed with.
    func table(_ year: Int) throws(CalendarFault) -> YearTable {
        guard LocalDate.years.contains(year) else { throw .outOfRange }
        return tables.withLock { tables in
            if let known = tables[year] { return known }
            let built = YearTable(year: year, zone: ZoneYear(zone: zone, year: year), hours: hours(on:))
            tables[year] = built
            return built
        }
    }

    private func hours(on date: LocalDate) -> (own: [OpenInterval], isDated: Bool) {
        if let dated = calendar.dates[date] { return (dated.hours, true) }
        return (weekly[date.weekday.index], false)
    }
}

/// Goes from year to year, and keeps in mind which of them the calendar does not cover.
struct YearWalk {
    private let time: WorkingTime
    private var year = 0
    private var yearsLeft = WorkingTime.searchedYears
    private var uncovered: [Int] = []

    init(_ time: WorkingTime) { self.time = time }

    mutating func enter(_ year: Int) throws(CalendarFault) -> YearTable {
        self.year = year
        if !time.calendar.covers.contains(year), uncovered.last != year {
            guard time.calendar.beyond == .flag else { throw .yearNotCovered(year: year, calendar: time.calendar.ref) }
            uncovered.append(year)
        }
        return try time.table(year)
    }

    mutating func next() throws(CalendarFault) -> YearTable {
        yearsLeft -= 1
        guard yearsLeft > 0 else { throw .noWorkingTime(years: WorkingTime.searchedYears, calendar: time.calendar.ref) }
        return try enter(year + 1)
    }

    func reckoned<Value>(_ value: Value) -> Reckoned<Value> { Reckoned(value, uncoveredYears: uncovered) }
}
