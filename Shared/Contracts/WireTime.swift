import Foundation

/// Times as messages carry them, `2026-11-22T08:30:00.125Z`, by arithmetic: each message has several, and Foundation's
/// styles go through a calendar.
enum WireTime {
    private static let secondsBetweenEpochs: Int = 978_307_200

    /// Nil outside of the years 0 to 9999.
    static func text(of date: Date) -> String? {
        let reference = (date.timeIntervalSinceReferenceDate * 1000).rounded()
        guard abs(reference) < 1e15 else { return nil }
        let milliseconds = Int(reference) + secondsBetweenEpochs * 1000
        let (days, rest) = quotient(milliseconds, 86_400_000)
        let (year, month, day) = civil(days)
        guard (0...9999).contains(year) else { return nil }
        return String(unsafeUninitializedCapacity: 24) { text in
            var place = 0
            func put(_ value: Int, _ width: Int, _ mark: UInt8) {
                var value = value
                for offset in (0..<width).reversed() {
                    text[place + offset] = 48 + UInt8(value % 10)
                    value /= 10
                }
                text[place + width] = mark
                place += width + 1
            }
            put(year, 4, UInt8(ascii: "-"))
            put(month, 2, UInt8(ascii: "-"))
            put(day, 2, UInt8(ascii: "T"))
            put(rest / 3_600_000, 2, UInt8(ascii: ":"))
            put(rest / 60_000 % 60, 2, UInt8(ascii: ":"))
            put(rest / 1000 % 60, 2, UInt8(ascii: "."))
            put(rest % 1000, 3, UInt8(ascii: "Z"))
            return place
        }
    }

    /// Nil for every other form, and for a time that the calendar does not have.
    static func date(from text: String) -> Date? {
        guard text.utf8.count == 24 else { return nil }
        var text = text
        return text.withUTF8 { text in
            var place = 0
            func take(_ width: Int, _ mark: UInt8) -> Int? {
                var value = 0
                for byte in text[place..<place + width] {
                    guard (48...57).contains(byte) else { return nil }
                    value = value * 10 + Int(byte - 48)
                }
                guard text[place + width] == mark else { return nil }
                place += width + 1
                return value
            }
            guard let year = take(4, UInt8(ascii: "-")), let month = take(2, UInt8(ascii: "-")),
                let day = take(2, UInt8(ascii: "T")), let hour = take(2, UInt8(ascii: ":")),
                let minute = take(2, UInt8(ascii: ":")), let second = take(2, UInt8(ascii: ".")),
                let millisecond = take(3, UInt8(ascii: "Z")), hour < 24, minute < 60, second < 60
            else { return nil }
            let days = Self.days(year, month, day)
            guard civil(days) == (year, month, day) else { return nil }
            let seconds = days * 86_400 + hour * 3600 + minute * 60 + second - secondsBetweenEpochs
            return Date(timeIntervalSinceReferenceDate: Double(seconds) + Double(millisecond) / 1000)
        }
    }

    /// Days since 1970-01-01 of a day in the Gregorian calendar. Years begin in March here, so that the day that leap
    /// years have more is their last; 400 years have 146,097 days.
    private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let (era, yearOfEra) = quotient(month > 2 ? year : year - 1, 400)
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    /// The inverse of ``days(_:_:_:)``.
    private static func civil(_ days: Int) -> (year: Int, month: Int, day: Int) {
        let (era, day) = quotient(days + 719_468, 146_097)
        let yearOfEra = (day - day / 1460 + day / 36_524 - day / 146_096) / 365
        let dayOfYear = day - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let month = (5 * dayOfYear + 2) / 153
        return (
            yearOfEra + era * 400 + (month < 10 ? 0 : 1), month < 10 ? month + 3 : month - 9,
            dayOfYear - (153 * month + 2) / 5 + 1
        )
    }

    /// Rounded down, with what is left.
    private static func quotient(_ value: Int, _ divisor: Int) -> (Int, Int) {
        let (quotient, rest) = value.quotientAndRemainder(dividingBy: divisor)
        return rest < 0 ? (quotient - 1, rest + divisor) : (quotient, rest)
    }
}
