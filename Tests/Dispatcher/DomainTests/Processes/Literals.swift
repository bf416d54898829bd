public import DispatcherDomain
import Foundation

// Stories read better with plain values in their forms.
extension FieldValue: ExpressibleByStringLiteral {
    public init(stringLiteral value: String) { self = .text(value) }
}

extension FieldValue: ExpressibleByExtendedGraphemeClusterLiteral {
    public init(extendedGraphemeClusterLiteral value: String) { self = .text(value) }
}

extension FieldValue: ExpressibleByUnicodeScalarLiteral {
    public init(unicodeScalarLiteral value: String) { self = .text(value) }
}

extension FieldValue: ExpressibleByBooleanLiteral {
    public init(booleanLiteral value: Bool) { self = .flag(value) }
}

extension FieldValue: ExpressibleByIntegerLiteral {
    public init(integerLiteral value: Int) { self = .number(Decimal(value)) }
}

extension Walk {
    /// A work order on a shipped process.
    init(shipped code: String, _ facts: [String: FieldValue] = [:], _ fields: [String: FieldValue] = [:]) throws {
        try self.init(ShippedProcesses.read(code).definition, facts: facts, fields: fields)
    }
}
