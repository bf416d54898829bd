import Tracing

/// Spans as the OTLP/HTTP JSON encoding wants them (opentelemetry-proto, trace service): ids in hex, times as decimal
/// texts of nanoseconds, 64-bit integers as texts.
enum OTLP {
    static func request(service: String, version: String, spans: [SpanRecording]) -> [UInt8] {
        var json = JSONText(reserving: 512 * spans.count + 256)
        json.raw("{\"resourceSpans\":[{\"resource\":{\"attributes\":[")
        attribute("service.name", .string(service), into: &json)
        json.raw(",")
        attribute("service.version", .string(version), into: &json)
        json.raw("]},\"scopeSpans\":[{\"scope\":{\"name\":\"paidan\"},\"spans\":[")
        for (index, span) in spans.enumerated() {
            if index > 0 { json.raw(",") }
            write(span, into: &json)
        }
        json.raw("]}]}]}")
        return json.bytes
    }

    private static func write(_ span: SpanRecording, into json: inout JSONText) {
        json.raw("{\"traceId\":\"\(span.ids.traceIDText)\",\"spanId\":\"\(span.ids.spanIDText)\"")
        if let parent = span.parent {
            let ids = TraceContext(traceHigh: 0, traceLow: 0, span: parent, isSampled: true)
            json.raw(",\"parentSpanId\":\"\(ids.spanIDText)\"")
        }
        json.raw(",\"name\":")
        json.string(span.name)
        json.raw(",\"kind\":\(number(of: span.kind)),\"startTimeUnixNano\":\"\(span.start)\"")
        json.raw(",\"endTimeUnixNano\":\"\(span.end)\",\"attributes\":")
        attributes(span.attributes, into: &json)
        json.raw(",\"events\":[")
        for (index, event) in span.events.enumerated() {
            if index > 0 { json.raw(",") }
            json.raw("{\"timeUnixNano\":\"\(event.nanosecondsSinceEpoch)\",\"name\":")
            json.string(event.name)
            json.raw(",\"attributes\":")
            attributes(event.attributes, into: &json)
            json.raw("}")
        }
        json.raw("],\"links\":[")
        for (index, link) in span.links.compactMap(\.context.traceContext).enumerated() {
            if index > 0 { json.raw(",") }
            json.raw("{\"traceId\":\"\(link.traceIDText)\",\"spanId\":\"\(link.spanIDText)\"}")
        }
        json.raw("],\"status\":{")
        if let status = span.status {
            json.raw("\"code\":\(status.code == .ok ? 1 : 2)")
            if let message = status.message {
                json.raw(",\"message\":")
                json.string(message)
            }
        }
        json.raw("}}")
    }

    private static func number(of kind: SpanKind) -> Int {
        switch kind {
        case .internal: 1
        case .server: 2
        case .client: 3
        case .producer: 4
        case .consumer: 5
        }
    }

    private static func attributes(_ attributes: SpanAttributes, into json: inout JSONText) {
        json.raw("[")
        var isFirst = true
        attributes.forEach { name, value in
            // A query may hold a provider's access token, or what somebody searched for.
            if name == "url.query" { return }
            var value = value
            if name == "url.full", case .string(let text) = value { value = .string(String(text.prefix { $0 != "?" })) }
            if !isFirst { json.raw(",") }
            isFirst = false
            attribute(name, value, into: &json)
        }
        json.raw("]")
    }

    private static func attribute(_ name: String, _ value: SpanAttribute, into json: inout JSONText) {
        json.raw("{\"key\":")
        json.string(name)
        json.raw(",\"value\":{")
        switch value {
        case .int32(let number): json.raw("\"intValue\":\"\(number)\"")
        case .int64(let number): json.raw("\"intValue\":\"\(number)\"")
        case .double(let number) where number.isFinite: json.raw("\"doubleValue\":\(number)")
        case .bool(let flag): json.raw("\"boolValue\":\(flag)")
        case .string(let text):
            json.raw("\"stringValue\":")
            json.string(text)
        case .stringConvertible(let object):
            json.raw("\"stringValue\":")
            json.string(object.description)
        default:
            json.raw("\"stringValue\":")
            json.string("\(value)")
        }
        json.raw("}}")
    }
}
