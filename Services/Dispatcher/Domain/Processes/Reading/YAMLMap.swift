import Foundation
import Kernel
import Yams

/// A mapping with plain text keys, in the order of the file.
struct YAMLMap {
    struct Entry {
        let key: String
        let at: Position
        let node: Node
    }

    let at: Position
    let entries: [Entry]

    subscript(_ key: String) -> Entry? { entries.first { $0.key == key } }
}

extension DefinitionReader {
    /// - Parameter what: names the thing in messages.
    func map(_ node: Node, _ what: Phrase) -> YAMLMap? {
        guard case .mapping(let mapping) = node else {
            fault(
                "value.kind", at: Position(node), zh: "\(what.zh)应当是“键: 值”的列表",
                en: "\(what.en) should be a list of `key: value`")
            return nil
        }
        var entries: [YAMLMap.Entry] = []
        for (key, value) in mapping {
            guard case .scalar(let scalar) = key, scalar.string.count <= 80 else {
                fault("value.kind", at: Position(key), zh: "键应当是短文字", en: "a key should be a short text")
                continue
            }
            entries.append(YAMLMap.Entry(key: scalar.string, at: Position(key), node: value))
        }
        return YAMLMap(at: Position(node), entries: entries)
    }

    /// Notes keys that mean nothing here.
    func allow(_ keys: [String], in map: YAMLMap) {
        for entry in map.entries where !keys.contains(entry.key) && !isFull {
            let near = Spelling.nearest(entry.key, keys)
            fault(
                "key.unknown", at: entry.at,
                zh: "这里没有“\(entry.key)”" + (near.map { "；是不是“\($0)”？" } ?? Spelling.listed(keys, zh: true)),
                en: "there is no \"\(entry.key)\" here"
                    + (near.map { "; did you mean \"\($0)\"?" } ?? Spelling.listed(keys, zh: false)))
        }
    }

    func missing(_ key: String, at position: Position, example: String) {
        fault(
            "key.missing", at: position, zh: "缺少“\(key)”，例如 \(example)", en: "\"\(key)\" is missing, such as \(example)"
        )
    }

    /// A scalar's text, at most 2,000 characters.
    func text(_ node: Node) -> String? {
        guard case .scalar(let scalar) = node, scalar.string.count <= 2000 else {
            fault(
                "value.kind", at: Position(node), zh: "这里应当是一段文字（最多 2000 字）",
                en: "here should be a text of at most 2,000 characters")
            return nil
        }
        return scalar.string
    }

    /// `中文 / English`.
    func words(_ entry: YAMLMap.Entry?, in map: YAMLMap, _ key: String = "title") -> Phrase {
        guard let entry else {
            missing(key, at: map.at, example: "`\(key): 中文 / English`")
            return Phrase(zh: "?", en: "?")
        }
        return words(entry.node)
    }

