/// A condition over fields and facts, such as `result = 'solved' and not (customer.level in ('key', 'vip'))`.
///
/// The language is total: it has no loops, no calls and no errors at run time. A field that is not filled is empty;
/// empty equals only empty, and is neither less nor more than anything.
public struct Guard: Hashable, Sendable {
    public let text: String
    public let expression: Expression
    /// Of its first character.
    public let at: Position

    /// Characters of a condition.
    public static let longest = 1000
    /// Brackets and `not`s within each other.
    public static let deepest = 20

    public indirect enum Expression: Hashable, Sendable {
        case value(FieldValue, offset: Int)
        case name(String, offset: Int)
        case not(Expression)
        case both(Expression, Expression)
        case either(Expression, Expression)
        case compare(Expression, Comparison, Expression, offset: Int)
        /// The left is one of these.
        case among(Expression, [Expression], offset: Int)
        /// The left, a list, holds the right.
        case has(Expression, Expression, offset: Int)
        case isEmpty(Expression)
    }

    public enum Comparison: String, Hashable, Sendable, CaseIterable {
        case equal = "="
        case notEqual = "!="
        case less = "<"
        case atMost = "<="
        case more = ">"
        case atLeast = ">="
    }

    /// Names of fields and facts in it, each with its place.
    public var names: [Reference] {
        var found: [Reference] = []
        Self.collect(expression) { name, offset in found.append(Reference(name, at: position(offset))) }
        return found
    }

    func position(_ offset: Int) -> Position { Position(line: at.line, column: at.column + offset) }

    private static func collect(_ expression: Expression, _ found: (String, Int) -> Void) {
        switch expression {
        case .value: break
        case .name(let name, let offset): found(name, offset)
        case .not(let one), .isEmpty(let one): collect(one, found)
        case .both(let left, let right), .either(let left, let right), .compare(let left, _, let right, _),
            .has(let left, let right, _):
            collect(left, found)
            collect(right, found)
        case .among(let left, let list, _):
            collect(left, found)
            for one in list { collect(one, found) }
        }
    }
}
