public import Foundation

/// The hours of a shift on the wall clock: `08:30-12:00 13:30-17:30`, or over midnight `22:00-06:00`.
public struct ShiftHours: Hashable, Sendable {
    /// Minutes from midnight of the day the shift is named by; an end above 1440 is on the next day.
    public let intervals: [ClosedMinutes]

    public struct ClosedMinutes: Hashable, Sendable {
        public let start: Int
        public let end: Int
    }

    public static let mostIntervals = 6

    /// In the order of the day; an end that is not after its start is on the next day; `24:00` is an end.
    ///
    /// - Returns: nil when it cannot be read, when intervals overlap, or when they take more than a day in all.
    public init?(_ text: String) {
        var intervals: [ClosedMinutes] = []
        let parts = text.split(whereSeparator: { $0 == " " || $0 == "," })
        guard (1...Self.mostIntervals).contains(parts.count) else { return nil }
        for part in parts {
            let ends = part.split(separator: "-", omittingEmptySubsequences: false)
            guard ends.count == 2, let start = Self.minute(ends[0]), let end = Self.minute(ends[1]), start < 1440 else {
                return nil
            }
            let last = intervals.last?.end ?? 0
            let interval = ClosedMinutes(start: start, end: end > start ? end : end + 1440)
            guard interval.start >= last else { return nil }
            intervals.append(interval)
        }
        guard let first = intervals.first, let last = intervals.last, last.end - first.start <= 1440 else { return nil }
        self.intervals = intervals
    }

    public var text: String {
        intervals.map { "\(Self.clock($0.start))-\(Self.clock($0.end > 1440 ? $0.end - 1440 : $0.end))" }
            .joined(separator: " ")
    }

    /// The shift on one day.
    public func spans(on day: LocalDay, in zone: TimeZone) -> [Span] {
        intervals.compactMap { interval in
            guard let start = day.moment(minute: interval.start, in: zone),
                let end = day.moment(minute: interval.end, in: zone)
            else { return nil }
            return Span(start, end)
        }
    }

    private static func minute(_ text: Substring) -> Int? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.map(\.utf8.count) == [2, 2],
            parts.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }),
            let hour = Int(parts[0]), let minute = Int(parts[1]), minute < 60, hour * 60 + minute <= 1440
        else { return nil }
        return hour * 60 + minute
    }

    private static func clock(_ minute: Int) -> String { String(format: "%02d:%02d", minute / 60, minute % 60) }
}

/// When somebody can be sent: in his shifts and duties, but not while he is on leave.
public enum Availability {
    public static func spans(
        shifts: [(day: LocalDay, hours: ShiftHours)], duties: [Span], leaves: [Span], zone: TimeZone, within: Span
    ) -> [Span] {
        let planned = shifts.flatMap { $0.hours.spans(on: $0.day, in: zone) } + duties
        return Span.subtracting(leaves, from: planned).compactMap { $0.intersection(within) }
    }
}
