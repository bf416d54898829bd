public import Foundation
public import Kernel

/// A column's value in PostgreSQL's binary form. Valid only inside the call that gets it.
public struct SQLCell {
    /// The type's `pg_type.oid`.
    public let type: UInt32
    public let bytes: UnsafeRawBufferPointer

    func integer<Value: FixedWidthInteger>(at offset: Int = 0, as type: Value.Type = Value.self) throws(SQLMismatch)
        -> Value
    {
        guard offset >= 0, bytes.count - offset >= MemoryLayout<Value>.size else {
            throw SQLMismatch("The value is cut short")
        }
        return Value(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Value.self))
    }

    func mismatch<Wanted>(_ wanted: Wanted.Type) -> SQLMismatch {
        SQLMismatch("\(OID.name(type)) cannot be read as \(wanted)")
    }
}

/// A value that a column can be read as: the types of ``SQLValue``. Integers of any width are read when the value fits;
/// `numeric` (of a `sum`) as String, or as Int and Double when it is one.
public protocol SQLDecodable: Sendable {
    static func decode(_ cell: SQLCell) throws(SQLMismatch) -> Self
    /// What NULL is read as.
    static func decodeNull() throws(SQLMismatch) -> Self
    static func decodeArray(_ cell: SQLCell) throws(SQLMismatch) -> [Self]
}

extension SQLDecodable {
    public static func decodeNull() throws(SQLMismatch) -> Self {
        throw SQLMismatch("NULL cannot be read as \(Self.self)")
    }

    public static func decodeArray(_ cell: SQLCell) throws(SQLMismatch) -> [Self] {
        guard cell.bytes.count >= 12 else { throw cell.mismatch([Self].self) }
        let dimensions = try cell.integer(as: Int32.self)
        let type = try cell.integer(at: 8, as: UInt32.self)
        guard OID.isArray(cell.type) else { throw cell.mismatch([Self].self) }
        if dimensions == 0 { return [] }
        guard dimensions == 1 else { throw SQLMismatch("An array of \(dimensions) dimensions cannot be read") }
        let count = try cell.integer(at: 12, as: Int32.self)
        guard count >= 0, Int(count) * 4 <= cell.bytes.count else { throw SQLMismatch("The array is cut short") }
        var offset = 20
        var elements: [Self] = []
        elements.reserveCapacity(Int(count))
        for _ in 0..<count {
            let length = Int(try cell.integer(at: offset, as: Int32.self))
            offset += 4
            if length < 0 {
                elements.append(try decodeNull())
                continue
            }
            guard cell.bytes.count - offset >= length else { throw SQLMismatch("The array is cut short") }
            elements.append(
                try decode(SQLCell(type: type, bytes: .init(rebasing: cell.bytes[offset..<offset + length]))))
            offset += length
        }
        return elements
    }
}

extension OID {
    static func isArray(_ oid: UInt32) -> Bool {
        switch oid {
        case 199, 1000...1009, 1014...1022, 1028, 1115, 1182, 1183, 1185, 1231, 2951, 3807, firstOfUsers...: true
        default: false
        }
    }
}

extension SQLCell {
    func number<Value: FixedWidthInteger>(as type: Value.Type) throws(SQLMismatch) -> Value {
        let wide: Int64
        switch self.type {
        case SQLType.int8.oid: wide = try integer()
        case SQLType.int4.oid: wide = Int64(try integer(as: Int32.self))
        case SQLType.int2.oid: wide = Int64(try integer(as: Int16.self))
        case OID.oid: wide = Int64(try integer(as: UInt32.self))
        case OID.numeric:
            guard let value = Int64(try numericText()) else {
                throw SQLMismatch("The numeric is no whole number of 64 bits")
            }
            wide = value
        default: throw mismatch(type)
        }
        guard let value = Value(exactly: wide) else { throw SQLMismatch("\(wide) does not fit \(type)") }
        return value
    }
}

extension Bool: SQLDecodable {
    public static func decode(_ cell: SQLCell) throws(SQLMismatch) -> Bool {
        guard cell.type == SQLType.bool.oid else { throw cell.mismatch(Bool.self) }
        return try cell.integer(as: UInt8.self) != 0
    }
}

extension Int16: SQLDecodable {
    public static func decode(_ cell: SQLCell) throws(SQLMismatch) -> Int16 { try cell.number(as: Int16.self) }
}

extension Int32: SQLDecodable {
    public static func decode(_ cell: SQLCell) throws(SQLMismatch) -> Int32 { try cell.number(as: Int32.self) }
}

