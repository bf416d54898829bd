import Logging
import Synchronization

/// What was logged, for tests of what operators are told.
final class Lines: Sendable {
    struct Line: Sendable {
        let level: Logger.Level
        let message: String
        let metadata: [String: String]
    }

    private let lines = Mutex<[Line]>([])

    var all: [Line] { lines.withLock { $0 } }

    /// Those with `word` in their message.
    func with(_ word: String) -> [Line] { all.filter { $0.message.contains(word) } }

    var logger: Logger {
        Logger(label: "test") { _ in Handler(lines: self) }
    }

    private struct Handler: LogHandler {
        let lines: Lines
        var metadata = Logger.Metadata()
        var logLevel = Logger.Level.info

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let said = (event.metadata ?? [:]).mapValues { "\($0)" }
            lines.lines.withLock { $0.append(Line(level: event.level, message: "\(event.message)", metadata: said)) }
        }
    }
}
