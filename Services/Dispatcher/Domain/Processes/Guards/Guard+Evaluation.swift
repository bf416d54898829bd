import Foundation

extension Guard {
    /// Whether it holds, when `value` tells what a name stands for (nil: empty).
    public func holds(_ value: (String) -> FieldValue?) -> Bool { Self.truth(expression, value) }

    private static func truth(_ expression: Expression, _ value: (String) -> FieldValue?) -> Bool {
        switch expression {
        case .not(let one): return !truth(one, value)
        case .both(let left, let right): return truth(left, value) && truth(right, value)
        case .either(let left, let right): return truth(left, value) || truth(right, value)
        case .isEmpty(let one): return resolve(one, value) == nil
        case .compare(let left, let comparison, let right, _):
            return compare(resolve(left, value), comparison, resolve(right, value))
        case .among(let left, let list, _):
            guard let left = resolve(left, value) else { return false }
            return list.contains { resolve($0, value) == left }
        case .has(let left, let right, _):
            guard case .list(let list) = resolve(left, value), case .text(let one) = resolve(right, value) else {
                return false
            }
            return list.contains(one)
        case .value, .name: return resolve(expression, value) == .flag(true)
        }
    }

    /// Nil for what is empty.
    private static func resolve(_ expression: Expression, _ value: (String) -> FieldValue?) -> FieldValue? {
        switch expression {
        case .value(let value, _): value
        case .name(let name, _): value(name).flatMap { $0.isEmpty ? nil : $0 }
        case .not, .both, .either, .compare, .among, .has, .isEmpty: .flag(truth(expression, value))
        }
    }

    private static func compare(_ left: FieldValue?, _ comparison: Comparison, _ right: FieldValue?) -> Bool {
        switch comparison {
        case .equal: return left == right
        case .notEqual: return left != right
        case .less, .atMost, .more, .atLeast:
            switch (left, right) {
            case (.number(let left), .number(let right)): return ordered(left, comparison, right)
            case (.time(let left), .time(let right)): return ordered(left, comparison, right)
            default: return false
            }
        }
    }

    private static func ordered<Value: Comparable>(_ left: Value, _ comparison: Comparison, _ right: Value) -> Bool {
        switch comparison {
        case .less: left < right
        case .atMost: left <= right
        case .more: left > right
        case .atLeast: left >= right
        case .equal: left == right
        case .notEqual: left != right
        }
    }
}
