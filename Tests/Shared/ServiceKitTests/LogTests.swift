import Foundation
import Logging
import Synchronization
import Testing
import Tracing

@testable import ServiceKit

@Suite struct `Log lines` {
    private final class Lines: Sendable {
        let all = Mutex<[String]>([])
    }

    private func lines(
        _ format: SuiteLogHandler.Format = .json, level: Logger.Level = .trace, _ body: (inout Logger) -> Void
    ) -> [String] {
        let lines = Lines()
        var logger = Logger(label: "x") { _ in
            SuiteLogHandler(service: "intake", level: level, format: format) { line in
                lines.all.withLock { $0.append(String(decoding: line, as: UTF8.self)) }
            }
        }
        body(&logger)
        return lines.all.withLock { $0 }
    }

    private func object(_ line: String) throws -> [String: String] {
        #expect(line.hasSuffix("\n"))
        #expect(line.dropLast().allSatisfy { !$0.isNewline })
        return try JSONDecoder().decode([String: String].self, from: Data(line.utf8))
    }

    @Test func `are one JSON object each, metadata flat`() throws {
        let all = lines { logger in
            logger[metadataKey: "queue"] = "intake.events"
            logger.warning("Parked", metadata: ["ticket.id": "7", "nested": ["a": "1", "b": ["2", "3"]]])
        }
        let line = try object(try #require(all.first))
        #expect(line["level"] == "warning")
        #expect(line["service"] == "intake")
        #expect(line["message"] == "Parked")
        #expect(line["queue"] == "intake.events")
        #expect(line["ticket.id"] == "7")
        #expect(line["nested.a"] == "1")
        #expect(line["nested.b"] == "2, 3")
        #expect(line["time"]?.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/) != nil)
    }

    @Test func `cannot be forged by what is logged`() throws {
        let evil = "x\"}\n{\"level\":\"critical\"\r\u{0}\u{1B}[31m\u{7F}\\"
        let all = lines { $0.info("\(evil)", metadata: ["k\n\"": "\(evil)", "level": "critical", "time": "never"]) }
        #expect(all.count == 1)
        let line = try object(try #require(all.first))
        #expect(line["message"] == evil)
        #expect(line["k\n\""] == evil)
        #expect(line["level"] == "info")
        #expect(line["metadata.level"] == "critical")
        #expect(!all[0].contains("\u{1B}"))
    }

    @Test func `stay one line as text, too`() {
        let all = lines(.text) { $0.info("a\nb", metadata: ["k": "v\nINFO forged", "plain": "7"]) }
        #expect(all.count == 1)
        #expect(all[0].dropLast().allSatisfy { !$0.isNewline })
        #expect(all[0].contains(" INFO intake: \"a\\nb\" k=\"v\\nINFO forged\" plain=7\n"))
    }

    @Test func `carry the trace of their task`() throws {
        let trace = try #require(TraceContext(traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"))
        var context = ServiceContext.topLevel
        context.traceContext = trace
        let all = ServiceContext.withValue(context) { lines { $0.info("x") } }
        let line = try object(try #require(all.first))
        #expect(line["trace_id"] == "0af7651916cd43dd8448eb211c80319c")
        #expect(line["span_id"] == "b7ad6b7169203331")
    }

    @Test func `below the level are not written`() {
        #expect(lines(level: .warning) { $0.info("x") }.isEmpty)
    }

    @Test func `reach the descriptor in order, and those that find no room are counted`() throws {
        let pipe = Pipe()
        let sink = LogSink(descriptor: pipe.fileHandleForWriting.fileDescriptor, limit: 100_000)
        // The pipe takes 64 KiB and nobody reads: the sink must give up lines, not wait.
        let line = Array((String(repeating: "x", count: 999) + "\n").utf8)
        for _ in 0..<1000 { sink.write(line) }
        let read = Mutex(Data())
        pipe.fileHandleForReading.readabilityHandler = { handle in
            let data = handle.availableData
            read.withLock { $0.append(data) }
        }
        sink.flush(seconds: 5)
        sink.write(Array("last\n".utf8))
        sink.flush(seconds: 5)
        let end = ContinuousClock.now + .seconds(5)
        while ContinuousClock.now < end, !read.withLock({ $0.suffix(5) == Data("last\n".utf8) }) { usleep(1000) }
        let text = String(decoding: read.withLock { $0 }, as: UTF8.self)
        let whole = text.split(separator: "\n").filter { $0.count == 999 }.count
        let dropped = text.firstMatch(of: /"lines":(\d+)/).flatMap { Int($0.1) } ?? 0
        #expect(whole + dropped == 1000)
        #expect(dropped > 0)
        #expect(text.hasSuffix("last\n"))
        pipe.fileHandleForReading.readabilityHandler = nil
    }
}
