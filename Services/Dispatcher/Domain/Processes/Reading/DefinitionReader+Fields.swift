import Kernel
import Yams

extension DefinitionReader {
    func fields(_ entry: YAMLMap.Entry?) -> [ProcessField] {
        guard let entry, let map = map(entry.node, Phrase(zh: "fields", en: "`fields`")) else { return [] }
        return map.entries.compactMap(field)
    }

    private func field(_ entry: YAMLMap.Entry) -> ProcessField? {
        let code = code(entry)
        if code.contains("-") {
            fault(
                "code.malformed", at: entry.at, zh: "字段代码里用 _ 而不用 -：“\(code.replacing("-", with: "_"))”",
                en: "a field's code has _ instead of -: \"\(code.replacing("-", with: "_"))\"")
        }
        guard let map = map(entry.node, Phrase(zh: "字段", en: "a field")) else { return nil }
        allow(["title", "type", "choices", "max", "min", "required-when", "visible-to", "from"], in: map)
        let type: FieldType = choice(map["type"]?.node) ?? .text
        let choices = choices(map["choices"])
        if choices.isEmpty, type == .choice || type == .choices {
            missing("choices", at: entry.at, example: "`choices: {done: 完成 / Done, void: 作废 / Void}`")
        }
        if let given = map["choices"], type != .choice, type != .choices {
            fault(
                "field.choices", at: given.at, zh: "只有 choice 和 choices 类型才有选项",
                en: "only fields of type choice or choices have choices")
        }
        let (most, least) = (
            number(map["max"], in: 1...1_000_000_000), number(map["min"], in: -1_000_000_000...1_000_000_000)
        )
        if let most, let least, least > most, let at = map["min"]?.at {
            fault("field.range", at: at, zh: "min \(least) 大于 max \(most)", en: "min \(least) is above max \(most)")
        }
        let seers = references(map["visible-to"]?.node)
        if let given = map["visible-to"], seers.isEmpty {
            fault(
                "field.nobody", at: given.at, zh: "visible-to 没有写任何角色：写上角色，或去掉它（所有员工可见）",
                en: "`visible-to` names nobody: name roles, or leave it out, and all staff may see the field")
        }
        return ProcessField(
            code: code, title: words(map["title"], in: map), type: type, choices: choices,
            max: most, min: least, requiredWhen: condition(map["required-when"]), visibleTo: seers,
            from: references(map["from"]?.node).first, at: entry.at)
    }

    func choices(_ entry: YAMLMap.Entry?) -> [ProcessField.Choice] {
        guard let entry, let map = map(entry.node, Phrase(zh: "选项", en: "choices")) else { return [] }
        return map.entries.map { ProcessField.Choice(code: code($0), title: words($0.node)) }
    }

    func roles(_ entry: YAMLMap.Entry?) -> [String: Phrase] {
        guard let entry, let map = map(entry.node, Phrase(zh: "roles", en: "`roles`")) else { return [:] }
        for entry in map.entries where Taker.words.contains(entry.key) || ProcessRole.all[entry.key] != nil {
            fault(
                "role.reserved", at: entry.at, zh: "“\(entry.key)”另有含义，自己的角色不能叫这个名字",
                en: "\"\(entry.key)\" means something else: a role of one's own needs another name")
        }
        rolesAt.merge(map.entries.map { ($0.key, $0.at) }) { _, own in own }
        return Dictionary(map.entries.map { (code($0), words($0.node)) }) { first, _ in first }
    }

    func clocks(_ entry: YAMLMap.Entry?) -> [ProcessClock] {
        guard let entry, let map = map(entry.node, Phrase(zh: "clocks", en: "`clocks`")) else { return [] }
        return map.entries.compactMap { entry in
            guard let map = self.map(entry.node, Phrase(zh: "时钟", en: "a clock")) else { return nil }
            allow(["title", "target", "at"], in: map)
            let target = limit(map["target"]?.node)
            if let at = map["target"]?.node, target?.unit == .monday {
                fault("limit.malformed", at: Position(at), zh: "时限应当是一段时长", en: "a target is a span of time")
            }
            return ProcessClock(
                code: code(entry), title: words(map["title"], in: map), target: target,
                thresholds: thresholds(map["at"], clock: entry.key), at: entry.at)
        }
    }

    private func thresholds(_ entry: YAMLMap.Entry?, clock: String) -> [ProcessClock.Threshold] {
        guard let entry, let map = map(entry.node, Phrase(zh: "at", en: "`at`")) else { return [] }
        return map.entries.compactMap { entry in
            guard entry.key.hasSuffix("%"), let percent = Int(entry.key.dropLast()), (1...1000).contains(percent) else {
                fault(
                    "value.range", at: entry.at, zh: "这里应当是百分比，例如 `75%`", en: "here should be a per cent, such as `75%`"
                )
                return nil
            }
            guard let map = self.map(entry.node, Phrase(zh: "到点动作", en: "a threshold")) else { return nil }
            allow(["do"] + Self.effectKeys, in: map)
            return ProcessClock.Threshold(
                percent: percent, action: references(map["do"]?.node).first,
                effects: effects(in: map, occasion: "\(clock).\(percent)"), at: entry.at)
        }
    }
}
