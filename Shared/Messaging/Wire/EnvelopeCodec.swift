public import AMQP
public import Contracts
public import Foundation
import Kernel

/// ``Envelope`` in AMQP 0-9-1: CloudEvents 1.0 attributes in the properties that mean the same, the rest in headers
/// named as the CloudEvents binding for AMQP 1.0 names them.
public enum EnvelopeCodec {
    public enum HeaderName {
        public static let specVersion = "cloudEvents:specversion"
        public static let source = "cloudEvents:source"
        public static let subject = "cloudEvents:subject"
        public static let time = "cloudEvents:time"
        public static let aggregateID = "aggregateid"
        public static let aggregateVersion = "aggregateversion"
        public static let causationID = "causationid"
        public static let replay = "replay"
        public static let traceparent = "traceparent"
    }

    /// Which attribute is missing or cannot be read.
    public struct Fault: Error, Hashable {
        public let attribute: String
    }

    /// - Parameters:
    ///   - correlation: instead of `envelope.correlation`, for adapters whose ids are no UUIDs.
    ///   - extra: further headers; those of the envelope win.
    ///   - stampedAt: when the message was written, by a real clock; `envelope.time` may run ahead in development.
    public static func properties(
        of envelope: Envelope, correlation: String? = nil, extra: [String: String] = [:], stampedAt: Date
    ) -> MessageProperties {
        var properties = MessageProperties()
        properties.contentType = "application/json"
        properties.isPersistent = true
        properties.messageID = envelope.id.lowercase
        properties.type = envelope.type
        properties.appID = envelope.source
        properties.timestamp = stampedAt
        properties.correlationID = correlation ?? envelope.correlation?.lowercase
        var headers = extra.mapValues { FieldValue.string($0) }
        headers[HeaderName.specVersion] = .string("1.0")
        headers[HeaderName.source] = .string(envelope.source)
        headers[HeaderName.time] = .string(WireJSON.text(of: envelope.time))
        if let aggregate = envelope.aggregate {
            let id = FieldValue.string(aggregate.id.lowercase)
            headers[HeaderName.subject] = id
            headers[HeaderName.aggregateID] = id
            headers[HeaderName.aggregateVersion] = .int(aggregate.version)
        }
        if let causation = envelope.causation { headers[HeaderName.causationID] = .string(causation.lowercase) }
        if let traceparent = envelope.traceparent { headers[HeaderName.traceparent] = .string(traceparent) }
        if envelope.replay > 0 { headers[HeaderName.replay] = .int(Int64(envelope.replay)) }
        properties.headers = headers
        return properties
    }

    /// - Throws: ``Fault`` naming the first attribute that is missing or malformed.
    public static func envelope(of properties: MessageProperties) throws(Fault) -> Envelope {
        let headers = properties.headers
        guard let id = properties.messageID.flatMap(UUID.init(uuidString:)) else {
            throw Fault(attribute: "message_id")
        }
        guard let type = properties.type, (1...255).contains(type.utf8.count), !type.utf8.contains(0) else {
            throw Fault(attribute: "type")
        }
        if let contentType = properties.contentType, !isJSON(contentType) { throw Fault(attribute: "content_type") }
        var source = properties.appID
        if source == nil { source = try text(HeaderName.source, in: headers) }
        guard let source, !source.isEmpty,
            !source.utf8.contains(0)
        else {
            throw Fault(attribute: "app_id")
        }
        var time = properties.timestamp
        if let text = try text(HeaderName.time, in: headers) {
            guard text.utf8.count <= 40, let exact = WireJSON.date(from: text) else {
                throw Fault(attribute: HeaderName.time)
            }
            time = exact
        }
        guard let time else { throw Fault(attribute: HeaderName.time) }
        return Envelope(
            id: id, type: type, source: source, time: time, aggregate: try aggregate(in: headers),
            correlation: properties.correlationID.flatMap(UUID.init(uuidString:)),
            causation: try uuid(HeaderName.causationID, in: headers), traceparent: traceparent(in: headers),
            replay: replay(in: headers))
    }

    private static func aggregate(in headers: [String: FieldValue]) throws(Fault) -> Envelope.Aggregate? {
        let version: Int64?
        switch headers[HeaderName.aggregateVersion] {
        case nil: version = nil
        case .int(let number): version = number
        case .string(let text) where text.utf8.count <= 19: version = Int64(text)
        default: throw Fault(attribute: HeaderName.aggregateVersion)
        }
        switch (try uuid(HeaderName.aggregateID, in: headers), version) {
        case (nil, nil): return nil
        case (let id?, let version?) where version > 0: return Envelope.Aggregate(id: id, version: version)
        case (nil, _): throw Fault(attribute: HeaderName.aggregateID)
        default: throw Fault(attribute: HeaderName.aggregateVersion)
        }
    }

    private static func text(_ name: String, in headers: [String: FieldValue]) throws(Fault) -> String? {
        switch headers[name] {
        case nil: return nil
        case .string(let text): return text
        default: throw Fault(attribute: name)
        }
    }

    private static func uuid(_ name: String, in headers: [String: FieldValue]) throws(Fault) -> UUID? {
        guard let text = try text(name, in: headers) else { return nil }
        guard let id = UUID(uuidString: text) else { throw Fault(attribute: name) }
        return id
    }

    /// A malformed trace context is no reason to refuse a message (W3C Trace Context section 4.3): it is dropped.
    static func traceparent(in headers: [String: FieldValue]) -> String? {
        guard case .string(let text) = headers[HeaderName.traceparent], text.utf8.count == 55,
            text.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) || $0 == UInt8(ascii: "-") }
            )
        else { return nil }
        return text
    }

    /// At most a million, so that a number that a stranger wrote fits every table.
    static func replay(in headers: [String: FieldValue]) -> Int {
        guard case .int(let count) = headers[HeaderName.replay] else { return 0 }
        return Int(min(max(0, count), 1_000_000))
    }

    private static func isJSON(_ contentType: String) -> Bool {
        let essence = contentType.prefix { $0 != ";" }.trimmingCharacters(in: .whitespaces).lowercased()
        return essence == "application/json" || essence.hasSuffix("+json")
    }
}

extension UUID {
    var lowercase: String { lowercaseText }
}
