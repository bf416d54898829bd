import Kernel

/// Somebody can take every action; every field is filled and read by somebody; every clock runs.
extension DefinitionCheck {
    mutating func checkTakers(_ track: Track, _ kind: TrackKind) {
        let nudged = Set(
            definition.effects(kind == .work ? .visit : .work).compactMap { effect -> String? in
                switch effect {
                case .work(let action), .visit(let action): action.code
                default: nil
                }
            })
        let byClock = Set(definition.clocks.flatMap { $0.thresholds.compactMap { $0.action?.code } })
        let followedUp = definition.standing.aside?.followUp?.action?.code
        for step in track.steps {
            if !step.actions.isEmpty, step.timers.allSatisfy(\.isStandard),
                step.actions.allSatisfy({ $0.takers == [.customer] })
            {
                warning(
                    "step.customer-only", at: step.at,
                    zh: "步骤“\(step.code)”只有客户能推动：客户不理时工单会一直停在这里；加上员工的操作或定时",
                    en:
                        "only the customer can move the step \"\(step.code)\" on: the work stays here for ever if he does "
                        + "not; add an action of the staff or a timer")
            }
            let timed = Set(step.timers.compactMap { $0.action?.code })
            for action in step.actions {
                let can = action.takers.contains { taker in
                    switch taker {
                    case .owner: step.owner != nil || comesWithHolder(step, track)
                    case .responsible: hasResponsible(track) || kind == .visit
                    case .customer, .role: true
                    case .timer:
                        timed.contains(action.code) || byClock.contains(action.code) || action.code == followedUp
                    case .visit, .work: nudged.contains(action.code)
                    }
                }
                if !can { noteNobody(action, step) }
                checkSight(action, step, track)
            }
        }
    }

    /// Whoever takes an action sees what he must fill in.
    private mutating func checkSight(_ action: ProcessAction, _ step: ProcessStep, _ track: Track) {
        for reference in action.require {
            guard let field = track.field(reference.code), !field.visibleTo.isEmpty else { continue }
            let seers = field.visibleTo.map(\.code)
            let takers = action.takers.compactMap { taker -> String? in
                switch taker {
                case .role(let role): role.role
                case .owner: step.owner?.role
                case .customer: "customer"
                case .responsible, .timer, .visit, .work: nil
                }
            }
            guard let blind = takers.first(where: { !seers.contains($0) }) else { continue }
            error(
                "field.unseen", at: reference.at,
                zh: "“\(blind)”要填字段“\(field.code)”却看不到它：在它的 visible-to 里加上 \(blind)",
                en: "\"\(blind)\" must fill in the field \"\(field.code)\" and may not see it: "
                    + "add \(blind) to its `visible-to`")
        }
    }

    private mutating func noteNobody(_ action: ProcessAction, _ step: ProcessStep) {
        let asked = action.takers.map(\.description).joined(separator: ", ")
        let what =
            asked.isEmpty
            ? Phrase(zh: "没有写 by", en: "it has no `by`")
            : Phrase(zh: "by 里的 \(asked) 在这里都做不到", en: "none of \(asked) can be here")
        error(
            "action.nobody", at: action.at, zh: "步骤“\(step.code)”的操作“\(action.code)”没有人能做：\(what.zh)",
            en: "nobody may take the action \"\(action.code)\" in the step \"\(step.code)\": \(what.en)")
    }

    /// A step without an owner may still be entered with somebody who keeps the work or is named.
    private func comesWithHolder(_ step: ProcessStep, _ track: Track) -> Bool {
        track.steps.contains { from in
            let moves = from.actions.map { ($0.target, $0.own) } + from.routes.map { ($0.target, $0.own) }
            return moves.contains { target, own in
                guard case .step(let reference) = target, reference.code == step.code else { return false }
                return own != nil && own != .pool
            }
        }
    }

    private func hasResponsible(_ track: Track) -> Bool {
        definition.work.steps.contains { $0.actions.contains(where: \.takesResponsibility) }
    }

