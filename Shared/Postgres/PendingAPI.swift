// The shape that the other modules are written against; replaced by the real thing, file by file.
public import Foundation
public import Logging
public import ServiceLifecycle

public struct HostPort: Hashable, Sendable {
    public let host: String
    public let port: Int
    public init(host: String, port: Int) { self.host = host; self.port = port }
}

/// Where a database is and who we are there.
public struct DatabaseSettings: Sendable {
    public enum TLS: String, Sendable, CaseIterable { case disable, require, verifyFull = "verify-full" }
    public var hosts: [HostPort]
    public var database: String
    public var user: String
    public var password: String
    public var tls: TLS
    /// PEM file with the authorities to trust, for `verify-full`.
    public var caFile: String?
    public var applicationName: String
    /// `search_path`; the service's schema.
    public var schema: String
    public var statementTimeout: Duration
    public var connectTimeout: Duration
    public init(
        hosts: [HostPort], database: String, user: String, password: String, tls: TLS = .disable, caFile: String? = nil,
        applicationName: String, schema: String, statementTimeout: Duration = .seconds(30),
        connectTimeout: Duration = .seconds(10)
    ) { fatalError("pending") }
}

/// A value that can be bound to `$n`. Conforming: Bool, Int16, Int32, Int64, Int, Double, String, UUID, Date, [UInt8]
/// (bytea), JSON, ID<Subject>, Optional of those, and arrays [Bool] [Int64] [Int] [String] [UUID] [Date] [[UInt8]] and
/// arrays of Optional of those (for `unnest($1::uuid[], …)`).
public protocol SQLValue: Sendable {}
/// A value that a column can be read as; the same types.
public protocol SQLDecodable: Sendable {}
extension Bool: SQLValue, SQLDecodable {}
extension Int16: SQLValue, SQLDecodable {}
extension Int32: SQLValue, SQLDecodable {}
extension Int64: SQLValue, SQLDecodable {}
extension Int: SQLValue, SQLDecodable {}
extension Double: SQLValue, SQLDecodable {}
extension String: SQLValue, SQLDecodable {}
extension UUID: SQLValue, SQLDecodable {}
extension Date: SQLValue, SQLDecodable {}
extension Array: SQLValue where Element: SQLValue {}
extension Array: SQLDecodable where Element: SQLDecodable {}
extension Optional: SQLValue where Wrapped: SQLValue {}
extension Optional: SQLDecodable where Wrapped: SQLDecodable {}
extension UInt8: SQLValue, SQLDecodable {}
/// A `jsonb` column's text.
public struct JSON: SQLValue, SQLDecodable, Hashable {
    public let bytes: [UInt8]
    public init(bytes: [UInt8]) { self.bytes = bytes }
}

/// A statement with its values kept apart: `"… where id = \(id)"` becomes `$1` and a bound value.
/// `\(unescaped: name)` puts text in as it is (identifiers of ours only, never input).
public struct SQL: ExpressibleByStringInterpolation, Sendable {
    public init(stringLiteral value: String) { fatalError("pending") }
    public init(stringInterpolation: StringInterpolation) { fatalError("pending") }
    public struct StringInterpolation: StringInterpolationProtocol {
        public init(literalCapacity: Int, interpolationCount: Int) { fatalError("pending") }
        public mutating func appendLiteral(_ literal: String) {}
        public mutating func appendInterpolation(_ value: some SQLValue) {}
        public mutating func appendInterpolation(_ value: (some SQLValue)?) {}
        public mutating func appendInterpolation(unescaped text: String) {}
    }
}

public struct Row: Sendable {
    /// Columns in order: `let (id, name) = try row.decode(UUID.self, String?.self)`.
    public func decode<each Value: SQLDecodable>(_ types: repeat (each Value).Type) throws -> (repeat each Value) { fatalError("pending") }
    /// One column by name.
    public func value<Value: SQLDecodable>(_ column: String, as type: Value.Type = Value.self) throws -> Value { fatalError("pending") }
}

