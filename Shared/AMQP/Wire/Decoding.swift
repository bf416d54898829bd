internal import CRabbitMQ
import Foundation

/// Copies out of librabbitmq's memory, which is used again after every frame.
extension amqp_bytes_t {
    var buffer: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: bytes, count: len) }

    var text: String { String(decoding: buffer, as: UTF8.self) }
}

extension MessageProperties {
    init(_ source: amqp_basic_properties_t) {
        self.init()
        func text(_ flag: UInt32, _ value: amqp_bytes_t) -> String? {
            source._flags & flag == 0 ? nil : value.text
        }
        contentType = text(Flag.contentType, source.content_type)
        contentEncoding = text(Flag.contentEncoding, source.content_encoding)
        correlationID = text(Flag.correlationID, source.correlation_id)
        replyTo = text(Flag.replyTo, source.reply_to)
        messageID = text(Flag.messageID, source.message_id)
        type = text(Flag.type, source.type)
        userID = text(Flag.userID, source.user_id)
        appID = text(Flag.appID, source.app_id)
        isPersistent = source._flags & Flag.deliveryMode != 0 && source.delivery_mode == 2
        if source._flags & Flag.timestamp != 0 { timestamp = Seconds.date(source.timestamp) }
        if source._flags & Flag.headers != 0 { headers = FieldValue.entries(source.headers, depth: 0) }
    }
}

extension FieldValue {
    /// Deeper values are read as `void`: nobody sends such, and recursion must end.
    private static let depthLimit = 32

    static func entries(_ source: amqp_table_t, depth: Int) -> [String: FieldValue] {
        var entries: [String: FieldValue] = [:]
        guard let first = source.entries, source.num_entries > 0 else { return entries }
        entries.reserveCapacity(Int(source.num_entries))
        for index in 0..<Int(source.num_entries) {
            entries[first[index].key.text] = FieldValue(first[index].value, depth: depth)
        }
        return entries
    }

    init(_ source: amqp_field_value_t, depth: Int) {
        let value = source.value
        switch source.kind {
        case Kind.bool: self = .bool(value.boolean != 0)
        case Kind.int8: self = .int(Int64(value.i8))
        case Kind.uint8: self = .int(Int64(value.u8))
        case Kind.int16: self = .int(Int64(value.i16))
        case Kind.uint16: self = .int(Int64(value.u16))
        case Kind.int32: self = .int(Int64(value.i32))
        case Kind.uint32: self = .int(Int64(value.u32))
        // RabbitMQ writes and reads both letters as signed.
        case Kind.int64, Kind.uint64: self = .int(value.i64)
        case Kind.float: self = .double(Double(value.f32))
        case Kind.double: self = .double(value.f64)
        case Kind.decimal:
            self = .double(Double(Int32(bitPattern: value.decimal.value)) / pow(10, Double(value.decimal.decimals)))
        case Kind.text:
            self =
                String(validating: value.bytes.buffer, as: UTF8.self).map { .string($0) }
                ?? .bytes([UInt8](value.bytes.buffer))
        case Kind.bytes: self = .bytes([UInt8](value.bytes.buffer))
        case Kind.timestamp: self = .timestamp(Seconds.date(value.u64))
        case Kind.table where depth < Self.depthLimit: self = .table(Self.entries(value.table, depth: depth + 1))
        case Kind.array where depth < Self.depthLimit:
            let elements = (0..<Int(max(value.array.num_entries, 0))).compactMap { value.array.entries?[$0] }
            self = .array(elements.map { FieldValue($0, depth: depth + 1) })
        default: self = .void
        }
    }
}

/// Which properties are present.
enum Flag {
    static let contentType = UInt32(AMQP_BASIC_CONTENT_TYPE_FLAG)
    static let contentEncoding = UInt32(AMQP_BASIC_CONTENT_ENCODING_FLAG)
    static let headers = UInt32(AMQP_BASIC_HEADERS_FLAG)
    static let deliveryMode = UInt32(AMQP_BASIC_DELIVERY_MODE_FLAG)
    static let correlationID = UInt32(AMQP_BASIC_CORRELATION_ID_FLAG)
    static let replyTo = UInt32(AMQP_BASIC_REPLY_TO_FLAG)
    static let messageID = UInt32(AMQP_BASIC_MESSAGE_ID_FLAG)
    static let timestamp = UInt32(AMQP_BASIC_TIMESTAMP_FLAG)
    static let type = UInt32(AMQP_BASIC_TYPE_FLAG)
    static let userID = UInt32(AMQP_BASIC_USER_ID_FLAG)
    static let appID = UInt32(AMQP_BASIC_APP_ID_FLAG)
}
