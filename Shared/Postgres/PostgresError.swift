/// Why the database did not do what was asked, sorted by what the caller can do about it.
///
/// `description` holds no values of rows and may be logged; `String(reflecting:)` adds the server's message, which may
/// quote a value.
public struct PostgresError: Error, Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible {
    public enum Kind: Sendable, Hashable {
        case uniqueViolation, foreignKeyViolation, checkViolation, notNullViolation, otherConstraint
        case serialization, deadlock, lockTimeout, statementTimeout, readOnly, tooManyConnections, diskFull
        case insufficientPrivilege, programming, connectionLost, unavailable, poolTimeout, circuitOpen, decoding, raised
        case other
    }

    public let kind: Kind
    /// PostgreSQL's error code (appendix A of its manual); nil when the error arose on our side of the wire.
    public let sqlState: String?
    /// The constraint that was violated, or nil.
    public let constraint: String?
    /// The server's words, or ours. May quote a value of a row.
    public let message: String
    /// Which statement of a pipeline failed, counted from 0; nil when it was none of them.
    public internal(set) var statement: Int?

    package init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
        (sqlState, constraint) = (nil, nil)
    }

    init(sqlState: String, constraint: String?, message: String) {
        self.sqlState = sqlState
        self.constraint = constraint
        self.message = message
        kind = Kind(sqlState: sqlState)
    }

    /// Whether the whole unit of work may succeed when it is done again later.
    ///
    /// After `connectionLost` the outcome of a COMMIT is unknown: only work that is the same when done twice may follow.
    public var isRetriable: Bool {
        switch kind {
        case .serialization, .deadlock, .lockTimeout, .statementTimeout, .readOnly, .tooManyConnections, .diskFull,
            .connectionLost, .unavailable, .poolTimeout, .circuitOpen:
            true
        case .uniqueViolation, .foreignKeyViolation, .checkViolation, .notNullViolation, .otherConstraint,
            .insufficientPrivilege, .programming, .decoding, .raised, .other:
            false
        }
    }

    /// The connection is gone, and with it the answer to whatever was under way.
    public var isConnectionLost: Bool { kind == .connectionLost }

    /// Another client was in the way; the transaction is rolled back and may be run again at once.
    var isConflict: Bool { kind == .serialization || kind == .deadlock }

    /// The server no longer has the statement as we prepared it: a table changed, or somebody deallocated it.
    var isStalePlan: Bool {
        sqlState == "26000" || (sqlState == "0A000" && message.contains("cached plan"))
    }

    public var description: String {
        var text = "\(kind)"
        if let sqlState { text += " \(sqlState)" }
        if let constraint { text += " \(constraint)" }
        if let statement { text += " in statement \(statement)" }
        return mayQuoteValues ? text : "\(text): \(message)"
    }

    public var debugDescription: String { mayQuoteValues ? "\(description): \(message)" : description }

    private var mayQuoteValues: Bool {
        guard let sqlState else { return false }
        return sqlState.hasPrefix("22") || sqlState.hasPrefix("23") || sqlState.hasPrefix("P0")
    }
}

extension PostgresError.Kind {
    init(sqlState: String) {
        self =
            switch sqlState {
            case "23505": .uniqueViolation
            case "23503": .foreignKeyViolation
            case "23514": .checkViolation
            case "23502": .notNullViolation
            case "40001": .serialization
            case "40P01": .deadlock
            case "55P03": .lockTimeout
            case "57014": .statementTimeout
            case "25006": .readOnly
            case "53300": .tooManyConnections
            case "53100": .diskFull
            case "42501": .insufficientPrivilege
            case "57P01", "57P02", "57P05", "25P03": .connectionLost
            case "57P03", "3D000": .unavailable
            case "P0001": .raised
            default:
                switch sqlState.prefix(2) {
                case "08": .connectionLost
                case "23": .otherConstraint
                case "22", "42", "26", "25": .programming
                default: .other
                }
            }
    }
}
