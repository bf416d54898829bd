public import Foundation

/// A day of the calendar, wherever one is: `2026-11-22`.
public struct LocalDay: Hashable, Sendable, Comparable {
    public let year: Int
    public let month: Int
    public let day: Int

    /// - Returns: nil for what is no day of the Gregorian calendar, and outside of the years 1900 to 2199.
    public init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard text.utf8.count == 10, parts.map(\.utf8.count) == [4, 2, 2],
            text.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == 0x2D }),
            let year = Int(parts[0]), let month = Int(parts[1]), let day = Int(parts[2])
        else { return nil }
        self.init(year: year, month: month, day: day)
    }

    public init?(year: Int, month: Int, day: Int) {
        guard (1900...2199).contains(year), (1...12).contains(month),
            (1...Self.length(ofMonth: month, in: year)).contains(day)
        else { return nil }
        (self.year, self.month, self.day) = (year, month, day)
    }

    /// The day on which `moment` falls in `zone`.
    public init?(_ moment: Date, in zone: TimeZone) {
        let parts = Self.calendar(zone).dateComponents([.year, .month, .day], from: moment)
        self.init(year: parts.year ?? 0, month: parts.month ?? 0, day: parts.day ?? 0)
    }

    public var text: String { String(format: "%04d-%02d-%02d", year, month, day) }

    /// - Returns: nil beyond the years that are covered.
    public var next: LocalDay? {
        LocalDay(year: year, month: month, day: day + 1) ?? LocalDay(year: year, month: month + 1, day: 1)
            ?? LocalDay(year: year + 1, month: 1, day: 1)
    }

    /// The moment of a wall-clock time on this day, `minute` counted from midnight, 1440 being the next. Of a time
    /// that comes twice when clocks are put back the first is taken; one that they jump over is moved behind the gap.
    public func moment(minute: Int, in zone: TimeZone) -> Date? {
        if minute >= 1440 { return next?.moment(minute: minute - 1440, in: zone) }
        return Self.calendar(zone).date(
            from: DateComponents(year: year, month: month, day: day, hour: minute / 60, minute: minute % 60))
    }

    public static func < (one: LocalDay, other: LocalDay) -> Bool {
        (one.year, one.month, one.day) < (other.year, other.month, other.day)
    }

    private static func length(ofMonth month: Int, in year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    private static func calendar(_ zone: TimeZone) -> Calendar {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = zone
        return calendar
    }
}
