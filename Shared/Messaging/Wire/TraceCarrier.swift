import Contracts
import Tracing

/// Trace context as text headers, in and out of messages. Costs nothing while nobody traces.
struct TraceCarrier {
    let traceparent: String?
    /// `tracestate`, `baggage`.
    let others: [String: String]

    /// Of the current task; nil when there is none.
    static func current() -> TraceCarrier? { ServiceContext.current.flatMap(TraceCarrier.init) }

    init?(_ context: ServiceContext) {
        var fields: [String: String] = [:]
        InstrumentationSystem.instrument.inject(context, into: &fields, using: TextInjector())
        guard !fields.isEmpty else { return nil }
        traceparent = fields.removeValue(forKey: EnvelopeCodec.HeaderName.traceparent)
        others = fields
    }

    /// The context that a message travelled with.
    static func context(of traceparent: String?) -> ServiceContext {
        var context = ServiceContext.topLevel
        if let traceparent {
            InstrumentationSystem.instrument.extract(
                [EnvelopeCodec.HeaderName.traceparent: traceparent], into: &context, using: TextExtractor())
        }
        return context
    }
}

private struct TextInjector: Injector {
    func inject(_ value: String, forKey key: String, into carrier: inout [String: String]) {
        carrier[key.lowercased()] = value
    }
}

private struct TextExtractor: Extractor {
    func extract(key: String, from carrier: [String: String]) -> String? { carrier[key.lowercased()] }
}
