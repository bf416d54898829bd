import Foundation
import ServiceKit

/// What the follow-up is told at start, besides what every service is told.
///
/// - `callback.time_zone` (name of the IANA list): where the customers' days begin and end.
/// - `callback.hour` (0...23): when they are called, on the day after the work was done.
/// - `callback.last_hour` (1...24): nobody is called again from then on, but on the next day.
/// - `callback.again_minutes` (5...1440): when it is tried again after nobody answered.
/// - `callback.attempts` (1...20): how often.
struct FollowUpSettings: Sendable {
    private static let timeZoneName = Setting<String>.string(
        "callback.time_zone", default: "Asia/Shanghai", "Time zone (IANA name) of the customers' days.")
    private static let hourOfDay = Setting<Int>.int(
        "callback.hour", default: 10, in: 0...23, "Hour of the next local day at which a call-back is due.")
    private static let lastHourOfDay = Setting<Int>.int(
        "callback.last_hour", default: 18, in: 1...24, "Hour from which nobody is called again on that local day.")
    private static let againMinutes = Setting<Int>.int(
        "callback.again_minutes", default: 120, in: 5...1440,
        "Minutes until a customer who did not answer is called again.")
    private static let mostAttempts = Setting<Int>.int(
        "callback.attempts", default: 3, in: 1...20, "How often a customer who does not answer is called.")
    static let all: [any AnySetting] = [timeZoneName, hourOfDay, lastHourOfDay, againMinutes, mostAttempts]

    let timeZone: TimeZone
    /// 0 to 23.
    let hour: Int
    /// 1 to 24.
    let lastHour: Int
    /// Seconds.
    let pause: TimeInterval
    let attempts: Int

    /// No time zone has this name.
    struct BadTimeZone: Error, CustomStringConvertible {
        let name: String
        var description: String {
            "callback.time_zone: there is no time zone \(name.prefix(60)); Asia/Shanghai is one."
        }
    }

    init(_ reader: SettingsReader) throws {
        let name = try reader.read(Self.timeZoneName)
        guard let zone = TimeZone(identifier: name) else { throw BadTimeZone(name: name) }
        timeZone = zone
        hour = try reader.read(Self.hourOfDay)
        lastHour = try reader.read(Self.lastHourOfDay)
        pause = TimeInterval(try reader.read(Self.againMinutes) * 60)
        attempts = try reader.read(Self.mostAttempts)
    }
}
