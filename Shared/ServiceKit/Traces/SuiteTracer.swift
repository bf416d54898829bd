private import Synchronization
import Tracing

/// Makes spans and carries their ids over any carrier as W3C `traceparent` and `tracestate`. Without an exporter it
/// records nothing, but ids still flow, so that log lines and messages of one ticket can be found by one trace id.
struct SuiteTracer: Tracer {
    let exporter: SpanExporter?

    func startSpan<Instant: TracerInstant>(
        _ operationName: String, context: @autoclosure () -> ServiceContext, ofKind kind: SpanKind,
        at instant: @autoclosure () -> Instant, function: String, file fileID: String, line: UInt
    ) -> SuiteSpan {
        var context = context()
        let parent = context.traceContext
        let own = parent?.child() ?? TraceContext.root()
        context.traceContext = own
        guard let exporter, own.isSampled else {
            return SuiteSpan(context: context, recording: nil, exporter: nil)
        }
        let recording = SpanRecording(
            name: operationName, kind: kind, ids: own, parent: parent?.span, start: instant().nanosecondsSinceEpoch)
        return SuiteSpan(context: context, recording: recording, exporter: exporter)
    }

    func extract<Carrier, Extract: Extractor>(
        _ carrier: Carrier, into context: inout ServiceContext, using extractor: Extract
    ) where Extract.Carrier == Carrier {
        guard let text = extractor.extract(key: "traceparent", from: carrier) else { return }
        let state = extractor.extract(key: "tracestate", from: carrier)
        if let found = TraceContext(traceparent: text, state: state) { context.traceContext = found }
    }

    func inject<Carrier, Inject: Injector>(
        _ context: ServiceContext, into carrier: inout Carrier, using injector: Inject
    ) where Inject.Carrier == Carrier {
        guard let trace = context.traceContext else { return }
        injector.inject(trace.traceparent, forKey: "traceparent", into: &carrier)
        if let state = trace.state { injector.inject(state, forKey: "tracestate", into: &carrier) }
    }

    func forceFlush() {}
}

/// What is recorded of one span until it ends.
struct SpanRecording: Sendable {
    var name: String
    let kind: SpanKind
    let ids: TraceContext
    /// The span that this one is part of; nil at the root.
    let parent: UInt64?
    /// Nanoseconds since 1970.
    let start: UInt64
    var end: UInt64 = 0
    var attributes: SpanAttributes = [:]
    var events: [SpanEvent] = []
    var links: [SpanLink] = []
    var status: SpanStatus?

    init(name: String, kind: SpanKind, ids: TraceContext, parent: UInt64?, start: UInt64) {
        self.name = name
        self.kind = kind
        self.ids = ids
        self.parent = parent
        self.start = start
    }
}

/// One span. It is handed to the exporter when it ends, once; what is said to it afterwards is lost.
final class SuiteSpan: Span {
    /// Events and links beyond this many are dropped: a span is no log.
    private static let mostParts = 64

    let context: ServiceContext
    private let recording: Mutex<SpanRecording?>
    private let exporter: SpanExporter?

    init(context: ServiceContext, recording: SpanRecording?, exporter: SpanExporter?) {
        self.context = context
        self.recording = Mutex(recording)
        self.exporter = exporter
    }

    private func change(_ body: (inout SpanRecording) -> Void) {
        guard exporter != nil else { return }
        recording.withLock { recording in
            guard var changed = recording else { return }
            recording = nil
            body(&changed)
            recording = changed
        }
    }

    var operationName: String {
        get { recording.withLock { $0?.name ?? "" } }
        set { change { $0.name = newValue } }
    }

    var attributes: SpanAttributes {
        get { recording.withLock { $0?.attributes ?? [:] } }
        set { change { $0.attributes = newValue } }
    }

    var isRecording: Bool { exporter != nil && recording.withLock { $0 != nil } }

    func setStatus(_ status: SpanStatus) { change { $0.status = status } }

    func addEvent(_ event: SpanEvent) { change { if $0.events.count < Self.mostParts { $0.events.append(event) } } }

    func addLink(_ link: SpanLink) { change { if $0.links.count < Self.mostParts { $0.links.append(link) } } }

    /// Keeps the error's type only: its text may hold what people wrote.
    func recordError<Instant: TracerInstant>(
        _ error: any Error, attributes: SpanAttributes, at instant: @autoclosure () -> Instant
    ) {
        var all = attributes
        all["exception.type"] = String(reflecting: type(of: error))
        addEvent(SpanEvent(name: "exception", at: instant(), attributes: all))
    }

    func end<Instant: TracerInstant>(at instant: @autoclosure () -> Instant) {
        guard let exporter else { return }
        let finished = recording.withLock { recording in
            defer { recording = nil }
            return recording
        }
        guard var finished else { return }
        finished.end = instant().nanosecondsSinceEpoch
        exporter.take(finished)
    }
}
