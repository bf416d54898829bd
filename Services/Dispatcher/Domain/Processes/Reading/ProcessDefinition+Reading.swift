import Kernel
import Yams

/// A definition as it was read, and what is odd about it though it can be used.
public struct ReadDefinition: Sendable {
    public let definition: ProcessDefinition
    public let warnings: [DefinitionFault]
}

extension ProcessDefinition {
    private static let keys =
        [
            "process", "version", "title", "serves", "roles", "clocks", "fields", "opening", "steps", "visit", "use",
            "replaces", "overdue",
        ] + DefinitionReader.standingKeys

    /// Reads and checks a definition.
    ///
    /// - Parameter fragments: the texts of the fragments that `use:` may name.
    /// - Throws: ``InvalidDefinition`` with every mistake in the order of the file. Nothing else is thrown.
    public static func read(_ text: String, fragments: [String: String] = [:]) throws(InvalidDefinition)
        -> ReadDefinition
    {
        let (definition, faults) = try looked(through: text, fragments)
        guard !faults.contains(where: { $0.severity == .error }) else { throw InvalidDefinition(faults: faults) }
        return ReadDefinition(definition: definition, warnings: faults)
    }

    /// A definition that was accepted before. What only later versions of the program object to is let pass: work that runs
    /// by it goes on.
    ///
    /// - Throws: ``InvalidDefinition`` with what keeps it from being understood.
    public static func readStored(_ text: String, fragments: [String: String] = [:]) throws(InvalidDefinition)
        -> ProcessDefinition
    {
        let (definition, found) = try looked(through: text, fragments)
        let faults = found.filter { $0.severity == .error && !later.contains($0.code) }
        guard faults.isEmpty else { throw InvalidDefinition(faults: faults) }
        return definition
    }

    /// With everything that is wrong or odd about it, in the order of the file.
    private static func looked(
        through text: String, _ fragments: [String: String]
    ) throws(InvalidDefinition) -> (definition: ProcessDefinition, faults: [DefinitionFault]) {
        let reader = DefinitionReader()
        guard let map = reader.root(of: text) else { throw InvalidDefinition(faults: reader.faults) }
        let definition = definition(map, reader, fragments)
        let found = reader.faults + DefinitionCheck.faults(in: definition, roleUses: reader.roleUses)
        return (definition, Array(Set(found)).sorted { ($0.at, $0.code) < ($1.at, $1.code) })
    }

    /// Codes of faults that were not told when definitions were first put in force.
    private static let later: Set = [
        "clock.in-route", "field.from", "field.nobody", "field.range", "role.reserved", "route.ring",
        "terminate.no-end",
        "timer.both",
    ]

    private static func definition(
        _ map: YAMLMap, _ reader: DefinitionReader, _ fragments: [String: String]
    ) -> ProcessDefinition {
        reader.allow(keys, in: map)
        if map["process"] == nil { reader.missing("process", at: map.at, example: "`process: repair`") }
        if map["version"] == nil { reader.missing("version", at: map.at, example: "`version: 1`") }
        let serves = map["serves"].flatMap { reader.map($0.node, Phrase(zh: "serves", en: "`serves`")) }
        if let serves { reader.allow(["departments", "kinds", "when"], in: serves) }
        if let limit = reader.limit(map["overdue"]?.node) { reader.overdue = limit }
        let used = reader.fragments(map["use"], fragments)
        let name = reader.references(map["process"]?.node).first
        return ProcessDefinition(
            code: name.map { reader.code($0.code, at: $0.at) } ?? "?",
            version: reader.number(map["version"], in: 1...100_000) ?? 1, title: reader.words(map["title"], in: map),
            departments: reader.references(serves?["departments"]?.node).map(\.code),
            kindsServed: reader.references(serves?["kinds"]?.node), serves: reader.condition(serves?["when"]),
            roles: reader.roles(map["roles"]).merging(used.roles) { own, _ in own }, rolesAt: reader.rolesAt,
            clocks: reader.clocks(map["clocks"]),
            work: reader.track(map, extra: (used.fields, used.steps)), visit: visit(map["visit"], reader),
            standing: reader.standing(map), replaces: reader.replacements(map["replaces"]))
    }

