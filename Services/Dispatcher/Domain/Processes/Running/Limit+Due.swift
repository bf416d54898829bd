public import BusinessTime
public import Foundation

extension Limit {
    /// Working days in a working week.
    private static let workingWeek = 5

    /// When a span that begins at `start` is over.
    ///
    /// Working minutes and hours are those of the calendar. So many working days, or days `forward`, are over at the
    /// closing of the last one, the day of the start not counted. Everything else is of the wall clock.
    public func due(from start: Date, by calendar: WorkingTime) throws(CalendarFault) -> Reckoned<Date> {
        let seconds = amount * unit.seconds
        let wall = Reckoned(start.addingTimeInterval(Double(seconds)))
        switch (unit, isWorking, movesForward) {
        case (.minute, true, _), (.hour, true, _): return try calendar.add(seconds, to: start)
        case (.minute, false, true), (.hour, false, true): return try calendar.nextOpening(from: wall.value)
        case (.day, true, _): return try calendar.addWorkingDays(amount, to: start)
        case (.week, true, _): return try calendar.addWorkingDays(amount * Self.workingWeek, to: start)
        case (.day, false, true): return try calendar.addDays(amount, to: start, movesForward: true)
        case (.week, false, true): return try calendar.addDays(amount * 7, to: start, movesForward: true)
        case (.monday, _, _): return try Self.nextMonday(from: start, by: calendar)
        case (.minute, false, false), (.hour, false, false), (.day, false, false), (.week, false, false): return wall
        }
    }

    private static func nextMonday(
        from start: Date, by calendar: WorkingTime
    ) throws(CalendarFault) -> Reckoned<Date> {
        let weekday = try Weekday.allCases.firstIndex(of: calendar.localDate(at: start).weekday) ?? 0
        let sunday = try calendar.addDays(6 - weekday, to: start, movesForward: false)
        let opening = try calendar.nextOpening(from: max(sunday.value, start))
        return Reckoned(
            opening.value, uncoveredYears: Set(sunday.uncoveredYears + opening.uncoveredYears).sorted())
    }
}
