import Kernel

/// Every name leads somewhere.
extension DefinitionCheck {
    mutating func checkNames(_ track: Track, _ kind: TrackKind) {
        let steps = track.steps.map(\.code)
        checkTwice(track.steps.map { Reference($0.code, at: $0.at) }, Self.step)
        for step in track.steps where ["back", "stay"].contains(step.code) {
            error(
                "step.reserved", at: step.at, zh: "`to: \(step.code)` 另有含义，步骤不能叫这个名字",
                en: "`to: \(step.code)` means something else: no step can have this name")
        }
        checkTwice(track.fields.map { Reference($0.code, at: $0.at) }, Self.field)
        for reference in track.opening { lookUpField(reference, track) }
        for step in track.steps {
            for clock in step.clocks + step.pauses {
                lookUp(clock, among: definition.clocks.map(\.code), "clock.unknown", Self.clock)
            }
            if !step.routes.isEmpty, let clock = (step.clocks + step.pauses).first {
                error(
                    "clock.in-route", at: clock.at, zh: "有 routes 的步骤不停留，时钟照原样走：在前后的步骤里写 clocks",
                    en:
                        "nobody stops in a step with routes, and clocks go on as they are: put `clocks` in the steps around it"
                )
            }
            if kind == .visit, let clock = (step.clocks + step.pauses).first {
                error(
                    "clock.in-visit", at: clock.at, zh: "时钟属于工单；上门步骤请用 timers",
                    en: "clocks belong to the work order; steps of a visit have timers")
            }
            for target in step.actions.map(\.target) + step.routes.map(\.target) {
                if case .step(let reference) = target { lookUp(reference, among: steps, "step.unknown", Self.step) }
                if case .back(let at) = target, step.detour == nil {
                    error(
                        "target.back", at: at, zh: "只有绕行步骤（`detour: yes`）才能用 back",
                        en: "only a step with `detour: yes` can lead back")
                }
            }
            for action in step.actions { check(action, track, kind) }
            for route in step.routes { checkCondition(route.when, kind) }
            for timer in step.timers { check(timer, step, track, kind) }
        }
        for effect in definition.effects(kind) { check(effect, track, kind) }
        checkVendor(track, kind)
        for field in track.fields { checkCondition(field.requiredWhen, kind) }
        if kind == .work {
            for name in definition.serves?.names ?? [] where Facts.outside[name.code] == nil {
                lookUp(name, among: Facts.outside.keys.sorted(), "guard.unknown-name", Phrase(zh: "已知条件", en: "fact"))
            }
        }
    }

    private mutating func check(_ action: ProcessAction, _ track: Track, _ kind: TrackKind) {
        for reference in action.fill { lookUpField(reference, track) }
        checkCondition(action.when, kind)
        if action.when == nil, action.otherwise != nil {
            warning(
                "action.else", at: action.at, zh: "有 else 却没有 when，永远不会显示",
                en: "there is an `else` but no `when`: nobody will ever read it")
        }
    }

    private mutating func check(_ timer: ProcessTimer, _ step: ProcessStep, _ track: Track, _ kind: TrackKind) {
        checkCondition(timer.when, kind)
        if case .field(let reference, _) = timer.moment {
            lookUpField(reference, track)
            if let type = track.field(reference.code)?.type, type != .time, type != .date {
                error(
                    "timer.field", at: reference.at, zh: "字段“\(reference.code)”不是时间",
                    en: "the field \"\(reference.code)\" is no time")
            }
        }
        if timer.action == nil, timer.effects.isEmpty {
            error(
                "timer.no-target", at: timer.at, zh: "定时“\(timer.code)”到点什么也不做：加上 `do: 操作` 或 `notify: owner`",
                en: "the timer \"\(timer.code)\" does nothing: add `do: ACTION` or `notify: owner`")
        }
        for action in timer.since { lookUp(action, among: step.actions.map(\.code), "action.unknown", Self.action) }
        guard let action = timer.action else { return }
        lookUp(action, among: step.actions.map(\.code), "action.unknown", Self.action)
        if let taken = step.action(action.code), !taken.takers.contains(.timer) {
            error(
                "timer.not-taker", at: action.at, zh: "操作“\(action.code)”没有允许定时来做：在 by 里加上 timer",
                en: "the action \"\(action.code)\" may not be taken by a timer: add `timer` to its `by`")
        }
    }

