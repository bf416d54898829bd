import Foundation
public import Kernel

/// What happens to open work when it is moved to another version, shown before it is done.
public struct MovePlan: Hashable, Sendable {
    public let lines: [Line]

    public struct Line: Hashable, Sendable {
        /// The work order's number.
        public let number: String
        public let from: String
        /// Its step in the new version; nil when the new version says nothing of it.
        public let to: String?
        /// Why it cannot be moved; it can when there are none.
        public let obstacles: [Phrase]
        /// Fields that conditions of its step read and that nobody can fill there: it can be moved, but may be stuck.
        public let unfilled: [ProcessField]
        /// Fields of the new version that the present value does not fit, such as a choice that is gone.
        public let unfit: [ProcessField]

        public var canMove: Bool { obstacles.isEmpty }
    }

    /// Closed work stays where it is and is not listed.
    public static func plan(_ states: [ProcessState], from old: ProcessDefinition, to new: ProcessDefinition)
        -> MovePlan
    {
        let map = StepMap(old, new)
        return MovePlan(lines: states.filter { !$0.isClosed }.map { line($0, map) })
    }

    /// Moves one work order; its step's timers start anew, clocks follow the new step.
    ///
    /// - Throws: `cannotMove` with the obstacles.
    public static func move(
        _ state: ProcessState, from old: ProcessDefinition, to new: ProcessDefinition, _ context: ProcessContext
    ) throws(ProcessRefusal) -> Decision {
        guard !state.isClosed else {
            throw ProcessRefusal(.closed, zh: "工单已经结束", en: "the work order is closed")
        }
        let map = StepMap(old, new)
        let line = line(state, map)
        guard line.canMove else {
            throw ProcessRefusal(
                .cannotMove, zh: line.obstacles.map(\.zh).joined(separator: "；"),
                en: line.obstacles.map(\.en).joined(separator: "; "))
        }
        var draft = Draft(state, context, new)
        draft.effects.append(.cancelTimers(.work, entry: state.work.entry))
        for number in state.openVisits {
            draft.effects.append(.cancelTimers(.visit(number), entry: state[.visit(number)]?.entry ?? 0))
        }
        draft.record(.versionChanged(new.version, renamed: map.renamed))
        if state.hold == nil {
            let (_, step) = try draft.place(.work)
            draft.setClocks(step)
            for scope in [Scope.work] + state.openVisits.map(Scope.visit) {
                guard let before = state[scope] else { continue }
                try draft.startTimers(
                    scope, movedFrom: old.track(scope)?.step(before.step), before.firings)
            }
        }
        return draft.decision
    }

    private static func line(_ state: ProcessState, _ map: StepMap) -> Line {
        let target = map.target(state.work.step, .work)
        var obstacles = map.obstacles + map.obstacles(state.work.step, .work)
        for origin in state.work.origins where origin.step != state.work.step {
            obstacles += map.obstacles(origin.step, .work)
        }
        for number in state.openVisits {
            if let step = state[.visit(number)]?.step { obstacles += map.obstacles(step, .visit) }
        }
        for approval in state.approvals {
            if case .action(let code, _, _, _) = approval.subject, approval.scope == .work, target?.action(code) == nil
            {
                obstacles.append(
                    Phrase(
                        zh: "待批的操作“\(code)”在新步骤里没有",
                        en: "the new step has no action \"\(code)\", which waits to be granted"))
            }
        }
        return Line(
            number: state.number, from: state.work.step, to: target?.code, obstacles: obstacles,
            unfilled: target.map { unfilled($0, state, map.new) } ?? [],
            unfit: map.new.work.fields.filter { field in
                state.work.fields[field.code].map { FieldCheck.fault($0, field) != nil } ?? false
            })
    }

    private static func unfilled(_ step: ProcessStep, _ state: ProcessState, _ new: ProcessDefinition) -> [ProcessField]
    {
        let read = Set(step.actions.flatMap { $0.when?.names ?? [] }.map(\.code))
        let fillable = Set(step.actions.flatMap(\.fill).map(\.code))
        return new.work.fields.filter { field in
            read.contains(field.code) && !fillable.contains(field.code) && state.work.fields[field.code] == nil
        }
    }
}

/// Where the steps of one version are in another.
struct StepMap {
    let old: ProcessDefinition
    let new: ProcessDefinition
    /// Old steps that have another name now; those of visits as `visit.STEP`.
    let renamed: [String: String]

    init(_ old: ProcessDefinition, _ new: ProcessDefinition) {
        self.old = old
        self.new = new
        renamed = Dictionary(
            new.replaces.filter { $0.version == old.version }.map { ($0.step, $0.by.code) }
        ) { first, _ in first }
    }

    func target(_ step: String, _ kind: TrackKind) -> ProcessStep? {
        new.track(kind)?.step(renamed[key(step, kind)] ?? step)
    }

    private func key(_ step: String, _ kind: TrackKind) -> String { kind == .work ? step : "visit.\(step)" }

    /// What keeps any work from being moved.
    var obstacles: [Phrase] {
        guard old.code == new.code else { return [Phrase(zh: "不是同一个流程", en: "it is another process")] }
        return []
    }

    /// What keeps a document in this step from being moved.
    func obstacles(_ step: String, _ kind: TrackKind) -> [Phrase] {
        guard let target = target(step, kind) else {
            let key = key(step, kind)
            return [
                Phrase(
                    zh: "新版没有步骤“\(key)”：在新版里写 `replaces: {\(old.version): {\(key): 新步骤}}`",
                    en: "the new version has no step \"\(key)\": say `replaces: {\(old.version): {\(key): NEW}}` in it")
            ]
        }
        guard target.end != nil || !target.routes.isEmpty else { return [] }
        return [Phrase(zh: "新步骤不是停留的步骤", en: "nobody stops in the new step")]
    }
}
