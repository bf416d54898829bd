/// A statement with its values kept apart: `"… where id = \(id)"` becomes `$1` and a bound value.
///
/// The text names the prepared statement, so write values as values: two statements that differ only in a value share
/// one plan. `\(unescaped: name)` puts text in as it is (identifiers of ours only, never input).
public struct SQL: ExpressibleByStringInterpolation, Sendable, CustomStringConvertible {
    public let text: String
    let parameters: Parameters

    public init(stringLiteral value: String) { (text, parameters) = (value, Parameters()) }
    public init(stringInterpolation: StringInterpolation) {
        (text, parameters) = (stringInterpolation.text, stringInterpolation.parameters)
    }

    /// The text alone: values are never shown.
    public var description: String { text }

    /// `"` around `identifier`, so that any name can stand in a statement.
    static func quoted(identifier: String) -> String {
        "\"" + identifier.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }

    public struct StringInterpolation: StringInterpolationProtocol {
        var text = ""
        var parameters = Parameters()

        public init(literalCapacity: Int, interpolationCount: Int) {
            text.reserveCapacity(literalCapacity + 3 * interpolationCount)
            parameters.reserve(interpolationCount)
        }

        public mutating func appendLiteral(_ literal: String) { text += literal }

        public mutating func appendInterpolation(_ value: some SQLValue) {
            parameters.append(value)
            text += "$"
            text += String(parameters.count)
        }

        /// Beside the one above, since the compiler warns of an optional that is interpolated as a generic value.
        public mutating func appendInterpolation(_ value: (some SQLValue)?) {
            parameters.append(value)
            text += "$"
            text += String(parameters.count)
        }

        public mutating func appendInterpolation(unescaped text: String) { self.text += text }
    }
}

/// The values of one statement in binary form, one behind the other.
struct Parameters: Sendable {
    /// Where a value lies in ``bytes``; a negative length is NULL.
    struct Slot: Sendable {
        let offset: Int
        let length: Int
    }

    private(set) var types: [UInt32] = []
    private(set) var slots: [Slot] = []
    private(set) var bytes: [UInt8] = []
    /// A value that cannot be sent. The statement throws it when it is run.
    private(set) var fault: PostgresError?

    var count: Int { slots.count }

    mutating func reserve(_ count: Int) {
        types.reserveCapacity(count)
        slots.reserveCapacity(count)
        bytes.reserveCapacity(count * 16)
    }

    mutating func append<Value: SQLValue>(_ value: Value) {
        let type = Value.sqlType.oid
        if type == 0 {
            fault = PostgresError(
                .programming, "A value of type \(Value.self) cannot be bound: arrays hold plain values")
        }
        let offset = bytes.count
        do throws(SQLMismatch) {
            let isValue = try value.encode(into: &bytes)
            slots.append(Slot(offset: offset, length: isValue ? bytes.count - offset : -1))
        } catch {
            fault = PostgresError(.programming, "Parameter $\(count + 1): \(error.reason)")
            slots.append(Slot(offset: offset, length: -1))
        }
        types.append(type)
    }
}
