import Foundation
import Kernel
import Yams

/// Walks a definition's YAML and notes every mistake instead of stopping at the first.
final class DefinitionReader {
    /// Bytes of a definition's text.
    static let longest = 256 * 1024
    /// Mappings and lists within each other.
    static let deepest = 12
    /// Entries of one mapping or list.
    static let widest = 200

    var faults: [DefinitionFault] = []
    /// Every role that was named as owner or taker, and where.
    var roleUses: [Reference] = []
    /// Where roles of the definition's own are named.
    var rolesAt: [String: Position] = [:]
    /// How long a document may lie in a step that says nothing of time.
    var overdue = ProcessTimer.standardLimit
    /// In a fragment: where its exits lead.
    let exits: [String: Reference]
    /// The detour that all its steps belong to, in a fragment.
    let detour: String?

    init(exits: [String: Reference] = [:], detour: String? = nil) {
        self.exits = exits
        self.detour = detour
    }

    /// Nobody mends more at a time, and finding out what each was meant to be takes its time.
    static let mostFaults = 300
    var isFull: Bool { faults.count >= Self.mostFaults }

    func fault(_ code: String, at position: Position, zh: String, en: String) {
        guard !isFull else { return }
        faults.append(DefinitionFault(code, at: position, zh: zh, en: en))
    }

    /// The document's top mapping; nil when the text is no YAML of ours, with the reason noted.
    func root(of text: String) -> YAMLMap? {
        guard text.utf8.count <= Self.longest else {
            tooLarge()
            return nil
        }
        if let place = YAMLText.anchor(in: text) {
            fault(
                "yaml.anchor", at: place, zh: "不支持 YAML 锚点和别名（& 和 *）；若是普通文字，请加引号并在其后留空格",
                en: "YAML anchors and aliases (& and *) are not supported; in a text, leave a space behind the sign")
            return nil
        }
        do {
            guard let node = try Parser(yaml: text, resolver: .basic, encoding: .utf8).singleRoot() else {
                fault("yaml.empty", at: .start, zh: "文件是空的", en: "the file is empty")
                return nil
            }
            guard isBounded(node, depth: 1) else { return nil }
            return map(node, Phrase(zh: "流程定义", en: "a definition"))
        } catch {
            let (position, problem) = YAMLText.problem(error)
            fault(
                "yaml.syntax", at: position,
                zh: "不是正确的 YAML（\(problem)）；文字里有“: ”“,”或“ #”时，整段要加引号",
                en: "this is not YAML: \(problem); a text that holds \": \", a comma or \" #\" needs quotes around it")
            return nil
        }
    }

    func tooLarge() {
        fault(
            "yaml.too-large", at: .start, zh: "文件超过 \(Self.longest / 1024) KB",
            en: "the file is larger than \(Self.longest / 1024) KB")
    }

    private func isBounded(_ node: Node, depth: Int) -> Bool {
        guard depth <= Self.deepest else {
            fault(
                "yaml.too-deep", at: Position(node), zh: "嵌套超过 \(Self.deepest) 层",
                en: "more than \(Self.deepest) levels within each other")
            return false
        }
        switch node {
        case .scalar, .alias: return true
        case .sequence(let list):
            return isNarrow(list.count, node) && list.allSatisfy { isBounded($0, depth: depth + 1) }
        case .mapping(let map):
            return isNarrow(map.count, node)
                && map.allSatisfy { isBounded($0.key, depth: depth + 1) && isBounded($0.value, depth: depth + 1) }
        }
    }

    private func isNarrow(_ count: Int, _ node: Node) -> Bool {
        if count <= Self.widest { return true }
        fault(
            "yaml.too-wide", at: Position(node), zh: "一处超过 \(Self.widest) 项",
            en: "more than \(Self.widest) entries in one place")
        return false
    }
}

/// What is read before and beside Yams.
enum YAMLText {
    /// The first anchor or alias. Found in the text, since an alias used as a key would be unfolded while it is parsed;
    /// and without regard to quotes, since a quote misjudged would let one through.
    static func anchor(in text: String) -> Position? {
        var (line, column) = (1, 1)
        var before: Unicode.Scalar = "\n"
        var mark: Position?
        for scalar in text.unicodeScalars {
            if let mark, isName(scalar) { return mark }
            mark = (scalar == "&" || scalar == "*") && isBreak(before) ? Position(line: line, column: column) : nil
            (line, column) = scalar == "\n" ? (line + 1, 1) : (line, column + 1)
            before = scalar
        }
        return nil
    }

    private static func isBreak(_ scalar: Unicode.Scalar) -> Bool {
        " \t\r\n[]{},:?-\"'".unicodeScalars.contains(scalar) || scalar.properties.isWhitespace
    }

    private static func isName(_ scalar: Unicode.Scalar) -> Bool {
        "a"..."z" ~= scalar || "A"..."Z" ~= scalar || "0"..."9" ~= scalar || scalar == "_" || scalar == "-"
    }

    static func problem(_ error: any Error) -> (Position, String) {
        switch error {
        case YamlError.scanner(_, let problem, let mark, _), YamlError.parser(_, let problem, let mark, _),
            YamlError.composer(_, let problem, let mark, _):
            (Position(line: mark.line, column: mark.column), problem)
        case YamlError.duplicatedKeysInMapping(let keys, let context):
            (
                Position(line: context.mark.line, column: context.mark.column),
                "key given twice: \(keys.joined(separator: ", "))"
            )
        case YamlError.reader(let problem, _, _, _): (.start, problem)
        default: (.start, "unreadable")
        }
    }
}

extension Position {
    static let start = Position(line: 1, column: 1)

    init(_ node: Node) {
        self = node.mark.map { Position(line: $0.line, column: $0.column) } ?? .start
    }
}
