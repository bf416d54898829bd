internal import CRabbitMQ
import Foundation

/// Memory for the C values of one send; all of it is given back at once.
final class Arena {
    private let pool: UnsafeMutablePointer<amqp_pool_t>

    init() {
        pool = .allocate(capacity: 1)
        init_amqp_pool(pool, 16 * 1024)
    }

    deinit {
        empty_amqp_pool(pool)
        pool.deallocate()
    }

    func recycle() { recycle_amqp_pool(pool) }

    func bytes(_ text: String) -> amqp_bytes_t {
        var text = text
        return text.withUTF8 { bytes(UnsafeRawBufferPointer($0)) }
    }

    func bytes(_ source: UnsafeRawBufferPointer) -> amqp_bytes_t {
        guard let base = source.baseAddress, source.count > 0, let copy = amqp_pool_alloc(pool, source.count) else {
            return amqp_empty_bytes
        }
        copy.copyMemory(from: base, byteCount: source.count)
        return amqp_bytes_t(len: source.count, bytes: copy)
    }

    func table(_ entries: [String: FieldValue]) -> amqp_table_t {
        guard !entries.isEmpty, let memory = allocate(amqp_table_entry_t.self, entries.count) else {
            return amqp_empty_table
        }
        for (index, entry) in entries.enumerated() {
            (memory + index).initialize(to: amqp_table_entry_t(key: bytes(entry.key), value: value(entry.value)))
        }
        return amqp_table_t(num_entries: Int32(entries.count), entries: memory)
    }

    private func value(_ source: FieldValue) -> amqp_field_value_t {
        var result = amqp_field_value_t()
        switch source {
        case .bool(let flag):
            result.kind = Kind.bool
            result.value.boolean = flag ? 1 : 0
        case .int(let number):
            result.kind = Kind.int64
            result.value.i64 = number
        case .double(let number):
            result.kind = Kind.double
            result.value.f64 = number
        case .string(let text):
            result.kind = Kind.text
            result.value.bytes = bytes(text)
        case .bytes(let source):
            result.kind = Kind.bytes
            result.value.bytes = source.withUnsafeBytes { bytes($0) }
        case .timestamp(let date):
            result.kind = Kind.timestamp
            result.value.u64 = Seconds.since1970(date)
        case .table(let entries):
            result.kind = Kind.table
            result.value.table = table(entries)
        case .array(let values):
            result.kind = Kind.array
            let memory = values.isEmpty ? nil : allocate(amqp_field_value_t.self, values.count)
            for (index, element) in values.enumerated() { memory.map { ($0 + index).initialize(to: value(element)) } }
            result.value.array = amqp_array_t(num_entries: memory == nil ? 0 : Int32(values.count), entries: memory)
        case .void: result.kind = Kind.void
        }
        return result
    }

    private func allocate<C>(_ type: C.Type, _ count: Int) -> UnsafeMutablePointer<C>? {
        amqp_pool_alloc(pool, count * MemoryLayout<C>.stride)?.bindMemory(to: type, capacity: count)
    }
}

/// The letters by which a table's values are told apart, as RabbitMQ uses them.
enum Kind {
    static let bool = UInt8(ascii: "t"), int8 = UInt8(ascii: "b"), uint8 = UInt8(ascii: "B")
    static let int16 = UInt8(ascii: "s"), uint16 = UInt8(ascii: "u")
    static let int32 = UInt8(ascii: "I"), uint32 = UInt8(ascii: "i")
    static let int64 = UInt8(ascii: "l"), uint64 = UInt8(ascii: "L")
    static let float = UInt8(ascii: "f"), double = UInt8(ascii: "d"), decimal = UInt8(ascii: "D")
    static let text = UInt8(ascii: "S"), bytes = UInt8(ascii: "x"), timestamp = UInt8(ascii: "T")
    static let table = UInt8(ascii: "F"), array = UInt8(ascii: "A"), void = UInt8(ascii: "V")
}

enum Seconds {
    /// Whole seconds; times before 1970 become zero.
    static func since1970(_ date: Date) -> UInt64 {
        UInt64(min(max(date.timeIntervalSince1970.rounded(.down), 0), 9e15))
    }

    /// The end of the year 9999: a sender may write any number, but no database and no calendar takes it.
    private static let last: UInt64 = 253_402_300_799

    static func date(_ seconds: UInt64) -> Date { Date(timeIntervalSince1970: Double(min(seconds, last))) }
}
