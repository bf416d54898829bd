import Kernel

/// Looks a definition over that could be read: does every name lead somewhere, can work always go on, can somebody
/// take every action, is every field filled and read?
struct DefinitionCheck {
    let definition: ProcessDefinition
    var faults: [DefinitionFault] = []

    static func faults(in definition: ProcessDefinition, roleUses: [Reference]) -> [DefinitionFault] {
        var check = DefinitionCheck(definition: definition)
        check.checkRoles(roleUses)
        check.checkStanding()
        for kind in TrackKind.allCases {
            guard let track = definition.track(kind) else { continue }
            check.checkNames(track, kind)
            check.checkShape(track, kind)
            check.checkTakers(track, kind)
            check.checkFields(track, kind)
        }
        check.checkClocks()
        return check.faults
    }

    var isFull: Bool { faults.count >= DefinitionReader.mostFaults }

    mutating func error(_ code: String, at position: Position, zh: String, en: String) {
        guard !isFull else { return }
        faults.append(DefinitionFault(code, at: position, zh: zh, en: en))
    }

    mutating func warning(_ code: String, at position: Position, zh: String, en: String) {
        faults.append(DefinitionFault(code, .warning, at: position, zh: zh, en: en))
    }

    /// Notes a name that leads nowhere.
    mutating func lookUp(_ reference: Reference, among known: [String], _ code: String, _ what: Phrase) {
        guard !isFull, !known.contains(reference.code) else { return }
        let near = Spelling.nearest(reference.code, known)
        error(
            code, at: reference.at,
            zh: "没有\(what.zh)“\(reference.code)”"
                + (near.map { "；是不是“\($0)”？" } ?? Spelling.listed(known, zh: true)),
            en: "there is no \(what.en) \"\(reference.code)\""
                + (near.map { "; did you mean \"\($0)\"?" } ?? Spelling.listed(known, zh: false)))
    }

    private mutating func checkRoles(_ uses: [Reference]) {
        let known = Array(ProcessRole.all.keys) + definition.roles.keys
        let role = Phrase(zh: "角色", en: "role")
        let approvals = definition.tracks.flatMap { $0.steps.flatMap(\.actions).flatMap(\.approval) }
        let seen = definition.tracks.flatMap { $0.fields.flatMap(\.visibleTo) }
        let standing = (definition.standing.suspend?.approval ?? []) + (definition.standing.terminate?.approval ?? [])
        for use in uses + approvals + standing { lookUp(use, among: known, "role.unknown", role) }
        for use in seen { lookUp(use, among: known + ["customer"], "role.unknown", role) }
    }

    private mutating func checkStanding() {
        let rules = definition.standing
        let steps = definition.work.steps.map(\.code)
        let every = [
            rules.aside?.rule, rules.suspend?.rule, rules.terminate?.rule, rules.urge?.rule, rules.copy,
            rules.delegate, rules.transfer?.rule,
        ].compactMap { $0 }
        for rule in every {
            for step in rule.steps { lookUp(step, among: steps, "step.unknown", Self.step) }
            if rule.takers.isEmpty {
                error(
                    "action.nobody", at: rule.at, zh: "没有写谁可以做：加上 `by: owner`",
                    en: "nobody may do this: add `by: owner`")
            }
        }
        if let target = rules.terminate?.target {
            lookUp(target, among: steps, "step.unknown", Self.step)
            if let step = definition.work.step(target.code), step.end == nil {
                error(
                    "terminate.no-end", at: target.at, zh: "终止后要到一个结束的步骤：“\(target.code)”没有 end",
                    en: "what is terminated ends: the step \"\(target.code)\" has no `end`")
            }
        }
        if let action = rules.aside?.followUp?.action {
            let actions = definition.work.steps.flatMap(\.actions).map(\.code)
            lookUp(action, among: actions, "action.unknown", Self.action)
        }
        for replacement in definition.replaces {
            let isVisit = replacement.step.hasPrefix("visit.")
            let known = isVisit ? definition.visit?.steps.map(\.code) ?? [] : steps
            lookUp(replacement.by, among: known, "step.unknown", Self.step)
        }
    }

    static let step = Phrase(zh: "步骤", en: "step")
    static let action = Phrase(zh: "操作", en: "action")
    static let field = Phrase(zh: "字段", en: "field")
    static let clock = Phrase(zh: "时钟", en: "clock")
}

/// The two tracks of a definition.
enum TrackKind: CaseIterable {
    case work, visit
}

extension ProcessDefinition {
    func track(_ kind: TrackKind) -> Track? { kind == .work ? work : visit }

    var tracks: [Track] { [work, visit].compactMap { $0 } }

    /// Effects of the whole track, wherever they stand.
    func effects(_ kind: TrackKind) -> [ProcessEffect] {
        guard let track = track(kind) else { return [] }
        let ofSteps = track.steps.flatMap { step in
            step.effects + step.actions.flatMap(\.effects) + step.routes.flatMap(\.effects)
                + step.timers.flatMap(\.effects)
        }
        guard kind == .work else { return ofSteps }
        return ofSteps + clocks.flatMap { $0.thresholds.flatMap(\.effects) } + (standing.urge?.effects ?? [])
    }

    /// What a name in a condition of this track stands for: the track's own fields, in a visit the work order's, too,
    /// in the work order `last.` and a field of the latest visit; and the facts.
    func type(of name: String, in kind: TrackKind) -> NameType? {
        if let field = track(kind)?.field(name) { return NameType(field) }
        if kind == .visit, let field = work.field(name) { return NameType(field) }
        if kind == .work, name.hasPrefix("last."), let field = visit?.field(String(name.dropFirst(5))) {
            return NameType(field)
        }
        return Facts.type(name)
    }

    func names(in kind: TrackKind) -> [String] {
        let own = (track(kind)?.fields ?? []).map(\.code)
        let others = kind == .visit ? work.fields.map(\.code) : (visit?.fields ?? []).map { "last.\($0.code)" }
        return own + others + Facts.names
    }
}
