import Foundation

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
        public let obstacles: [Words]
        /// Fields that conditions of its step read and that nobody can fill there: it can be moved, but may be stuck.
        public let unfilled: [ProcessField]

        public var canMove: Bool { obstacles.isEmpty }
    }

    /// Closed work stays where it is and is not listed.
    public static func plan(_ states: [ProcessState], from old: ProcessDefinition, to new: ProcessDefinition)
        -> MovePlan
    {
        MovePlan(lines: states.filter { !$0.isClosed }.map { line($0, from: old, to: new) })
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
        let line = line(state, from: old, to: new)
        guard line.canMove else {
            throw ProcessRefusal(
                .cannotMove, zh: line.obstacles.map(\.zh).joined(separator: "；"),
                en: line.obstacles.map(\.en).joined(separator: "; "))
        }
        var draft = Draft(state, context, new)
        draft.effects.append(.cancelTimers(.work, entry: state.work.entry))
        draft.record(.versionChanged(new.version, renamed: renamed(old, new)))
        if state.hold == nil {
            let (_, step) = try draft.place(.work)
            draft.setClocks(step)
            try draft.startTimers(.work)
        }
        for number in state.openVisits {
            draft.effects.append(.cancelTimers(.visit(number), entry: state[.visit(number)]?.entry ?? 0))
            if state.hold == nil { try draft.startTimers(.visit(number)) }
        }
        return draft.decision
    }

    /// Old steps that have another name now.
    private static func renamed(_ old: ProcessDefinition, _ new: ProcessDefinition) -> [String: String] {
        Dictionary(
            new.replaces.filter { $0.version == old.version }.map { ($0.step, $0.by.code) }
        ) { first, _ in first }
    }

    private static func line(_ state: ProcessState, from old: ProcessDefinition, to new: ProcessDefinition) -> Line {
        let renamed = renamed(old, new)
        let name = { (step: String) in renamed[step] ?? step }
        let target = new.work.step(name(state.work.step))
        var obstacles: [Words] = []
        if old.code != new.code {
            obstacles.append(Words(zh: "不是同一个流程", en: "it is another process"))
        }
        let missing = ([state.work.step] + state.work.origins.map(\.step)).filter { new.work.step(name($0)) == nil }
        obstacles += missing.map { step in
            Words(
                zh: "新版没有步骤“\(step)”：在新版里写 `replaces: {\(old.version): {\(step): 新步骤}}`",
                en: "the new version has no step \"\(step)\": say `replaces: {\(old.version): {\(step): NEW}}` in it")
        }
        if target?.end != nil || target?.routes.isEmpty == false {
            obstacles.append(Words(zh: "新步骤不是停留的步骤", en: "nobody stops in the new step"))
        }
        for number in state.openVisits {
            if let step = state[.visit(number)]?.step, new.visit?.step(step) == nil {
                obstacles.append(
                    Words(zh: "新版的服务单没有步骤“\(step)”", en: "a visit of the new version has no step \"\(step)\""))
            }
        }
        for approval in state.approvals {
            if case .action(let code, _, _, _) = approval.subject, approval.scope == .work, target?.action(code) == nil
            {
                obstacles.append(
                    Words(
                        zh: "待批的操作“\(code)”在新步骤里没有",
                        en: "the new step has no action \"\(code)\", which waits to be granted"))
            }
        }
        return Line(
            number: state.number, from: state.work.step, to: target?.code, obstacles: obstacles,
            unfilled: target.map { unfilled($0, state, new) } ?? [])
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
