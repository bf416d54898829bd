import Foundation
import ServiceKit

/// What the follow-up is told at start, besides what every service is told.
///
/// - `callback.time_zone` (name of the IANA list): where the customers' days begin and end.
/// - `callback.hour` (0...23): when they are called, on the day after the work was done.
struct FollowUpSettings: Sendable {
    private static let timeZoneName = Setting<String>.string(
        "callback.time_zone", default: "Asia/Shanghai", "Time zone (IANA name) of the customers' days.")
    private static let hourOfDay = Setting<Int>.int(
        "callback.hour", default: 10, in: 0...23, "Hour of the next local day at which a call-back is due.")
    static let all: [any AnySetting] = [timeZoneName, hourOfDay]

    let timeZone: TimeZone
    /// 0 to 23.
    let hour: Int

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
    }
}
