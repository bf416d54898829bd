/// The server's number for a type, and for the arrays of it (`pg_type.oid`; these never change).
public struct SQLType: Sendable, Hashable {
    public let oid: UInt32
    /// 0: no array of it can be bound.
    let array: UInt32
    /// The array type of the array type: only bytes, which are an array in Swift but not in SQL, have one.
    let nestedArray: UInt32

    init(_ oid: UInt32, array: UInt32, nestedArray: UInt32 = 0) {
        self.oid = oid
        self.array = array
        self.nestedArray = nestedArray
    }

    static let bool = Self(16, array: 1000)
    static let int8 = Self(20, array: 1016)
    static let int2 = Self(21, array: 1005)
    static let int4 = Self(23, array: 1007)
    static let text = Self(25, array: 1009)
    static let float8 = Self(701, array: 1022)
    static let timestamptz = Self(1184, array: 1185)
    static let uuid = Self(2950, array: 2951)
    static let jsonb = Self(3802, array: 3807)
    /// A single byte is bound as `int2`; an array of them is `bytea`.
    static let byte = Self(21, array: 17, nestedArray: 1001)
}

/// Types that are only read, or only compared by number.
enum OID {
    static let bytea: UInt32 = 17
    static let char: UInt32 = 18
    static let name: UInt32 = 19
    static let oid: UInt32 = 26
    static let json: UInt32 = 114
    static let xml: UInt32 = 142
    static let float4: UInt32 = 700
    static let unknown: UInt32 = 705
    static let bpchar: UInt32 = 1042
    static let varchar: UInt32 = 1043
    static let date: UInt32 = 1082
    static let timestamp: UInt32 = 1114
    static let numeric: UInt32 = 1700
    /// Types made by `create type` (enumerations, `citext`) have numbers from here on.
    static let firstOfUsers: UInt32 = 16384

    static func name(_ oid: UInt32) -> String {
        let names: [UInt32: String] = [
            16: "bool", 17: "bytea", 18: "char", 19: "name", 20: "int8", 21: "int2", 23: "int4", 25: "text", 26: "oid",
            114: "json", 142: "xml", 700: "float4", 701: "float8", 705: "unknown", 1000: "bool[]", 1001: "bytea[]",
            1005: "int2[]", 1007: "int4[]", 1009: "text[]", 1016: "int8[]", 1022: "float8[]", 1042: "bpchar",
            1043: "varchar", 1082: "date", 1083: "time", 1114: "timestamp", 1184: "timestamptz", 1185: "timestamptz[]",
            1186: "interval", 1700: "numeric", 2249: "record", 2278: "void", 2950: "uuid", 2951: "uuid[]",
            3802: "jsonb", 3807: "jsonb[]", 869: "inet", 3220: "pg_lsn", 5069: "xid8",
        ]
        return names[oid] ?? "type \(oid)"
    }
}

/// A value that does not fit the type it is written or read as.
public struct SQLMismatch: Error, Hashable {
    public let reason: String

    public init(_ reason: String) { self.reason = reason }
}