    mutating func checkFields(_ track: Track, _ kind: TrackKind) {
        let filled = Set(track.opening.map(\.code)).union(track.steps.flatMap(\.actions).flatMap(\.fill).map(\.code))
            .union(definition.effects(kind).compactMap(\.field))
            .union(kind == .visit ? definition.effects(.work).flatMap(\.carried) : [])
        let read = readFields(kind)
        let roles = Set(track.steps.compactMap { $0.owner?.role }).union(
            track.steps.flatMap(\.actions).flatMap(\.takers).compactMap(\.role))
        for field in track.fields {
            if let from = field.from {
                lookUp(from, among: Facts.names, "fact.unknown", Phrase(zh: "已知条件", en: "fact"))
                checkSource(of: field, from)
            } else if !filled.contains(field.code) {
                error(
                    "field.never-filled", at: field.at, zh: "没有任何操作填写字段“\(field.code)”：在 fill、opening 或 set 里加上它",
                    en: "nothing fills the field \"\(field.code)\": add it to a `fill`, to `opening` or to a `set`")
            }
            let seers = Set(field.visibleTo.map(\.code))
            if !seers.isEmpty, seers.isDisjoint(with: roles), !read.contains(field.code) {
                warning(
                    "field.never-read", at: field.at, zh: "参与流程的人都看不到字段“\(field.code)”，也没有条件用到它",
                    en: "nobody who takes part may see the field \"\(field.code)\", and no condition uses it")
            }
        }
    }

    /// What is copied into a field when the document is opened must fit it.
    private mutating func checkSource(of field: ProcessField, _ from: Reference) {
        guard let given = Facts.type(from.code) else { return }
        let isFit =
            switch (given, NameType(field)) {
            case (.text, .text), (.number, .number), (.flag, .flag), (.time, .time): true
            default: false
            }
        guard !isFit else { return }
        error(
            "field.from", at: from.at,
            zh: "“\(from.code)”是\(given.words.zh)，放不进字段“\(field.code)”（\(field.type.rawValue)）",
            en:
                "\"\(from.code)\" is \(given.words.en) and does not fit the field \"\(field.code)\" (\(field.type.rawValue))"
        )
    }

    private func readFields(_ kind: TrackKind) -> Set<String> {
        var conditions: [Guard?] = []
        for track in definition.tracks {
            conditions += track.fields.map(\.requiredWhen)
            for step in track.steps {
                conditions += step.actions.map(\.when) + step.routes.map(\.when) + step.timers.map(\.when)
            }
        }
        let names = conditions.compactMap { $0?.names.map(\.code) }.flatMap { $0 }
        return Set(names.map { $0.hasPrefix("last.") ? String($0.dropFirst(5)) : $0 })
            .union(definition.effects(kind).flatMap(\.carried))
    }

    mutating func checkClocks() {
        let running = Set(definition.work.steps.flatMap(\.clocks).map(\.code))
        let named = definition.work.steps.flatMap(\.actions)
        for clock in definition.clocks {
            if !running.contains(clock.code) {
                error(
                    "clock.never-runs", at: clock.at, zh: "没有步骤走时钟“\(clock.code)”：在步骤里加上 `clocks: \(clock.code)`",
                    en: "the clock \"\(clock.code)\" runs in no step: add `clocks: \(clock.code)` to one")
            }
            for threshold in clock.thresholds {
                if threshold.action == nil, threshold.effects.isEmpty {
                    error(
                        "timer.no-target", at: threshold.at, zh: "到 \(threshold.percent)% 什么也不做",
                        en: "nothing happens at \(threshold.percent) per cent")
                }
                guard let action = threshold.action else { continue }
                lookUp(action, among: named.map(\.code), "action.unknown", Self.action)
                if named.contains(where: { $0.code == action.code }),
                    !named.contains(where: { $0.code == action.code && $0.takers.contains(.timer) })
                {
                    error(
                        "timer.not-taker", at: action.at, zh: "操作“\(action.code)”没有允许时钟来做：在 by 里加上 timer",
                        en: "the action \"\(action.code)\" may not be taken by a clock: add `timer` to its `by`")
                }
            }
        }
    }
}

extension ProcessEffect {
    /// The field that it fills.
    var field: String? {
        guard case .set(let field, _) = self else { return nil }
        return field.code
    }

    /// The fields that it reads.
    var carried: [String] {
        switch self {
        case .openVisit(let carry, _, _): carry.filter { $0.ofLastVisit == nil }.map(\.code)
        case .errand(let order): order.carry.map(\.code)
        case .handOver(let vendor, let reference): [vendor, reference].compactMap { $0?.code }
        case .offer, .notify, .work, .visit, .set, .trackVendor, .takeBack: []
        }
    }
}

extension Taker {
    var role: String? {
        guard case .role(let reference) = self else { return nil }
        return reference.role
    }
}
