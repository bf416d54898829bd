/// A place in a definition's text: line and column, both from 1, columns in Unicode scalars.
public struct Position: Hashable, Sendable, Codable, Comparable, CustomStringConvertible {
    public let line: Int
    public let column: Int

    public init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    public static func < (left: Position, right: Position) -> Bool {
        (left.line, left.column) < (right.line, right.column)
    }

    public var description: String { "\(line):\(column)" }
}

/// A code that names something else in the definition, and where it stands, so that a wrong one can be pointed at.
public struct Reference: Hashable, Sendable {
    public let code: String
    public let at: Position

    public init(_ code: String, at: Position) {
        self.code = code
        self.at = at
    }
}

extension Reference {
    static let last = "last."

    /// The field of the visit before that `last.FIELD` names; nil for any other name.
    var ofLastVisit: Reference? {
        code.hasPrefix(Self.last) ? Reference(String(code.dropFirst(Self.last.count)), at: at) : nil
    }
}
