public import Foundation

/// An appointment as calendars take it (RFC 5545): one event, the same one however often it is moved.
public struct CalendarFile: Hashable, Sendable {
    /// Stays for ever.
    public let uid: String
    /// One more with each change.
    public let sequence: Int
    public let window: Span
    public let days: Int
    public let isConfirmed: Bool
    public let isCancelled: Bool
    public let summary: String
    public let location: String?
    public let stamp: Date

    public init(
        uid: String, sequence: Int, window: Span, days: Int, isConfirmed: Bool, isCancelled: Bool, summary: String,
        location: String?, stamp: Date
    ) {
        self.uid = uid
        self.sequence = sequence
        self.window = window
        self.days = days
        self.isConfirmed = isConfirmed
        self.isCancelled = isCancelled
        self.summary = summary
        self.location = location
        self.stamp = stamp
    }

    /// Lines end with CR LF and have at most 75 bytes; longer ones go on in the next, behind a space.
    public var text: String {
        var lines = [
            "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Paidan//Appointments//EN", "CALSCALE:GREGORIAN",
            "METHOD:\(isCancelled ? "CANCEL" : "PUBLISH")", "BEGIN:VEVENT", "UID:\(uid)",
            "SEQUENCE:\(sequence)", "DTSTAMP:\(Self.time(stamp))", "DTSTART:\(Self.time(window.start))",
            "DTEND:\(Self.time(window.end))",
        ]
        if days > 1 { lines.append("RRULE:FREQ=DAILY;COUNT=\(days)") }
        lines.append("SUMMARY:\(Self.escaped(summary))")
        if let location { lines.append("LOCATION:\(Self.escaped(location))") }
        lines += [
            "STATUS:\(isCancelled ? "CANCELLED" : isConfirmed ? "CONFIRMED" : "TENTATIVE")", "END:VEVENT",
            "END:VCALENDAR",
        ]
        return lines.map { Self.folded($0) + "\r\n" }.joined()
    }

    /// `20261122T083000Z`.
    static func time(_ date: Date) -> String {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        let parts = calendar.dateComponents([.year, .month, .day, .hour, .minute, .second], from: date)
        return String(
            format: "%04d%02d%02dT%02d%02d%02dZ", parts.year ?? 0, parts.month ?? 0, parts.day ?? 0, parts.hour ?? 0,
            parts.minute ?? 0, parts.second ?? 0)
    }

    private static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\", ";", ",": result += "\\\(scalar)"
            case "\n": result += "\\n"
            case "\r": continue
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// Between characters, never inside the bytes of one.
    private static func folded(_ line: String) -> String {
        var result = ""
        var count = 0
        for scalar in line.unicodeScalars {
            let bytes = String(scalar).utf8.count
            if count + bytes > 75 {
                result += "\r\n "
                count = 1
            }
            result.unicodeScalars.append(scalar)
            count += bytes
        }
        return result
    }
}
