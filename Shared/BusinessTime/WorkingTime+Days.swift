public import Foundation

/// When on the day that was counted out something is due.
public enum DueTime: String, Codable, Sendable, CaseIterable {
    /// At the day's closing; at the end of the date when it is closed.
    case closing
    /// At the time of day of the event, but not before the day's opening nor after its closing.
    case sameTime
}

extension WorkingTime {
    /// The `count`th working date after the event's own date, which does not count itself.
    ///
    /// A date is a working one when hours start on it; a night that reaches into a date does not make it one.
    ///
    /// - Parameter count: 1...``dayLimit``.
    public func addWorkingDays(
        _ count: Int, to event: Date, at time: DueTime = .closing
    ) throws(CalendarFault) -> Reckoned<Date> {
        let (number, second) = try localSecond(event)
        return try moved(count, from: LocalDate(dayNumber: number), second: second, at: time)
    }

    /// The `count`th date after the event's own; when `movesForward` and it is closed, the next working date.
    ///
    /// - Parameter count: 0...``dayLimit``.
    public func addDays(
        _ count: Int, to event: Date, at time: DueTime = .closing, movesForward: Bool
    ) throws(CalendarFault) -> Reckoned<Date> {
        guard (0...Self.dayLimit).contains(count) else { throw .outOfRange }
        let (number, second) = try localSecond(event)
        let date = LocalDate(dayNumber: number + count)
        var walk = YearWalk(self)
        let table = try walk.enter(date.year)
        let day = table.day(date)
        if day == nil, movesForward { return try moved(1, from: date, second: second, at: time) }
        return walk.reckoned(due(on: date, day: day, second: second, at: time, in: table))
    }

    private func moved(
        _ count: Int, from date: LocalDate, second: Int, at time: DueTime
    ) throws(CalendarFault) -> Reckoned<Date> {
        guard (1...Self.dayLimit).contains(count) else { throw .outOfRange }
        var date = date.adding(days: 1)
        var left = count
        var walk = YearWalk(self)
        var year = date.year
        var table = try walk.enter(year)
        while true {
            if let day = table.day(date) {
                left -= 1
                if left == 0 { return walk.reckoned(due(on: date, day: day, second: second, at: time, in: table)) }
            }
            date = date.adding(days: 1)
            if date.dayNumber >= LocalDate(startOf: year + 1).dayNumber {
                year += 1
                table = try walk.next()
            }
        }
    }

    private func due(on date: LocalDate, day: Range<Int>?, second: Int, at time: DueTime, in table: YearTable) -> Date {
        switch (time, day) {
        case (.closing, let day?): Date(epochSecond: day.upperBound)
        case (.closing, nil): Date(epochSecond: table.instant(date, second: 86400))
        case (.sameTime, let day?):
            Date(epochSecond: min(max(table.instant(date, second: second), day.lowerBound), day.upperBound))
        case (.sameTime, nil): Date(epochSecond: table.instant(date, second: second))
        }
    }
}
