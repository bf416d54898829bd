/// What a clock on the wall shows, up to and including `24:00`. Written `09:00`, or `09:00:30` where seconds matter.
public struct TimeOfDay: Hashable, Sendable, Comparable, CustomStringConvertible {
    public static let midnight = TimeOfDay(second: 0)
    public static let endOfDay = TimeOfDay(second: 86400)

    /// Seconds since 00:00 on the dial, 0...86400.
    public let second: Int

    init(second: Int) { self.second = second }

    public init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard (2...3).contains(parts.count),
            parts.allSatisfy({ $0.utf8.count == 2 && $0.utf8.allSatisfy { (48...57).contains($0) } })
        else { return nil }
        let numbers = parts.compactMap { Int($0) }
        guard numbers[0] <= 24, numbers[1...].allSatisfy({ $0 < 60 }) else { return nil }
        second = numbers[0] * 3600 + numbers[1] * 60 + (numbers.count == 3 ? numbers[2] : 0)
        guard second <= 86400 else { return nil }
    }

    public static func < (one: TimeOfDay, other: TimeOfDay) -> Bool { one.second < other.second }

    public var description: String {
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let minutes = "\(two(second / 3600)):\(two(second / 60 % 60))"
        return second % 60 == 0 ? minutes : "\(minutes):\(two(second % 60))"
    }
}

/// Hours in which there is work, by the clock on the wall. Written `09:00-12:00`.
///
/// It belongs to the day on which it starts. `22:00-06:00` ends on the next date.
public struct OpenInterval: Hashable, Sendable, CustomStringConvertible {
    public static let wholeDay = OpenInterval(from: .midnight, to: .endOfDay)

    public let from: TimeOfDay
    public let to: TimeOfDay

    init(from: TimeOfDay, to: TimeOfDay) {
        self.from = from
        self.to = to
    }

    /// - Returns: nil when the text is no interval, or its two ends are the same time (a whole day is `00:00-24:00`).
    public init?(_ text: String) {
        let ends = text.split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2, let from = TimeOfDay(String(ends[0])), let to = TimeOfDay(String(ends[1])),
            from != to, from != .endOfDay
        else { return nil }
        self.init(from: from, to: to)
    }

    var crossesMidnight: Bool { to < from }

    /// Seconds since 00:00 of the day on which it starts; past 86400 when it crosses midnight.
    var seconds: Range<Int> { from.second..<(crossesMidnight ? to.second + 86400 : to.second) }

    public var description: String { "\(from)-\(to)" }
}

extension OpenInterval: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let interval = OpenInterval(text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "hours are written 09:00-12:00 or 22:00-06:00, not \(text.prefix(40))")
        }
        self = interval
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