    private static func visit(_ entry: YAMLMap.Entry?, _ reader: DefinitionReader) -> Track? {
        guard let entry, let map = reader.map(entry.node, Phrase(zh: "visit", en: "`visit`")) else { return nil }
        reader.allow(["title", "fields", "opening", "steps"], in: map)
        return reader.track(map)
    }
}

extension DefinitionReader {
    /// Steps, fields and roles of the fragments that are used.
    func fragments(
        _ entry: YAMLMap.Entry?, _ texts: [String: String]
    ) -> (roles: [String: Phrase], fields: [ProcessField], steps: [ProcessStep]) {
        var used: (roles: [String: Phrase], fields: [ProcessField], steps: [ProcessStep]) = ([:], [], [])
        guard let entry, let map = map(entry.node, Phrase(zh: "use", en: "`use`")) else { return used }
        for entry in map.entries {
            guard let text = texts[entry.key] else {
                unknown(entry.key, Array(texts.keys), at: entry.at, code: "fragment.unknown")
                continue
            }
            let exits = self.map(entry.node, Phrase(zh: "出口", en: "the exits")).map { map in
                Dictionary(
                    map.entries.compactMap { exit in references(exit.node).first.map { (exit.key, $0) } }
                ) { first, _ in first }
            }
            let inner = DefinitionReader(exits: exits ?? [:], detour: entry.key)
            inner.overdue = overdue
            var isWhole = true
            if let root = inner.root(of: text) {
                inner.allow(["fragment", "title", "exits", "roles", "fields", "steps"], in: root)
                isWhole = checkExits(
                    inner.references(root["exits"]?.node).map(\.code), given: exits ?? [:], at: entry.at)
                used.roles.merge(inner.roles(root["roles"])) { first, _ in first }
                rolesAt.merge(inner.rolesAt.mapValues { _ in entry.at }) { first, _ in first }
                used.fields += inner.fields(root["fields"])
                used.steps += inner.steps(root["steps"], in: root).map { $0.placed(entry.at) }
                roleUses += inner.roleUses.map { Reference($0.code, at: entry.at) }
            }
            for fault in inner.faults where isWhole || fault.code != "exit.unknown" {
                self.fault(
                    fault.code, at: entry.at, zh: "片段 \(entry.key) 第 \(fault.at) 处：\(fault.words.zh)",
                    en: "in the fragment \(entry.key) at \(fault.at): \(fault.words.en)")
            }
        }
        return used
    }

    /// - Returns: whether every exit of the fragment is given a step.
    private func checkExits(_ declared: [String], given: [String: Reference], at position: Position) -> Bool {
        let open = declared.filter { given[$0] == nil }
        for exit in open { missing(exit, at: position, example: "`\(exit): closed`") }
        for exit in given.keys.sorted() where !declared.contains(exit) { unknown(exit, declared, at: position) }
        return open.isEmpty
    }

    func replacements(_ entry: YAMLMap.Entry?) -> [ProcessDefinition.Replacement] {
        guard let entry, let map = map(entry.node, Phrase(zh: "replaces", en: "`replaces`")) else { return [] }
        return map.entries.flatMap { entry -> [ProcessDefinition.Replacement] in
            guard let version = Int(entry.key), version > 0 else {
                fault("value.range", at: entry.at, zh: "这里应当是旧版本号", en: "here should be an older version's number")
                return []
            }
            guard let steps = self.map(entry.node, Phrase(zh: "旧步骤: 新步骤", en: "`old: new`")) else { return [] }
            return steps.entries.compactMap { step in
                references(step.node).first.map { .init(version: version, step: step.key, by: $0) }
            }
        }
    }
}

extension ProcessStep {
    /// A fragment's step as seen from the definition that uses it: faults are told where it is used.
    func placed(_ position: Position) -> ProcessStep {
        ProcessStep(
            code: code, title: title, colour: colour, owner: owner, department: department, stage: stage,
            customer: customer,
            clocks: clocks, pauses: pauses, actions: actions, routes: routes, timers: timers, effects: effects,
            end: end, detour: detour, at: position)
    }
}
