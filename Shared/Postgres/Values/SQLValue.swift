public import Foundation
public import Kernel

/// A value that can be bound to `$n`.
///
/// Conforming: Bool, Int16, Int32, Int64, Int, Double, String (`text`), UUID and ``Kernel/ID`` (`uuid`), Date
/// (`timestamptz`, to the microsecond), `[UInt8]` (`bytea`), ``JSON`` (`jsonb`), Optional of those, and arrays of those
/// and of their Optionals (for `unnest(\(ids)::uuid[], …)`). The type is declared to the server: a String for a column
/// of another type needs a cast in the statement, `\(text)::date`.
public protocol SQLValue: Sendable {
    static var sqlType: SQLType { get }

    /// Appends the binary form, and says whether there is a value: false, with nothing appended, is NULL.
    func encode(into bytes: inout [UInt8]) throws(SQLMismatch) -> Bool
    /// The same for an array of these.
    static func encode(array: [Self], into bytes: inout [UInt8]) throws(SQLMismatch)
}

/// The text of a `json` or `jsonb` value.
public struct JSON: SQLValue, SQLDecodable, Hashable {
    public let bytes: [UInt8]

    public init(bytes: [UInt8]) { self.bytes = bytes }
}

extension [UInt8] {
    mutating func append(bigEndian value: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
    }
}

extension Bool: SQLValue {
    public static var sqlType: SQLType { .bool }
    public func encode(into bytes: inout [UInt8]) -> Bool {
        bytes.append(self ? 1 : 0)
        return true
    }
}

extension Int16: SQLValue {
    public static var sqlType: SQLType { .int2 }
    public func encode(into bytes: inout [UInt8]) -> Bool {
        bytes.append(bigEndian: self)
        return true
    }
}

extension Int32: SQLValue {
    public static var sqlType: SQLType { .int4 }
    public func encode(into bytes: inout [UInt8]) -> Bool {
        bytes.append(bigEndian: self)
        return true
    }
}

extension Int64: SQLValue {
    public static var sqlType: SQLType { .int8 }
    public func encode(into bytes: inout [UInt8]) -> Bool {
        bytes.append(bigEndian: self)
        return true
    }
}

extension Int: SQLValue {
    public static var sqlType: SQLType { .int8 }
    public func encode(into bytes: inout [UInt8]) -> Bool {
        bytes.append(bigEndian: Int64(self))
        return true
    }
}

extension UInt8: SQLValue {
    public static var sqlType: SQLType { .byte }
    public func encode(into bytes: inout [UInt8]) -> Bool {
        bytes.append(bigEndian: Int16(self))
        return true
    }
    public static func encode(array: [UInt8], into bytes: inout [UInt8]) { bytes.append(contentsOf: array) }
}

extension Double: SQLValue {
    public static var sqlType: SQLType { .float8 }
    public func encode(into bytes: inout [UInt8]) -> Bool {
        bytes.append(bigEndian: bitPattern)
        return true
    }
}

extension String: SQLValue {
    public static var sqlType: SQLType { .text }
    public func encode(into bytes: inout [UInt8]) -> Bool {
        bytes.append(contentsOf: utf8)
        return true
    }
}

extension UUID: SQLValue {
    public static var sqlType: SQLType { .uuid }
    public func encode(into bytes: inout [UInt8]) -> Bool {
        withUnsafeBytes(of: uuid) { bytes.append(contentsOf: $0) }
        return true
    }
}

extension ID: SQLValue {
    public static var sqlType: SQLType { .uuid }
    public func encode(into bytes: inout [UInt8]) -> Bool { value.encode(into: &bytes) }
}

extension Date: SQLValue {
    public static var sqlType: SQLType { .timestamptz }

    public func encode(into bytes: inout [UInt8]) throws(SQLMismatch) -> Bool {
        let seconds = timeIntervalSinceReferenceDate
        // PostgreSQL's range is 4714 BC to AD 294276; the ends stand for its infinities.
        guard seconds > -211_900_000_000, seconds < 9_224_000_000_000 else {
            throw SQLMismatch("The time is outside of what timestamptz holds")
        }
        let whole = seconds.rounded(.down)
        let micros = ((seconds - whole) * 1_000_000).rounded()
        bytes.append(bigEndian: (Int64(whole) + Self.sqlEpochOffset) * 1_000_000 + Int64(micros))
        return true
    }

    /// PostgreSQL counts from 2000-01-01, Foundation from 2001-01-01.
    static var sqlEpochOffset: Int64 { 366 * 86_400 }
}

extension JSON {
    public static var sqlType: SQLType { .jsonb }
    public func encode(into bytes: inout [UInt8]) -> Bool {
        // The version of the binary format.
        bytes.append(1)
        bytes.append(contentsOf: self.bytes)
        return true
    }
}

extension Optional: SQLValue where Wrapped: SQLValue {
    public static var sqlType: SQLType {
        // An array of optional bytes is no `bytea`.
        Wrapped.self == UInt8.self ? .int2 : Wrapped.sqlType
    }

    public func encode(into bytes: inout [UInt8]) throws(SQLMismatch) -> Bool {
        guard let self else { return false }
        return try self.encode(into: &bytes)
    }
}

extension SQLValue {
    /// Dimensions, whether there are NULLs, type of the elements; length and lower bound; then each with its length.
    public static func encode(array: [Self], into bytes: inout [UInt8]) throws(SQLMismatch) {
        bytes.append(bigEndian: Int32(array.isEmpty ? 0 : 1))
        let flag = bytes.count
        bytes.append(bigEndian: Int32(0))
        bytes.append(bigEndian: sqlType.oid)
        guard !array.isEmpty else { return }
        bytes.append(bigEndian: Int32(array.count))
        bytes.append(bigEndian: Int32(1))
        for element in array {
            let start = bytes.count
            bytes.append(bigEndian: Int32(-1))
            guard try element.encode(into: &bytes) else {
                bytes[flag + 3] = 1
                continue
            }
            let length = Int32(bytes.count - start - 4).bigEndian
            bytes.withUnsafeMutableBytes { $0.storeBytes(of: length, toByteOffset: start, as: Int32.self) }
        }
    }
}

extension Array: SQLValue where Element: SQLValue {
    public static var sqlType: SQLType {
        SQLType(Element.sqlType.array, array: Element.sqlType.nestedArray)
    }

    public func encode(into bytes: inout [UInt8]) throws(SQLMismatch) -> Bool {
        try Element.encode(array: self, into: &bytes)
        return true
    }
}
