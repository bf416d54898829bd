import Contracts
import Foundation

/// A time in the past as people write it: an age (`30m`, `2h`, `3d`) or an RFC 3339 time.
enum Moment {
    static func parse(_ text: String, now: Date) throws -> Date {
        if let date = WireJSON.date(from: text) { return date }
        return now.addingTimeInterval(-(try seconds(text)))
    }

    /// `90s`, `30m`, `2h`, `3d`, in seconds.
    static func seconds(_ text: String) throws -> TimeInterval {
        let units: [Character: Double] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400]
        let digits = text.dropLast()
        guard let unit = text.last.flatMap({ units[$0] }), digits.count <= 6, digits.allSatisfy(\.isWholeNumber),
            let count = Double(digits)
        else { throw Complaint("'\(text)' is no time; write 30m, 2h, 3d or 2026-11-22T08:00:00Z.") }
        return count * unit
    }
}
