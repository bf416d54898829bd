import Kernel

/// Steps that any process can use, read by themselves.
public enum ProcessFragment {
    /// The fragment's name when the text is one: its first key is `fragment`.
    ///
    /// Nothing else of the text is looked at, so a text with mistakes has its name, too.
    public static func name(in text: String) -> String? {
        for line in text.split(whereSeparator: \.isNewline).prefix(200) {
            if let match = line.wholeMatch(of: /fragment:[ \t]+([a-z][a-z0-9_-]{0,39})[ \t]*(#.*)?/) {
                return String(match.1)
            }
            if line.firstMatch(of: /^(process|steps|title):/) != nil { return nil }
        }
        return nil
    }

    /// What is wrong with a fragment by itself, in the order of the file: its exits are taken as ends.
    public static func faults(in text: String) -> [DefinitionFault] {
        let outer = DefinitionReader()
        guard let root = outer.root(of: text) else { return outer.faults }
        let exits = outer.references(root["exits"]?.node)
        if exits.isEmpty { outer.missing("exits", at: root.at, example: "`exits: [approved, rejected]`") }
        let reader = DefinitionReader(
            exits: Dictionary(exits.map { ($0.code, Reference("exit.\($0.code)", at: $0.at)) }) { first, _ in first },
            detour: "fragment")
        reader.allow(["fragment", "title", "exits", "roles", "fields", "steps"], in: root)
        let title = reader.words(root["title"], in: root)
        let ends = exits.map { exit in ProcessStep(end: exit, title: title) }
        let track = Track(
            title: title, fields: reader.fields(root["fields"]), steps: reader.steps(root["steps"], in: root) + ends,
            opening: [], openingRequires: [])
        let definition = ProcessDefinition(
            code: "fragment", version: 1, title: title, departments: [], kindsServed: [], serves: nil,
            roles: reader.roles(root["roles"]), rolesAt: reader.rolesAt, clocks: [], work: track, visit: nil,
            standing: StandingRules(),
            replaces: [])
        let found = outer.faults + reader.faults + DefinitionCheck.faults(in: definition, roleUses: reader.roleUses)
        return Array(Set(found)).sorted { ($0.at, $0.code) < ($1.at, $1.code) }
    }
}

extension ProcessStep {
    /// Where a fragment gives the work back.
    fileprivate init(end exit: Reference, title: Phrase) {
        self.init(
            code: "exit.\(exit.code)", title: title, colour: .grey, owner: nil, department: nil, stage: nil,
            customer: nil,
            clocks: [], pauses: [], actions: [], routes: [], timers: [], effects: [], end: .done, detour: nil,
            at: exit.at)
    }
}

/// The bytes of a definition.
public enum DefinitionText {
    /// Bytes that a definition may have.
    public static let longest = DefinitionReader.longest

    /// The bytes as text, without the mark that some editors put before it.
    ///
    /// - Throws: ``InvalidDefinition`` when there are too many or they are no UTF-8, with the place.
    public static func text(of bytes: [UInt8]) throws(InvalidDefinition) -> String {
        guard bytes.count <= longest else {
            let reader = DefinitionReader()
            reader.tooLarge()
            throw InvalidDefinition(faults: reader.faults)
        }
        let body = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...]
        if let text = String(validating: body, as: UTF8.self) { return text }
        // What stands before the first bad byte is good, so the place is after it.
        let good = String(decoding: body, as: UTF8.self).unicodeScalars.prefix { $0 != "\u{FFFD}" }
        let line = good.count { $0 == "\n" } + 1
        let column = good.reversed().prefix { $0 != "\n" }.count + 1
        throw InvalidDefinition(faults: [
            DefinitionFault(
                "yaml.encoding", at: Position(line: line, column: column), zh: "文件不是 UTF-8：请用编辑器另存为 UTF-8",
                en: "the file is not UTF-8: save it as UTF-8 in your editor")
        ])
    }
}
