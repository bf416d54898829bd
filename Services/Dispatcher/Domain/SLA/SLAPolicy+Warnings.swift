public import Kernel

/// What a policy can speak of at present.
public struct PolicyVocabulary: Sendable {
    public let steps: Set<String>
    public let clocks: Set<String>
    public let actions: Set<String>
    /// Departments.
    public let groups: Set<String>
    public let kinds: Set<String>
    public let severities: Set<String>
    public let roles: Set<String>
    private let places: [Place]

    /// A step in which a timer may act on the work order.
    private struct Place {
        let step: String
        let clocks: Set<String>
        /// What a timer may do there.
        let actions: Set<String>
    }

    public init(
        _ definitions: [ProcessDefinition], groups: Set<String>, kinds: Set<String>, severities: Set<String>
    ) {
        let tracks = definitions.flatMap { [$0.work] + ($0.visit.map { [$0] } ?? []) }
        let steps = tracks.flatMap(\.steps)
        self.steps = Set(steps.map(\.code))
        clocks = Set(definitions.flatMap { $0.clocks.map(\.code) })
        actions = Set(steps.flatMap { $0.actions.map(\.code) })
        self.groups = groups
        self.kinds = kinds.union(definitions.flatMap(\.kinds))
        self.severities = severities
        roles = Set(definitions.flatMap { Array($0.roles.keys) } + StaffRole.allCases.map(\.rawValue))
        places = definitions.flatMap(\.work.steps).filter { $0.end == nil && $0.routes.isEmpty }.map { step in
            Place(
                step: step.code, clocks: Set(step.clocks.map(\.code)),
                actions: Set(step.actions.filter { $0.takers.contains(.timer) }.map(\.code)))
        }
    }

    /// The steps in which a promise on this timer can come due though no timer may take the action there. Where the
    /// timer does not say in which steps it runs: none as long as there is one that can.
    func stepsWithout(_ action: String, where timer: SLATimer) -> [String] {
        let (found, isExact): ([Place], Bool) =
            switch timer {
            case .step(let code) where code != "*": (places.filter { $0.step == code }, true)
            case .clock(let code) where code != "*": (places.filter { $0.clocks.contains(code) }, true)
            default: (places, false)
            }
        let without = found.filter { !$0.actions.contains(action) }
        guard isExact || without.count == found.count else { return [] }
        // A step of this name in another process may be able to.
        let able = Set(found.filter { $0.actions.contains(action) }.map(\.step))
        return Set(without.map(\.step)).subtracting(able).sorted()
    }
}

extension SLAPolicy {
    /// Words of the policy that nothing has: it can be put all the same, since a process may come later, but until then
    /// the row or the reminder does nothing. A customer's level is not among them: that is what contracts say.
    public func warnings(_ known: PolicyVocabulary) -> [FieldFault] {
        var found: [FieldFault] = []
        func look(_ word: String, _ field: String, _ what: Phrase, _ words: Set<String>) {
            guard !words.contains(word), found.count < 100 else { return }
            let list = words.sorted().prefix(20).joined(separator: ", ")
            found.append(
                FieldFault(
                    field: field, code: "unknownValue",
                    message: "没有\(what.zh)“\(word.prefix(80))”\(list.isEmpty ? "" : "；现有：\(list)")"
                        + " / there is no \(what.en) '\(word.prefix(80))'\(list.isEmpty ? "" : "; there are: \(list)")")
            )
        }
        func take(_ action: String, _ field: String, _ timer: SLATimer) {
            let steps = known.stepsWithout(action, where: timer)
            guard !steps.isEmpty, found.count < 100 else { return }
            let list = steps.prefix(20).joined(separator: ", ")
            found.append(
                FieldFault(
                    field: field, code: "conflict",
                    message: "在这些步骤里定时不能做“\(action)”，到时只记入历史：\(list)；在步骤的操作 \(action) 的 by 里加上 timer"
                        + " / in these steps a timer cannot take '\(action)', and only the history will tell: \(list); "
                        + "give them the action \(action) with `timer` in its `by`"))
        }
        for (number, row) in rows.enumerated() {
            let place = "/rows/\(number)"
            for (index, word) in (row.severities ?? []).enumerated() {
                look(word, "\(place)/severities/\(index)", Phrase(zh: "紧急程度", en: "severity"), known.severities)
            }
            for (index, word) in (row.kinds ?? []).enumerated() {
                look(word, "\(place)/kinds/\(index)", Phrase(zh: "业务种类", en: "kind"), known.kinds)
            }
            for (index, target) in row.targets.enumerated() {
                let place = "\(place)/targets/\(index)"
                switch target.timer {
                case .step(let word) where word != "*":
                    look(word, place + "/timer", Phrase(zh: "步骤", en: "step"), known.steps)
                case .group(let word) where word != "*":
                    look(word, place + "/timer", Phrase(zh: "部门", en: "department"), known.groups)
                case .clock(let word) where word != "*":
                    look(word, place + "/timer", Phrase(zh: "时钟", en: "clock"), known.clocks)
                default: break
                }
                for (point, threshold) in target.thresholds.enumerated() {
                    let place = "\(place)/thresholds/\(point)"
                    for action in threshold.actions {
                        switch action {
                        case .remind(let names):
                            for case .role(let role) in names.map(Recipient.init(policy:)) {
                                look(role, place, Phrase(zh: "角色", en: "role"), known.roles)
                            }
                        case .process(let code):
                            look(code, place, Phrase(zh: "操作", en: "action"), known.actions)
                            if known.actions.contains(code) { take(code, place, target.timer) }
                        case .nextLevel:
                            if case .take(let code) = PromisedAct.nextLevel { take(code, place, target.timer) }
                        case .own: break
                        }
                    }
                }
            }
        }
        return found
    }
}
