private import Foundation
private import Glibc
import Logging
private import Synchronization
import Tracing

/// Writes log lines: JSON, one object a line, for machines (`time`, `level`, `service`, `message`, `trace_id`,
/// `span_id` and the metadata flat beside them), or text for people.
struct SuiteLogHandler: LogHandler {
    enum Format: String, Sendable { case json, text }

    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?
    private let service: String
    private let format: Format
    private let write: @Sendable ([UInt8]) -> Void

    private static let reserved: Set<String> = ["time", "level", "service", "message", "trace_id", "span_id"]

    init(service: String, level: Logger.Level, format: Format, write: @escaping @Sendable ([UInt8]) -> Void) {
        self.service = service
        self.format = format
        self.write = write
        logLevel = level
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        // The event's own words go before those of the task, and these before those of the logger.
        let own = event.metadata ?? [:]
        let provided = metadataProvider?.get() ?? [:]
        var fields: [(key: String, value: String)] = []
        fields.reserveCapacity(own.count + provided.count + metadata.count + 1)
        for (key, value) in own { Self.flatten(key, value, into: &fields) }
        for (key, value) in provided where own[key] == nil { Self.flatten(key, value, into: &fields) }
        for (key, value) in metadata where own[key] == nil && provided[key] == nil {
            Self.flatten(key, value, into: &fields)
        }
        if let error = event.error, own["error"] == nil, provided["error"] == nil, metadata["error"] == nil {
            fields.append(("error", "\(error)"))
        }
        fields.sort { $0.key < $1.key }
        let trace = ServiceContext.current?.traceContext
        write(format == .json ? json(event, fields, trace) : text(event, fields, trace))
    }

    private func json(_ event: LogEvent, _ fields: [(key: String, value: String)], _ trace: TraceContext?) -> [UInt8] {
        var line = JSONText(reserving: 384)
        line.raw("{\"time\":\"")
        line.raw(LogClock.now())
        line.raw("\",\"level\":\"")
        line.raw(event.level.rawValue)
        line.raw("\",\"service\":")
        line.string(service)
        line.raw(",\"message\":")
        line.string(event.message.description)
        for field in fields {
            line.raw(",")
            line.key(Self.reserved.contains(field.key) ? "metadata." + field.key : field.key)
            line.string(field.value)
        }
        if let trace {
            line.raw(",\"trace_id\":\"")
            line.raw(trace.traceIDText)
            line.raw("\",\"span_id\":\"")
            line.raw(trace.spanIDText)
            line.raw("\"")
        }
        line.raw("}\n")
        return line.bytes
    }

    /// `08:30:00.125 WARNING message key=value`: a value with anything but plain characters is quoted.
    private func text(_ event: LogEvent, _ fields: [(key: String, value: String)], _ trace: TraceContext?) -> [UInt8] {
        var line = JSONText(reserving: 256)
        line.raw(String(LogClock.now().dropFirst(11).dropLast()))
        line.raw(" \(event.level.rawValue.uppercased()) ")
        line.raw(service)
        line.raw(": ")
        Self.plain(event.message.description, quoted: false, into: &line)
        for field in fields {
            line.raw(" ")
            Self.plain(field.key, quoted: false, into: &line)
            line.raw("=")
            Self.plain(field.value, quoted: true, into: &line)
        }
        if let trace { line.raw(" trace_id=\(trace.traceIDText)") }
        line.raw("\n")
        return line.bytes
    }

    private static func plain(_ text: String, quoted: Bool, into line: inout JSONText) {
        let isPlain = text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F && (!quoted || ($0 != 0x20 && $0 != 0x22)) }
        if isPlain { line.raw(text) } else { line.string(text) }
    }

    /// Nested metadata becomes `outer.inner`; lists become one text.
    private static func flatten(
        _ key: String, _ value: Logger.MetadataValue, into fields: inout [(key: String, value: String)]
    ) {
        switch value {
        case .string(let text): fields.append((key, text))
        case .stringConvertible(let object): fields.append((key, object.description))
        case .array(let values): fields.append((key, values.map(\.description).joined(separator: ", ")))
        case .dictionary(let inner): for (name, value) in inner { flatten("\(key).\(name)", value, into: &fields) }
        }
    }
}

/// The time as RFC 3339 in UTC with milliseconds. The text of a second is made once and kept, since a thousand lines
/// may share it.
enum LogClock {
    private static let second = Mutex<(seconds: Int, text: String)>((0, ""))

    static func now() -> String {
        let milliseconds = Int(Date().timeIntervalSince1970 * 1000)
        let seconds = milliseconds / 1000
        let text = second.withLock { kept in
            if kept.seconds != seconds {
                var parts = tm()
                var whole = seconds
                gmtime_r(&whole, &parts)
                kept = (seconds, Self.text(parts))
            }
            return kept.text
        }
        return text + "." + digits(milliseconds % 1000, 3) + "Z"
    }

    private static func text(_ parts: tm) -> String {
        "\(digits(Int(parts.tm_year) + 1900, 4))-\(digits(Int(parts.tm_mon) + 1, 2))-\(digits(Int(parts.tm_mday), 2))T"
            + "\(digits(Int(parts.tm_hour), 2)):\(digits(Int(parts.tm_min), 2)):\(digits(Int(parts.tm_sec), 2))"
    }

    private static func digits(_ number: Int, _ width: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(width - text.count, 0)) + text
    }
}
