import Foundation
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import ServiceLifecycle
import Synchronization
import Testing
import Tracing

@testable import ServiceKit

@Suite struct `A traceparent` {
    private let good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    @Test func `is read and written unchanged`() throws {
        let trace = try #require(TraceContext(traceparent: good, state: "vendor=1"))
        #expect(trace.traceparent == good)
        #expect(trace.isSampled)
        #expect(trace.state == "vendor=1")
        #expect(trace.child().traceIDText == trace.traceIDText)
        #expect(trace.child().spanIDText != trace.spanIDText)
        #expect(TraceContext(traceparent: trace.child().traceparent) != nil)
    }

    @Test func `of a later version is read as far as it is known`() {
        #expect(TraceContext(traceparent: "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-what-comes") != nil)
        #expect(TraceContext(traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-what-comes") == nil)
        #expect(TraceContext(traceparent: "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01x") == nil)
    }

    @Test(arguments: [
        "", "00", "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
        "00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00_0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0g",
        " 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    ])
    func `that breaks a rule is none`(text: String) {
        #expect(TraceContext(traceparent: text) == nil)
    }

    @Test func `survives any damage without a crash, and what is taken is written as it was`() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<50_000 {
            var bytes = Array(good.utf8)
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                switch Int.random(in: 0..<3, using: &random) {
                case 0 where !bytes.isEmpty:
                    bytes[Int.random(in: 0..<bytes.count)] = .random(in: 0...255, using: &random)
                case 1 where !bytes.isEmpty: bytes.remove(at: Int.random(in: 0..<bytes.count))
                default: bytes.insert(.random(in: 0...255, using: &random), at: Int.random(in: 0...bytes.count))
                }
            }
            let text = String(decoding: bytes, as: UTF8.self)
            if let trace = TraceContext(traceparent: text) {
                #expect(trace.traceparent.dropFirst(2).dropLast(2) == text.dropFirst(2).prefix(51))
            }
        }
        #expect(TraceContext(traceparent: String(repeating: "0", count: 1 << 20)) == nil)
    }
}

@Suite struct `A span on the wire` {
    @Test func `says where a request went, and not what stood in its query`() {
        var span = SpanRecording(name: "POST", kind: .client, ids: .root(), parent: nil, start: 1)
        span.attributes["url.full"] = "https://provider.example/send?access_token=open-sesame"
        span.attributes["url.query"] = "access_token=open-sesame"
        span.attributes["url.path"] = "/send"
        let text = String(decoding: OTLP.request(service: "notifier", version: "1", spans: [span]), as: UTF8.self)
        #expect(text.contains(#"{"key":"url.full","value":{"stringValue":"https://provider.example/send"}}"#))
        #expect(!text.contains("open-sesame") && !text.contains("url.query"))
    }
}

@Suite struct `The tracer` {
    private struct Words: Extractor, Injector {
        func extract(key: String, from carrier: [String: String]) -> String? { carrier[key] }
        func inject(_ value: String, forKey key: String, into carrier: inout [String: String]) { carrier[key] = value }
    }

    @Test func `without an exporter passes one trace on from carrier to carrier`() throws {
        let tracer = SuiteTracer(exporter: nil)
        let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        var context = ServiceContext.topLevel
        tracer.extract(["traceparent": parent, "tracestate": "a=b"], into: &context, using: Words())
        let span = tracer.startSpan("x", context: context)
        #expect(!span.isRecording)
        var out: [String: String] = [:]
        tracer.inject(span.context, into: &out, using: Words())
        #expect(out["traceparent"]?.contains("0af7651916cd43dd8448eb211c80319c") == true)
        #expect(out["traceparent"] != parent)
        #expect(out["tracestate"] == "a=b")
        span.end()
    }

    @Test func `begins a trace where there is none, or only a broken one`() {
        let tracer = SuiteTracer(exporter: nil)
        var context = ServiceContext.topLevel
        tracer.extract(["traceparent": "nonsense"], into: &context, using: Words())
        #expect(context.traceContext == nil)
        #expect(tracer.startSpan("x", context: context).context.traceContext != nil)
    }

    @Test func `sends spans as OTLP to a collector, parents and all`() async throws {
        let bodies = Mutex<[Data]>([])
        let router = Router()
        router.post("v1/traces") { request, _ in
            #expect(request.headers[.contentType] == "application/json")
            let body = try await request.body.collect(upTo: 1 << 20)
            bodies.withLock { $0.append(Data(body.readableBytesView)) }
            return HTTPResponse.Status.ok
        }
        let collector = Application(router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)))
        try await collector.test(.live) { client in
            let port = try #require(client.port)
            let exporter = SpanExporter(
                service: "intake", version: "1", endpoint: "http://127.0.0.1:\(port)", logger: Logger(label: "x"))
            let group = ServiceGroup(configuration: .init(services: [exporter], logger: Logger(label: "x")))
            async let running: Void = group.run()
            let tracer = SuiteTracer(exporter: exporter)
            tracer.withSpan("outer \"quoted\"", context: .topLevel, ofKind: .server) { outer in
                outer.attributes["ticket.number"] = "T-1"
                outer.attributes["count"] = 7
                tracer.withSpan("inner", context: outer.context) { inner in
                    inner.addLink(outer)
                    inner.recordError(CancellationError())
                    inner.setStatus(SpanStatus(code: .error))
                }
            }
            await group.triggerGracefulShutdown()
            try await running
        }
        let body = try #require(bodies.withLock { $0.first })
        let text = try #require(String(data: body, encoding: .utf8))
        let spans = try JSONDecoder().decode(Request.self, from: body).resourceSpans[0].scopeSpans[0].spans
        #expect(spans.map(\.name) == ["inner", "outer \"quoted\""])
        #expect(spans[0].parentSpanId == spans[1].spanId)
        #expect(spans[0].traceId == spans[1].traceId)
        #expect(spans[1].parentSpanId == nil)
        #expect(spans[1].kind == 2)
        #expect(spans[0].status.code == 2)
        #expect(spans[0].links.first?.spanId == spans[1].spanId)
        #expect((UInt64(spans[1].endTimeUnixNano) ?? 0) >= (UInt64(spans[1].startTimeUnixNano) ?? .max))
        #expect(text.contains("{\"key\":\"count\",\"value\":{\"intValue\":\"7\"}}"))
        #expect(text.contains("{\"key\":\"service.name\",\"value\":{\"stringValue\":\"intake\"}}"))
    }

    @Test func `drops spans when the collector is away, and ends all the same`() async throws {
        let exporter = SpanExporter(
            service: "x", version: "1", endpoint: "http://127.0.0.1:1",
            logger: Logger(label: "x") { _ in SwiftLogNoOpLogHandler() })
        let tracer = SuiteTracer(exporter: exporter)
        for _ in 0..<20_000 { tracer.startSpan("x", context: .topLevel).end() }
        let group = ServiceGroup(
            configuration: .init(services: [exporter], logger: Logger(label: "x") { _ in SwiftLogNoOpLogHandler() }))
        async let running: Void = group.run()
        await group.triggerGracefulShutdown()
        try await running
    }

    private struct Request: Decodable {
        struct Resource: Decodable { let scopeSpans: [Scope] }
        struct Scope: Decodable { let spans: [Span] }
        struct Link: Decodable { let spanId: String }
        struct Status: Decodable { let code: Int? }
        struct Span: Decodable {
            let traceId, spanId, name, startTimeUnixNano, endTimeUnixNano: String
            let parentSpanId: String?
            let kind: Int
            let links: [Link]
            let status: Status
        }
        let resourceSpans: [Resource]
    }
}