    func words(_ node: Node) -> Phrase {
        guard let text = text(node) else { return Phrase(zh: "?", en: "?") }
        let parts = text.components(separatedBy: " / ").map { $0.trimmingCharacters(in: .whitespaces) }
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
            fault(
                "value.words", at: Position(node), zh: "这里应当是两种语言，中间用“空格/空格”隔开：`中文 / English`",
                en: "here should be both languages with a slash between spaces: `中文 / English`")
            return Phrase(zh: text, en: text)
        }
        return Phrase(zh: parts[0], en: parts[1])
    }

    /// One text or a list of texts, each with its place.
    func references(_ node: Node?) -> [Reference] {
        switch node {
        case nil: []
        case .sequence(let list)?: list.compactMap { node in text(node).map { Reference($0, at: Position(node)) } }
        case let one?: text(one).map { [Reference($0, at: Position(one))] } ?? []
        }
    }

    func flag(_ entry: YAMLMap.Entry?) -> Bool {
        guard let entry, let text = text(entry.node) else { return false }
        switch text {
        case "yes", "true": return true
        case "no", "false": return false
        default:
            fault("value.unknown", at: Position(entry.node), zh: "这里应当是 yes 或 no", en: "here should be yes or no")
            return false
        }
    }

    func number(_ entry: YAMLMap.Entry?, in range: ClosedRange<Int>) -> Int? {
        guard let entry, let text = text(entry.node) else { return nil }
        guard let number = Int(text), range.contains(number) else {
            fault(
                "value.range", at: Position(entry.node), zh: "这里应当是 \(range.lowerBound) 到 \(range.upperBound) 的整数",
                en: "here should be a whole number from \(range.lowerBound) to \(range.upperBound)")
            return nil
        }
        return number
    }

    /// One of a closed set of words.
    func choice<Value: RawRepresentable & CaseIterable>(_ node: Node?, _ type: Value.Type = Value.self) -> Value?
    where Value.RawValue == String {
        guard let node, let text = text(node) else { return nil }
        if let value = Value(rawValue: text) { return value }
        unknown(text, Value.allCases.map(\.rawValue), at: Position(node))
        return nil
    }

    func unknown(_ word: String, _ known: [String], at position: Position, code: String = "value.unknown") {
        guard !isFull else { return }
        let near = Spelling.nearest(word, known)
        fault(
            code, at: position,
            zh: "不认识“\(word)”" + (near.map { "；是不是“\($0)”？" } ?? Spelling.listed(known, zh: true)),
            en: "\"\(word)\" is not known here"
                + (near.map { "; did you mean \"\($0)\"?" } ?? Spelling.listed(known, zh: false)))
    }

    /// A code that the administrator makes up: small letters, digits, `-` and `_`, at most 40.
    func code(_ entry: YAMLMap.Entry) -> String { code(entry.key, at: entry.at) }

    func code(_ text: String, at position: Position) -> String {
        let good =
            (1...40).contains(text.count) && text.first.map { "a"..."z" ~= $0 } == true
            && text.allSatisfy { "a"..."z" ~= $0 || "0"..."9" ~= $0 || $0 == "-" || $0 == "_" }
        if !good {
            fault(
                "code.malformed", at: position, zh: "代码“\(text)”应当由小写字母、数字、- 和 _ 组成，字母开头，最多 40 个",
                en: "the code \"\(text)\" should be small letters, digits, - and _, a letter first, at most 40")
        }
        return text
    }

    func condition(_ entry: YAMLMap.Entry?) -> Guard? {
        guard let entry, let text = text(entry.node), case .scalar(let scalar) = entry.node else { return nil }
        let start = Position(entry.node)
        let quoted = scalar.style == .singleQuoted || scalar.style == .doubleQuoted
        let position = Position(line: start.line, column: start.column + (quoted ? 1 : 0))
        do throws(GuardFault) {
            return try GuardParser.parse(text, at: position)
        } catch {
            guard !isFull else { return nil }
            faults.append(
                DefinitionFault(error, at: Position(line: position.line, column: position.column + error.offset)))
            return nil
        }
    }

    /// `5 min`, `3 working h`, `1 day forward`.
    func limit(_ node: Node?) -> Limit? {
        guard let node, let text = text(node) else { return nil }
        if let limit = Limit(text) { return limit }
        fault(
            "limit.malformed", at: Position(node),
            zh: "这里应当是时长，例如 `5 min`、`3 working h`、`1 working day`、`3 days forward`（遇休顺延）、`1 week`、`next monday`",
            en: "here should be a span of time, such as `5 min`, `3 working h`, `1 working day`, "
                + "`3 days forward` (on to a working day), `1 week`, `next monday`")
        return nil
    }
}

extension Limit {
    /// Reads `5 min`, `3 working h`, `1 day forward`, `next monday`; nil for anything else, and for more than 10,000 of a unit or some
    /// ten years. Only days and weeks go forward to a working day.
    public init?(_ text: String) {
        if text == "next monday" {
            self.init(1, .monday)
            return
        }
        var words = text.split(separator: " ").map(String.init)
        guard let first = words.first, let amount = Int(first), (1...10_000).contains(amount) else { return nil }
        words.removeFirst()
        let isWorking = words.first == "working"
        if isWorking { words.removeFirst() }
        guard let name = words.first else { return nil }
        words.removeFirst()
        let movesForward = words.first == "forward"
        if movesForward { words.removeFirst() }
        let singular = name.count > 3 && name.hasSuffix("s") ? String(name.dropLast()) : name
        guard words.isEmpty, let unit = Unit(rawValue: singular), unit != .monday,
            amount * unit.seconds <= 3660 * Unit.day.seconds,
            !movesForward || unit == .day || unit == .week
        else { return nil }
        self.init(amount, unit, isWorking: isWorking, movesForward: movesForward)
    }
}
