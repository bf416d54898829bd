private import AsyncHTTPClient
import Foundation
private import Kernel
import Logging
private import Metrics
private import NIOCore
private import NIOHTTP1
import ServiceLifecycle
private import Synchronization
private import Tracing

/// Sends finished spans to an OpenTelemetry collector (OTLP/HTTP, JSON). The queue is bounded: while the collector is
/// slow or away, spans are dropped and counted, and nothing else is disturbed.
final class SpanExporter: Service {
    private static let capacity = 8192
    private static let batch = 512
    private static let pause = Duration.seconds(1)
    /// The sending of spans makes no spans.
    private static let untraced = {
        var context = ServiceContext.topLevel
        context.traceContext = TraceContext(traceHigh: 0, traceLow: 1, span: 1, isSampled: false)
        return context
    }()
    private static let backoff = Backoff(base: .seconds(1), cap: .seconds(30))

    private struct Queue {
        var spans: [SpanRecording] = []
    }

    private let service: String
    private let version: String
    private let url: String
    private let logger: Logger
    private let queue = Mutex(Queue())
    private let sent = Counter(label: "paidan_trace_spans_sent_total")
    private let dropped = Counter(label: "paidan_trace_spans_dropped_total")

    /// - Parameter endpoint: the collector's base URL, such as `http://127.0.0.1:4318`.
    init(service: String, version: String, endpoint: String, logger: Logger) {
        self.service = service
        self.version = version
        self.logger = logger
        url = endpoint.hasSuffix("/v1/traces") ? endpoint : endpoint.trimmingSuffix("/") + "/v1/traces"
    }

    /// Takes a finished span; returns at once.
    func take(_ span: SpanRecording) {
        let isTaken = queue.withLock { queue in
            guard queue.spans.count < Self.capacity else { return false }
            queue.spans.append(span)
            return true
        }
        if !isTaken { dropped.increment() }
    }

    /// Sends every second, sooner when much waits; at the graceful stop once more what is there.
    func run() async throws {
        await cancelWhenGracefulShutdown {
            var failures = 0
            while !Task.isCancelled {
                do {
                    try await self.send()
                    failures = 0
                } catch {
                    failures += 1
                    if failures == 1, !Task.isCancelled {
                        self.logger.warning(
                            "Traces cannot be sent; check otlp.endpoint and the collector",
                            metadata: ["error": "\(String(describing: error))"])
                    }
                }
                let share = Double.random(in: 0..<1)
                let wait = failures == 0 ? Self.pause : Self.pause + Self.backoff.wait(failures: failures, share: share)
                // Cancelled by the stop: the loop's condition sees it.
                try? await Task.sleep(for: wait)
            }
        }
        // Detached from the stop's cancellation; the collector gets one last try of two seconds.
        _ = await Task { try? await self.send(timeout: 2) }.value
    }

    private func send(timeout seconds: Int64 = 10) async throws {
        while true {
            let spans = queue.withLock { queue in
                let spans = Array(queue.spans.prefix(Self.batch))
                queue.spans.removeFirst(spans.count)
                return spans
            }
            if spans.isEmpty { return }
            do {
                var request = HTTPClientRequest(url: url)
                request.method = .POST
                request.headers.add(name: "content-type", value: "application/json")
                request.body = .bytes(OTLP.request(service: service, version: version, spans: spans))
                let response = try await ServiceContext.withValue(Self.untraced) {
                    try await HTTPClient.shared.execute(request, timeout: .seconds(seconds))
                }
                _ = try await response.body.collect(upTo: 1 << 20)
                guard (200..<300).contains(response.status.code) else { throw Refused(status: response.status.code) }
                sent.increment(by: spans.count)
            } catch {
                if Task.isCancelled {
                    // The stop came in between; the last try takes them again.
                    queue.withLock { $0.spans.insert(contentsOf: spans, at: 0) }
                } else {
                    dropped.increment(by: spans.count)
                }
                throw error
            }
        }
    }

    private struct Refused: Error {
        let status: UInt
    }
}

extension String {
    fileprivate func trimmingSuffix(_ suffix: String) -> String {
        hasSuffix(suffix) ? String(dropLast(suffix.count)) : self
    }
}
