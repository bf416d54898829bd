public import Foundation

/// An answer of a calendar, and how far it may be trusted.
public struct Reckoned<Value: Sendable>: Sendable {
    public let value: Value
    /// Years that the answer stands on although the calendar does not know their holidays yet; empty when it is sure.
    public let uncoveredYears: [Int]

    public init(_ value: Value, uncoveredYears: [Int] = []) {
        self.value = value
        self.uncoveredYears = uncoveredYears
    }
}

extension Reckoned: Equatable where Value: Equatable {}
extension Reckoned: Hashable where Value: Hashable {}

/// Why a calendar has no answer.
public enum CalendarFault: Error, Hashable, Sendable, Codable {
    /// The answer stands on a year whose holidays the calendar does not know, and it is set to refuse then.
    case yearNotCovered(year: Int, calendar: CalendarRef)
    /// Not so much working time in as many years as are searched.
    case noWorkingTime(years: Int, calendar: CalendarRef)
    /// Before 1900 or after 2299, or more days than can be counted.
    case outOfRange
}

extension Date {
    init(epochSecond: Int) { self.init(timeIntervalSince1970: TimeInterval(epochSecond)) }

    /// The whole second that it lies in.
    public var wholeSecond: Date { Date(timeIntervalSince1970: timeIntervalSince1970.rounded(.down)) }

    /// Seconds since 1970.
    var epochSecond: Int {
        get throws(CalendarFault) {
            let seconds = timeIntervalSince1970.rounded(.down)
            guard seconds > -2_208_902_400, seconds < 10_413_705_600 else { throw .outOfRange }
            return Int(seconds)
        }
    }
}
