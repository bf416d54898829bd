import AMQP
import Foundation

/// All properties of a message as JSON, for messages that are kept as they came: dead letters and deferred ones.
///
/// Texts, numbers, booleans and lists are themselves; what JSON cannot tell apart is an object with one key:
/// `{"bytes": "<base64>"}`, `{"time": <seconds>}`, `{"double": "<text>"}`, `{"table": {…}}`, `{"void": true}`.
/// U+0000 becomes U+001A, since Postgres cannot keep it; tables deeper than 16 levels are cut there.
enum PropertiesJSON {
    static func encode(_ properties: MessageProperties) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(Kept(properties)), as: UTF8.self)
    }

    static func decode(_ json: some Sequence<UInt8>) throws -> MessageProperties {
        try JSONDecoder().decode(Kept.self, from: Data(json)).properties
    }

    static func clean(_ text: String) -> String {
        text.utf8.contains(0) ? text.replacingOccurrences(of: "\0", with: "\u{1A}") : text
    }
}

private struct Kept: Codable {
    var contentType: String?
    var contentEncoding: String?
    var headers: [String: KeptValue]?
    var transient: Bool?
    var correlationID: String?
    var replyTo: String?
    var messageID: String?
    var timestamp: Int64?
    var type: String?
    var userID: String?
    var appID: String?

    init(_ properties: MessageProperties) {
        contentType = properties.contentType.map(PropertiesJSON.clean)
        contentEncoding = properties.contentEncoding.map(PropertiesJSON.clean)
        headers = properties.headers.isEmpty ? nil : KeptValue.keep(properties.headers, depth: 1)
        transient = properties.isPersistent ? nil : true
        correlationID = properties.correlationID.map(PropertiesJSON.clean)
        replyTo = properties.replyTo.map(PropertiesJSON.clean)
        messageID = properties.messageID.map(PropertiesJSON.clean)
        timestamp = properties.timestamp.map { Int64(clamping: $0) }
        type = properties.type.map(PropertiesJSON.clean)
        userID = properties.userID.map(PropertiesJSON.clean)
        appID = properties.appID.map(PropertiesJSON.clean)
    }

    var properties: MessageProperties {
        var properties = MessageProperties()
        properties.contentType = contentType
        properties.contentEncoding = contentEncoding
        properties.headers = (headers ?? [:]).mapValues(\.value)
        properties.isPersistent = transient != true
        properties.correlationID = correlationID
        properties.replyTo = replyTo
        properties.messageID = messageID
        properties.timestamp = timestamp.map { Date(timeIntervalSince1970: Double($0)) }
        properties.type = type
        properties.userID = userID
        properties.appID = appID
        return properties
    }
}

private struct KeptValue: Codable {
    let value: FieldValue

    static func keep(_ table: [String: FieldValue], depth: Int) -> [String: KeptValue] {
        Dictionary(
            table.map { (PropertiesJSON.clean($0.key), KeptValue($0.value, depth: depth)) },
            uniquingKeysWith: { first, _ in first })
    }

    init(_ value: FieldValue, depth: Int) {
        switch value {
        case .table where depth >= 16, .array where depth >= 16: self.value = .string("…")
        case .table(let table): self.value = .table(Self.keep(table, depth: depth + 1).mapValues(\.value))
        case .array(let list): self.value = .array(list.map { KeptValue($0, depth: depth + 1).value })
        case .string(let text): self.value = .string(PropertiesJSON.clean(text))
        default: self.value = value
        }
    }

    private init(kept value: FieldValue) { self.value = value }

    private enum Key: String, CodingKey { case bytes, time, double, table, void }

    init(from decoder: any Decoder) throws {
        let single = try decoder.singleValueContainer()
        if let flag = try? single.decode(Bool.self) {  // an error: of another kind
            value = .bool(flag)
        } else if let number = try? single.decode(Int64.self) {  // the same
            value = .int(number)
        } else if let text = try? single.decode(String.self) {  // the same
            value = .string(text)
        } else if let list = try? single.decode([KeptValue].self) {  // the same
            value = .array(list.map(\.value))
        } else {
            value = try Self.tagged(decoder.container(keyedBy: Key.self))
        }
    }

    private static func tagged(_ container: KeyedDecodingContainer<Key>) throws -> FieldValue {
        if let bytes = try container.decodeIfPresent(Data.self, forKey: .bytes) { return .bytes(Array(bytes)) }
        if let time = try container.decodeIfPresent(Int64.self, forKey: .time) {
            return .timestamp(Date(timeIntervalSince1970: Double(time)))
        }
        if let text = try container.decodeIfPresent(String.self, forKey: .double) {
            return .double(Double(text) ?? .nan)
        }
        if let table = try container.decodeIfPresent([String: KeptValue].self, forKey: .table) {
            return .table(table.mapValues(\.value))
        }
        return .void
    }

    func encode(to encoder: any Encoder) throws {
        var single = encoder.singleValueContainer()
        switch value {
        case .bool(let flag): return try single.encode(flag)
        case .int(let number): return try single.encode(number)
        case .string(let text): return try single.encode(text)
        case .array(let list): return try single.encode(list.map(KeptValue.init(kept:)))
        case .bytes(let bytes): return try single.encode(["bytes": Data(bytes)])
        case .timestamp(let date): return try single.encode(["time": Int64(clamping: date)])
        case .double(let number): return try single.encode(["double": "\(number)"])
        case .table(let table): return try single.encode(["table": table.mapValues(KeptValue.init(kept:))])
        case .void: return try single.encode(["void": true])
        }
    }
}

extension Int64 {
    /// Whole seconds since 1970; a broken date at either end of the range.
    fileprivate init(clamping date: Date) {
        let seconds = date.timeIntervalSince1970.rounded(.down)
        self = Int64(exactly: seconds) ?? (seconds > 0 ? .max : .min)
    }
}