public struct QueryResult: Sendable, RandomAccessCollection {
    /// Rows that an insert, update or delete touched.
    public var affected: Int { fatalError("pending") }
    public var startIndex: Int { 0 }
    public var endIndex: Int { fatalError("pending") }
    public subscript(index: Int) -> Row { fatalError("pending") }
}

public struct PostgresError: Error, Sendable {
    public enum Kind: Sendable, Hashable {
        case uniqueViolation, foreignKeyViolation, checkViolation, notNullViolation, otherConstraint
        case serialization, deadlock, lockTimeout, statementTimeout, readOnly, tooManyConnections, diskFull
        case insufficientPrivilege, programming, connectionLost, unavailable, poolTimeout, circuitOpen, decoding, raised
        case other
    }
    public let kind: Kind
    public let sqlState: String?
    public let constraint: String?
    public let message: String
    public var isRetriable: Bool { fatalError("pending") }
    public var isConnectionLost: Bool { fatalError("pending") }
}

/// Connections to one database for one purpose. Add it to the service group: `run()` opens connections and keeps them.
public final class PostgresPool: Service, Sendable {
    public init(_ settings: DatabaseSettings, name: String, size: Int, acquireTimeout: Duration = .seconds(5), logger: Logger) {}
    public func run() async throws {}
    /// One statement, its own transaction.
    @discardableResult public func query(_ sql: SQL) async throws -> QueryResult { fatalError("pending") }
    /// Several statements in one round trip and one implicit transaction.
    @discardableResult public func pipeline(_ statements: [SQL]) async throws -> [QueryResult] { fatalError("pending") }
    /// One transaction, rolled back when `body` throws; `body` runs again (up to 3 times) on 40001 and 40P01, so it
    /// must have no effect outside the database. `role`: `set local role` for requests of people. BEGIN travels with
    /// the first statement.
    public func transaction<Result: Sendable>(role: String? = nil, _ body: @Sendable (Transaction) async throws -> Result) async throws -> Result { fatalError("pending") }
    /// One connection for the time of `body`, for session things (advisory locks, COPY, LISTEN); it is reset or closed after.
    public func session<Result: Sendable>(_ body: @Sendable (Session) async throws -> Result) async throws -> Result { fatalError("pending") }
    /// True when a connection works now.
    public func ping() async throws { }
}

public struct Transaction: Sendable {
    @discardableResult public func query(_ sql: SQL) async throws -> QueryResult { fatalError("pending") }
    /// One round trip.
    @discardableResult public func pipeline(_ statements: [SQL]) async throws -> [QueryResult] { fatalError("pending") }
    /// These statements together with the COMMIT, in one round trip; nothing may follow.
    public func commit(with statements: [SQL]) async throws { }
    /// Runs once after the commit (not after a rollback): waking the relay, for example.
    public func afterCommit(_ action: @escaping @Sendable () -> Void) { }
}

public struct Session: Sendable {
    @discardableResult public func query(_ sql: SQL) async throws -> QueryResult { fatalError("pending") }
    @discardableResult public func pipeline(_ statements: [SQL]) async throws -> [QueryResult] { fatalError("pending") }
    /// COPY … FROM STDIN, text format; rows by column text, nil = NULL.
    public func copyIn(table: String, columns: [String], rows: some AsyncSequence<[String?], any Error> & Sendable) async throws -> Int { fatalError("pending") }
    /// Notifications on `channel` until the task is cancelled or the connection is lost.
    public func listen(_ channel: String) async throws -> AsyncThrowingStream<String, any Error> { fatalError("pending") }
}

public struct Migration: Sendable, Hashable {
    public let name: String   // "V001_intake"
    public let sql: String
    public init(name: String, sql: [UInt8]) { fatalError("pending") }
}

/// Brings one schema up to date: forward only, locked against a second migrator, refusing changed history.
public struct Migrator: Sendable {
    public init(_ migrations: [Migration], schema: String, in pool: PostgresPool, logger: Logger) {}
    /// Names of those applied now.
    public func apply() async throws -> [String] { fatalError("pending") }
    /// Names that are missing; throws when history differs (checksum, unknown, order).
    public func check() async throws -> [String] { fatalError("pending") }
}
