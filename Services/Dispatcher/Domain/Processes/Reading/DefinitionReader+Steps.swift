import Foundation
import Kernel
import Yams

extension DefinitionReader {
    static let stepKeys = [
        "title", "colour", "owner", "department", "customer", "clocks", "pauses", "actions", "routes", "timers", "end",
        "detour", "stage",
    ]
    static let actionKeys = [
        "title", "by", "to", "fill", "require", "when", "else", "reason", "approval", "own", "responsible", "rework",
    ]
    static let timerKeys = ["title", "after", "since", "at", "times", "when", "do"]

    func track(_ map: YAMLMap, extra: (fields: [ProcessField], steps: [ProcessStep]) = ([], [])) -> Track {
        let opening = map["opening"].flatMap { self.map($0.node, Phrase(zh: "opening", en: "`opening`")) }
        if let opening { allow(["fill", "require"], in: opening) }
        let required = references(opening?["require"]?.node)
        return Track(
            title: words(map["title"], in: map), fields: fields(map["fields"]) + extra.fields,
            steps: Self.insert(extra.steps, into: steps(map["steps"], in: map)),
            opening: references(opening?["fill"]?.node) + required, openingRequires: required)
    }

    /// A fragment's steps stand behind the first step that leads to one of them.
    private static func insert(_ fragments: [ProcessStep], into own: [ProcessStep]) -> [ProcessStep] {
        var steps = own
        let groups = Dictionary(grouping: fragments) { $0.detour ?? "" }
        for (_, group) in groups.sorted(by: { $0.key < $1.key }) {
            let codes = Set(group.map(\.code))
            let entrance = steps.firstIndex { step in
                (step.actions.map(\.target) + step.routes.map(\.target)).contains { target in
                    if case .step(let reference) = target { codes.contains(reference.code) } else { false }
                }
            }
            steps.insert(contentsOf: group, at: entrance.map { $0 + 1 } ?? steps.endIndex)
        }
        return steps
    }

    func steps(_ entry: YAMLMap.Entry?, in parent: YAMLMap) -> [ProcessStep] {
        guard let entry else {
            missing("steps", at: parent.at, example: "`steps: {new: {title: 新建 / New, …}}`")
            return []
        }
        guard let map = map(entry.node, Phrase(zh: "steps", en: "`steps`")) else { return [] }
        return map.entries.compactMap(step)
    }

    private func step(_ entry: YAMLMap.Entry) -> ProcessStep? {
        guard let map = map(entry.node, Phrase(zh: "步骤", en: "a step")) else { return nil }
        allow(Self.stepKeys + Self.effectKeys, in: map)
        let code = code(entry)
        let own = map["detour"].map { flag($0) } ?? false
        var timers = timers(map["timers"])
        if timers.isEmpty, ["clocks", "routes", "end"].allSatisfy({ map[$0] == nil }) {
            timers = [.standard(after: overdue, at: entry.at)]
        }
        return ProcessStep(
            code: code, title: words(map["title"], in: map), colour: choice(map["colour"]?.node) ?? .grey,
            owner: knownRole(references(map["owner"]?.node).first),
            department: references(map["department"]?.node).first?.code, stage: choice(map["stage"]?.node),
            customer: map["customer"].map { words($0.node) }, clocks: references(map["clocks"]?.node),
            pauses: references(map["pauses"]?.node), actions: actions(map["actions"]), routes: routes(map["routes"]),
            timers: timers, effects: effects(in: map, occasion: code), end: choice(map["end"]?.node),
            detour: detour ?? (own ? code : nil), at: entry.at)
    }

    private func actions(_ entry: YAMLMap.Entry?) -> [ProcessAction] {
        guard let entry, let map = map(entry.node, Phrase(zh: "actions", en: "`actions`")) else { return [] }
        return map.entries.compactMap(action)
    }

    private func action(_ entry: YAMLMap.Entry) -> ProcessAction? {
        guard let map = map(entry.node, Phrase(zh: "操作", en: "an action")) else { return nil }
        allow(Self.actionKeys + Self.effectKeys, in: map)
        let code = code(entry)
        let required = references(map["require"]?.node)
        let reason = references(map["reason"]?.node).first
        if let reason, reason.code != "required" {
            unknown(reason.code, ["required"], at: reason.at)
        }
        return ProcessAction(
            code: code, title: words(map["title"], in: map), takers: takers(map["by"]), target: target(map["to"]),
            fill: references(map["fill"]?.node) + required, require: required, when: condition(map["when"]),
            otherwise: map["else"].map { words($0.node) }, needsReason: reason != nil,
            approval: references(map["approval"]?.node), own: own(map["own"]),
            takesResponsibility: flag(map["responsible"]), isRework: flag(map["rework"]),
            effects: effects(in: map, occasion: code), at: entry.at)
    }

