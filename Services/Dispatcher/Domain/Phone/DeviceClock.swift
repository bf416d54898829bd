public import Foundation

/// What the clock of a telephone is worth: commands that were given without a line are judged by when they were given, as
/// far as that can be.
public enum DeviceClock {
    /// Seconds by which a telephone may be fast or slow, or a request under way, before its clock is held to be set wrong.
    public static let tolerance = 120.0

    /// Seconds to add to times of the telephone: none within the tolerance. So a clock that is two days off does no harm.
    public static func correction(sentAt: Date, receivedAt: Date) -> TimeInterval {
        let difference = receivedAt.timeIntervalSince(sentAt)
        return abs(difference) <= tolerance ? 0 : difference
    }

    /// - Parameters:
    ///   - time: as the telephone says it, corrected.
    ///   - floors: what must have been before: that the telephone was last heard of, its command before, the last change
    ///     of the work order.
    ///   - now: when it was received.
    public static func judge(_ time: Date, after floors: [Date?], now: Date) -> JudgedTime {
        let floor = floors.compactMap { $0 }.max() ?? .distantPast
        if time > now { return JudgedTime(time: max(now, floor), clamped: .late) }
        return time < floor ? JudgedTime(time: floor, clamped: .early) : JudgedTime(time: time, clamped: nil)
    }
}

/// The time that a command counts from.
public struct JudgedTime: Hashable, Sendable {
    public let time: Date
    /// Nil: it is what the telephone has said.
    public let clamped: Clamp?

    public init(time: Date, clamped: Clamp?) {
        self.time = time
        self.clamped = clamped
    }

    public enum Clamp: String, Hashable, Sendable, Codable {
        /// Said to be before what must have come first.
        case early
        /// Said to be after it was received.
        case late
    }
}
