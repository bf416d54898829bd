private import Crypto

/// One step of a schema's history: embedded in the binary, applied once, never edited.
public struct Migration: Sendable, Hashable {
    /// `V001_intake`; also the order.
    public let name: String
    public let sql: String
    /// SHA-256 of the file's bytes, in hex.
    let checksum: String

    public init(name: String, sql: [UInt8]) {
        self.name = name
        self.sql = String(decoding: sql, as: UTF8.self)
        checksum = SHA256.hash(data: sql).map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
    }
}

/// Why a schema is not touched. Nothing was changed by the migration that is named.
public enum MigrationError: Error, Sendable, Equatable, CustomStringConvertible {
    /// It was edited after it was applied.
    case changed(String)
    /// The schema has one that this program does not know: a newer program was here.
    case unknown(String)
    /// It comes before one that is applied already.
    case outOfOrder(String)
    /// Another migrator has held the lock all the time.
    case locked(schema: String)

    public var description: String {
        switch self {
        case .changed(let name): "Migration \(name) was changed after it had been applied; restore its file"
        case .unknown(let name): "Migration \(name) is applied but unknown here; start the newer program"
        case .outOfOrder(let name): "Migration \(name) would have to be applied before one that is there already"
        case .locked(let schema):
            "Another program is migrating schema \(schema) for too long; look for it in pg_stat_activity"
        }
    }
}

/// Compares what is applied with what is known. Pure.
enum MigrationHistory {
    struct Applied: Equatable { let name: String; let checksum: String }

    /// Those still to be applied, in order.
    static func missing(of known: [Migration], applied: [Applied]) throws(MigrationError) -> [Migration] {
        for one in applied {
            guard let same = known.first(where: { $0.name == one.name }) else { throw .unknown(one.name) }
            guard same.checksum == one.checksum else { throw .changed(one.name) }
        }
        let names = Set(applied.map(\.name))
        let missing = known.filter { !names.contains($0.name) }
        let isThere = known.map { names.contains($0.name) }
        if let first = isThere.firstIndex(of: false), isThere[first...].contains(true) {
            throw .outOfOrder(known[first].name)
        }
        return missing
    }
}