    private func routes(_ entry: YAMLMap.Entry?) -> [ProcessStep.Route] {
        guard let entry else { return [] }
        guard case .sequence(let list) = entry.node else {
            fault(
                "value.kind", at: Position(entry.node), zh: "routes 应当是列表：`- {when: …, to: …}`",
                en: "`routes` should be a list: `- {when: …, to: …}`")
            return []
        }
        return list.compactMap { node in
            guard let map = map(node, Phrase(zh: "去向", en: "a route")) else { return nil }
            allow(["to", "when", "own"] + Self.effectKeys, in: map)
            return ProcessStep.Route(
                when: condition(map["when"]), target: target(map["to"]), own: own(map["own"]),
                effects: effects(in: map, occasion: "route"), at: Position(node))
        }
    }

    private func timers(_ entry: YAMLMap.Entry?) -> [ProcessTimer] {
        guard let entry, let map = map(entry.node, Phrase(zh: "timers", en: "`timers`")) else { return [] }
        return map.entries.compactMap { entry in
            guard let map = self.map(entry.node, Phrase(zh: "定时", en: "a timer")) else { return nil }
            allow(Self.timerKeys + Self.effectKeys, in: map)
            guard let moment = moment(map) else { return nil }
            let code = code(entry)
            if code == ProcessTimer.standardCode {
                fault(
                    "code.duplicate", at: entry.at, zh: "“\(code)”是系统自带的定时，请换一个名称",
                    en: "\"\(code)\" is the timer that every step has that says nothing of time: take another name")
            }
            return ProcessTimer(
                code: code, title: words(map["title"], in: map), moment: moment,
                times: number(map["times"], in: 1...20) ?? 1,
                since: references(map["since"]?.node), when: condition(map["when"]),
                action: references(map["do"]?.node).first, effects: effects(in: map, occasion: code), at: entry.at)
        }
    }

    /// `after: 5 min`, `at: appointment`, `at: appointment - 1 h`.
    private func moment(_ map: YAMLMap) -> ProcessTimer.Moment? {
        if let after = map["after"] {
            if let at = map["at"] {
                fault(
                    "timer.both", at: at.at, zh: "after 和 at 只能写一个", en: "a timer has either `after` or `at`, not both")
            }
            return limit(after.node).map { .after($0) }
        }
        guard let entry = map["at"], let text = text(entry.node) else {
            missing("after", at: map.at, example: "`after: 5 min`, `at: appointment - 1 h`")
            return nil
        }
        let parts = text.components(separatedBy: " - ")
        let reference = Reference(parts[0].trimmingCharacters(in: .whitespaces), at: Position(entry.node))
        guard parts.count > 1 else { return .field(reference, before: nil) }
        guard parts.count == 2, let before = Limit(parts[1]), !before.isWorking else {
            fault(
                "limit.malformed", at: reference.at, zh: "这里应当是时间字段，或其前一段时间：`appointment - 1 h`",
                en: "here should be a time field, or a span before it: `appointment - 1 h`")
            return nil
        }
        return .field(reference, before: before)
    }

    func role(_ reference: Reference?) -> RoleReference? {
        guard let reference else { return nil }
        let parts = reference.code.split(separator: ":", omittingEmptySubsequences: false)
        if parts.count == 2, let level = Int(parts[1]), (1...3).contains(level) {
            return RoleReference(String(parts[0]), level: level)
        }
        if parts.count > 1 {
            fault(
                "role.level", at: reference.at, zh: "级别写作 `engineer:2`，1 到 3",
                en: "a level is written `engineer:2`, 1 to 3")
        }
        return RoleReference(parts.first.map(String.init) ?? "")
    }

    func takers(_ entry: YAMLMap.Entry?) -> [Taker] {
        references(entry?.node).compactMap { reference in
            switch reference.code {
            case "owner": .owner
            case "responsible": .responsible
            case "customer": .customer
            case "timer": .timer
            case "visit": .visit
            case "work": .work
            default: knownRole(reference).map { .role($0) }
            }
        }
    }

    /// Kept in `roleUses`, so that it can be looked up once all roles are known.
    func knownRole(_ reference: Reference?) -> RoleReference? {
        guard let reference, let role = role(reference) else { return nil }
        roleUses.append(Reference(role.role, at: reference.at))
        return role
    }

    private func target(_ entry: YAMLMap.Entry?) -> Target {
        guard let entry, let text = text(entry.node) else { return .stay }
        let at = Position(entry.node)
        switch text {
        case "stay": return .stay
        case "back": return .back(at: at)
        case _ where text.hasPrefix("exit."):
            if let exit = exits[String(text.dropFirst(5))] { return .step(exit) }
            unknown(text, exits.keys.map { "exit.\($0)" }, at: at, code: "exit.unknown")
            return .stay
        default: return .step(Reference(text, at: at))
        }
    }

    private func own(_ entry: YAMLMap.Entry?) -> OwnerRule? {
        guard let entry, let text = text(entry.node) else { return nil }
        let rules: [String: OwnerRule] = [
            "actor": .actor, "named": .named, "pool": .pool, "keep": .keep, "responsible": .responsible,
        ]
        if let rule = rules[text] { return rule }
        unknown(text, Array(rules.keys), at: Position(entry.node))
        return nil
    }
}
