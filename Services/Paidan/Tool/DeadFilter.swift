import ArgumentParser
import Foundation

/// Which dead letters a command means; without any option, all that are open.
struct DeadFilter: ParsableArguments {
    @Option(help: "Only this queue, such as intake.inbound.") var queue: String?
    @Option(help: "Only this id (the number in `dead list`, with --queue, or a message id).") var id: String?
    @Option(help: "Only this reason, such as refused or unreadable.") var reason: String?
    @Option(help: "Only this type, such as ticket.created.v1.") var type: String?
    @Option(help: "Only those archived since: 30m, 2h, 3d or 2026-11-22T08:00:00Z.") var since: String?
}

/// A time in the past as people write it: an age (`30m`, `2h`, `3d`) or an RFC 3339 time.
enum Moment {
    static func parse(_ text: String, now: Date) throws -> Date {
        if let date = ISO8601DateFormatter().date(from: text) { return date }
        return now.addingTimeInterval(-(try seconds(text)))
    }

    /// `90s`, `30m`, `2h`, `3d`, in seconds.
    static func seconds(_ text: String) throws -> TimeInterval {
        let units: [Character: Double] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400]
        guard let unit = text.last.flatMap({ units[$0] }), let count = Double(text.dropLast()), count >= 0, count < 100_000 else {
            throw Complaint("'\(text)' is no time; write 30m, 2h, 3d or 2026-11-22T08:00:00Z.")
        }
        return count * unit
    }
}