extension Int64: SQLDecodable {
    public static func decode(_ cell: SQLCell) throws(SQLMismatch) -> Int64 { try cell.number(as: Int64.self) }
}

extension Int: SQLDecodable {
    public static func decode(_ cell: SQLCell) throws(SQLMismatch) -> Int { try cell.number(as: Int.self) }
}

extension UInt8: SQLDecodable {
    public static func decode(_ cell: SQLCell) throws(SQLMismatch) -> UInt8 { try cell.number(as: UInt8.self) }

    public static func decodeArray(_ cell: SQLCell) throws(SQLMismatch) -> [UInt8] {
        guard cell.type == OID.bytea else { throw cell.mismatch([UInt8].self) }
        return Array(cell.bytes)
    }
}

extension Double: SQLDecodable {
    public static func decode(_ cell: SQLCell) throws(SQLMismatch) -> Double {
        switch cell.type {
        case SQLType.float8.oid: return Double(bitPattern: try cell.integer())
        case OID.float4: return Double(Float(bitPattern: try cell.integer()))
        case OID.numeric: return Double(try cell.numericText()) ?? .nan
        case SQLType.int4.oid, SQLType.int2.oid: return Double(try cell.number(as: Int32.self))
        default: throw cell.mismatch(Double.self)
        }
    }
}

extension String: SQLDecodable {
    public static func decode(_ cell: SQLCell) throws(SQLMismatch) -> String {
        switch cell.type {
        case SQLType.text.oid, OID.varchar, OID.bpchar, OID.name, OID.char, OID.json, OID.xml, OID.unknown:
            return String(decoding: cell.bytes, as: UTF8.self)
        case SQLType.jsonb.oid: return String(decoding: cell.bytes.dropFirst(), as: UTF8.self)
        case SQLType.uuid.oid: return try UUID.decode(cell).lowercaseText
        case OID.numeric: return try cell.numericText()
        case OID.firstOfUsers...:
            guard let text = String(validating: cell.bytes, as: UTF8.self) else { throw cell.mismatch(String.self) }
            return text
        default: throw cell.mismatch(String.self)
        }
    }
}

extension UUID: SQLDecodable {
    public static func decode(_ cell: SQLCell) throws(SQLMismatch) -> UUID {
        guard cell.type == SQLType.uuid.oid, cell.bytes.count == 16 else { throw cell.mismatch(UUID.self) }
        return UUID(uuid: cell.bytes.loadUnaligned(as: uuid_t.self))
    }
}

extension ID: SQLDecodable {
    public static func decode(_ cell: SQLCell) throws(SQLMismatch) -> ID { ID(try UUID.decode(cell)) }
}

extension Date: SQLDecodable {
    /// `timestamp` is taken as UTC, `date` as its midnight in UTC.
    public static func decode(_ cell: SQLCell) throws(SQLMismatch) -> Date {
        switch cell.type {
        case SQLType.timestamptz.oid, OID.timestamp:
            let micros = try cell.integer(as: Int64.self)
            guard micros != .max, micros != .min else { throw SQLMismatch("infinity cannot be read as Date") }
            let (seconds, rest) = micros.quotientAndRemainder(dividingBy: 1_000_000)
            return Date(timeIntervalSinceReferenceDate: Double(seconds - sqlEpochOffset) + Double(rest) / 1_000_000)
        case OID.date:
            let days = try cell.integer(as: Int32.self)
            guard days != .max, days != .min else { throw SQLMismatch("infinity cannot be read as Date") }
            return Date(timeIntervalSinceReferenceDate: Double(Int64(days) * 86_400 - sqlEpochOffset))
        default: throw cell.mismatch(Date.self)
        }
    }
}

extension JSON {
    public static func decode(_ cell: SQLCell) throws(SQLMismatch) -> JSON {
        switch cell.type {
        case SQLType.jsonb.oid: return JSON(bytes: Array(cell.bytes.dropFirst()))
        case OID.json: return JSON(bytes: Array(cell.bytes))
        default: throw cell.mismatch(JSON.self)
        }
    }
}

extension Optional: SQLDecodable where Wrapped: SQLDecodable {
    public static func decode(_ cell: SQLCell) throws(SQLMismatch) -> Wrapped? { try Wrapped.decode(cell) }
    public static func decodeNull() throws(SQLMismatch) -> Wrapped? { nil }
}

extension Array: SQLDecodable where Element: SQLDecodable {
    public static func decode(_ cell: SQLCell) throws(SQLMismatch) -> [Element] { try Element.decodeArray(cell) }
}
