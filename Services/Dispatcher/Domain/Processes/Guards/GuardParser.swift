import Foundation
import Kernel

/// Reads a condition by descent: `or` binds loosest, then `and`, `not`, comparisons.
struct GuardParser {
    private let tokens: [GuardLexer.Placed]
    private var place = 0
    private var depth = 0

    private init(_ tokens: [GuardLexer.Placed]) { self.tokens = tokens }

    static func parse(_ text: String, at position: Position) throws(GuardFault) -> Guard {
        guard text.unicodeScalars.count <= Guard.longest else { throw .tooMuch(Guard.longest) }
        var parser = GuardParser(try GuardLexer.tokens(text))
        let expression = try parser.either()
        guard case .end = parser.next.token else {
            throw .expected(Phrase(zh: "条件的结尾、and 或 or", en: "the end, and, or or"), parser.next.offset)
        }
        return Guard(text: text, expression: expression, at: position)
    }

    private var next: GuardLexer.Placed { tokens[place] }

    private mutating func take(word: String) -> Bool {
        guard case .name(word) = next.token else { return false }
        place += 1
        return true
    }

    private mutating func take(_ token: GuardLexer.Token) -> Bool {
        guard next.token == token else { return false }
        place += 1
        return true
    }

    private mutating func either() throws(GuardFault) -> Guard.Expression {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Guard.deepest else { throw .tooMuch(next.offset) }
        var left = try both()
        while take(word: "or") { left = .either(left, try both()) }
        return left
    }

    private mutating func both() throws(GuardFault) -> Guard.Expression {
        var left = try negated()
        while take(word: "and") { left = .both(left, try negated()) }
        return left
    }

    private mutating func negated() throws(GuardFault) -> Guard.Expression {
        guard take(word: "not") else { return try comparison() }
        depth += 1
        defer { depth -= 1 }
        guard depth <= Guard.deepest else { throw .tooMuch(next.offset) }
        return .not(try negated())
    }

    private mutating func comparison() throws(GuardFault) -> Guard.Expression {
        let left = try operand()
        let offset = next.offset
        if case .comparison(let comparison) = next.token {
            place += 1
            return .compare(left, comparison, try operand(), offset: offset)
        }
        if take(word: "in") { return .among(left, try list(), offset: offset) }
        if take(word: "has") { return .has(left, try operand(), offset: offset) }
        if take(word: "is") {
            let negated = take(word: "not")
            guard take(word: "empty") else { throw .expected(Phrase(zh: "empty", en: "empty"), next.offset) }
            return negated ? .not(.isEmpty(left)) : .isEmpty(left)
        }
        return left
    }

    private mutating func list() throws(GuardFault) -> [Guard.Expression] {
        guard take(.open) else { throw .expected(Phrase(zh: "左括号 (", en: "an opening bracket"), next.offset) }
        var list = [try operand()]
        while take(.comma) { list.append(try operand()) }
        guard take(.close) else {
            throw .expected(Phrase(zh: "逗号或右括号 )", en: "a comma or a closing bracket"), next.offset)
        }
        return list
    }

    private mutating func operand() throws(GuardFault) -> Guard.Expression {
        let (token, offset) = (next.token, next.offset)
        place += 1
        switch token {
        case .text(let text): return .value(.text(text), offset: offset)
        case .number(let number): return .value(.number(number), offset: offset)
        case .name("yes"), .name("true"): return .value(.flag(true), offset: offset)
        case .name("no"), .name("false"): return .value(.flag(false), offset: offset)
        case .name(let name) where !Self.reserved.contains(name): return .name(name, offset: offset)
        case .open:
            let inner = try either()
            guard take(.close) else { throw .expected(Phrase(zh: "右括号 )", en: "a closing bracket"), next.offset) }
            return inner
        case .name, .comparison, .close, .comma, .end:
            place -= 1
            throw .expected(
                Phrase(zh: "字段名、'文字'、数字、yes 或 no", en: "a name, a 'text', a number, yes or no"), offset)
        }
    }

    private static let reserved: Set<String> = ["and", "or", "not", "in", "has", "is", "empty"]
}
