internal import Foundation
internal import ServiceKit

/// How reporting shows times to people.
struct ReportingSettings: Sendable {
    private static let timeZoneName = Setting<String>.string(
        "page.time_zone", default: "Asia/Shanghai", "Time zone (IANA name) of the times on pages")

    static let all: [any AnySetting] = [timeZoneName]

    let timeZone: TimeZone

    /// There is no such time zone; the service does not start.
    struct UnknownTimeZone: Error, CustomStringConvertible {
        let name: String
        var description: String { "page.time_zone: there is no time zone \(name.prefix(60)); Asia/Shanghai is one." }
    }

    init(_ reader: SettingsReader) throws {
        let name = try reader.read(Self.timeZoneName)
        guard let zone = TimeZone(identifier: name) else { throw UnknownTimeZone(name: name) }
        timeZone = zone
    }
}