    /// Only what was handed over can be asked for and taken back.
    private mutating func checkVendor(_ track: Track, _ kind: TrackKind) {
        let every = TrackKind.allCases.flatMap(definition.effects)
        guard !every.contains(where: \.isHandOver) else { return }
        let places = track.steps.flatMap { step in
            [(step.effects, step.at)] + step.actions.map { ($0.effects, $0.at) }
                + step.routes.map { ($0.effects, $0.at) }
                + step.timers.map { ($0.effects, $0.at) }
        }
        for (effects, at) in places where effects.contains(where: { $0 == .trackVendor || $0 == .takeBack }) {
            error(
                "vendor.none", at: at, zh: "没有转交给厂商，就不能询问或收回：先在某个操作里写 hand-over",
                en: "nothing was handed over to a vendor, so he cannot be asked: some action needs a `hand-over`")
        }
    }

    private mutating func check(_ effect: ProcessEffect, _ track: Track, _ kind: TrackKind) {
        switch effect {
        case .openVisit(let carry, _, let at):
            guard kind == .work, let visit = definition.visit else {
                return error(
                    "visit.none", at: at, zh: "open-visit 只能用在有 visit 部分的工单步骤里",
                    en: "open-visit belongs in the steps of a work order that has a `visit` part")
            }
            for reference in carry {
                if let field = reference.ofLastVisit {
                    lookUpField(field, visit)
                } else {
                    lookUpField(reference, definition.work)
                    lookUpField(reference, visit)
                }
            }
        case .work(let action): lookUp(action, takenBy: .visit, in: definition.work, from: kind, .visit)
        case .visit(let action): lookUp(action, takenBy: .work, in: definition.visit, from: kind, .work)
        case .set(let field, let value):
            lookUpField(field, track)
            if let known = track.field(field.code), !value.fits(known) {
                error(
                    "set.type", at: field.at, zh: "这个值放不进字段“\(field.code)”（\(known.type.rawValue)）",
                    en: "this value does not fit the field \"\(field.code)\" (\(known.type.rawValue))")
            }
        case .errand(let order): for reference in order.carry { lookUpField(reference, track) }
        case .handOver(let vendor, let reference):
            for field in [vendor, reference].compactMap({ $0 }) { lookUpField(field, track) }
        case .offer, .notify, .trackVendor, .takeBack: break
        }
    }

    private mutating func lookUp(
        _ action: Reference, takenBy taker: Taker, in track: Track?, from kind: TrackKind, _ place: TrackKind
    ) {
        guard kind == place, let track else {
            return error(
                "effect.place", at: action.at, zh: "work: 用在上门步骤里，visit: 用在工单步骤里",
                en: "`work:` belongs in steps of a visit, `visit:` in steps of the work order")
        }
        let named = track.steps.flatMap(\.actions)
        lookUp(action, among: named.map(\.code), "action.unknown", Self.action)
        if let one = named.first(where: { $0.code == action.code }), !one.takers.contains(taker) {
            error(
                "effect.not-taker", at: action.at, zh: "操作“\(action.code)”的 by 里没有 \(taker)",
                en: "the action \"\(action.code)\" has no \(taker) in its `by`")
        }
    }

    mutating func lookUpField(_ reference: Reference, _ track: Track) {
        lookUp(reference, among: track.fields.map(\.code), "field.unknown", Self.field)
    }

    mutating func checkCondition(_ condition: Guard?, _ kind: TrackKind) {
        guard let condition, !isFull else { return }
        let definition = definition
        faults += condition.faults(names: definition.names(in: kind)) { definition.type(of: $0, in: kind) }
    }

    private mutating func checkTwice(_ references: [Reference], _ what: Phrase) {
        var seen: Set<String> = []
        for reference in references where !seen.insert(reference.code).inserted {
            error(
                "code.duplicate", at: reference.at, zh: "\(what.zh)“\(reference.code)”有两个",
                en: "there are two \(what.en)s \"\(reference.code)\"")
        }
    }
}

extension ProcessEffect.Assigned {
    func fits(_ field: ProcessField) -> Bool {
        switch (self, field.type) {
        case (.empty, _), (.actionTime, .time), (.actionTime, .date), (.actor, .person): true
        case (.value(.text(let code)), .choice): field.choices.contains { $0.code == code }
        case (.value(.text), .text), (.value(.flag), .flag), (.value(.number), .number), (.value(.number), .money): true
        default: false
        }
    }
}

extension ProcessEffect {
    fileprivate var isHandOver: Bool {
        if case .handOver = self { return true }
        return false
    }
}
