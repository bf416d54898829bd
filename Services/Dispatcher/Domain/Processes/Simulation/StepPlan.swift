public import Kernel

/// What becomes of open work at each step when it is moved to another version: before anybody looks at the single
/// work orders.
public struct StepPlan: Hashable, Sendable {
    public let lines: [Line]
    /// What holds whatever step the work is in: fields that are gone or have another type.
    public let everywhere: [Phrase]

    public struct Line: Hashable, Sendable {
        /// Of a visit; else of the work order.
        public let isVisit: Bool
        public let step: ProcessStep
        /// Nil when the new version says nothing of it.
        public let to: ProcessStep?
        /// Why work in it cannot be moved.
        public let obstacles: [Phrase]
        /// What is otherwise there.
        public let changes: [Phrase]
    }

    public var canMove: Bool { lines.allSatisfy(\.obstacles.isEmpty) }

    public init(from old: ProcessDefinition, to new: ProcessDefinition) {
        let map = StepMap(old, new)
        lines = TrackKind.allCases.flatMap { kind in
            // Nobody stops in a step with routes, and what has ended is not moved.
            (old.track(kind)?.steps ?? []).filter { $0.end == nil && $0.routes.isEmpty }.map { step in
                let to = map.target(step.code, kind)
                return Line(
                    isVisit: kind == .visit, step: step, to: to,
                    obstacles: map.obstacles + map.obstacles(step.code, kind),
                    changes: to.map { Self.changes(step, $0, new) } ?? [])
            }
        }
        everywhere = TrackKind.allCases.flatMap { Self.fields(old.track($0), new.track($0)) }
    }

    private static func changes(_ old: ProcessStep, _ new: ProcessStep, _ definition: ProcessDefinition) -> [Phrase] {
        var changes: [Phrase] = []
        if old.owner != new.owner {
            let role = new.owner.map(definition.words) ?? Phrase(zh: "无", en: "nobody")
            changes.append(
                Phrase(
                    zh: "角色改为\(role.zh)；已经在处理的人继续处理", en: "the role is now: \(role.en); whoever has it keeps it"))
        }
        let gone = old.actions.filter { new.action($0.code) == nil }.map(\.title)
        changes += list(gone, Phrase(zh: "不再有操作", en: "no more actions"))
        changes += list(
            new.actions.filter { old.action($0.code) == nil }.map(\.title), Phrase(zh: "新增操作", en: "new actions"))
        changes += list(
            new.timers.filter { !$0.isStandard }.map(\.title), Phrase(zh: "定时重新开始", en: "timers start anew"))
        changes += list(
            old.timers.filter { !$0.isStandard && new.timer($0.code) == nil }.map(\.title),
            Phrase(zh: "定时取消", en: "timers are gone"))
        for clock in definition.clocks {
            let (was, will) = (phase(clock.code, in: old), phase(clock.code, in: new))
            guard was != will else { continue }
            let zh = [ClockState.Phase.running: "开始走", .paused: "暂停", .stopped: "停止"][will] ?? ""
            let en = [ClockState.Phase.running: "runs", .paused: "pauses", .stopped: "stops"][will] ?? ""
            changes.append(Phrase(zh: "时钟“\(clock.title.zh)”\(zh)", en: "the clock \"\(clock.title.en)\" \(en)"))
        }
        return changes
    }

    private static func phase(_ clock: String, in step: ProcessStep) -> ClockState.Phase {
        if step.clocks.contains(where: { $0.code == clock }) { return .running }
        return step.pauses.contains { $0.code == clock } ? .paused : .stopped
    }

    private static func list(_ titles: [Phrase], _ head: Phrase) -> [Phrase] {
        guard !titles.isEmpty else { return [] }
        return [
            Phrase(
                zh: "\(head.zh)：\(titles.map(\.zh).joined(separator: "、"))",
                en: "\(head.en): \(titles.map(\.en).joined(separator: ", "))")
        ]
    }

    private static func fields(_ old: Track?, _ new: Track?) -> [Phrase] {
        (old?.fields ?? []).flatMap { field -> [Phrase] in
            guard let now = new?.field(field.code) else {
                return [
                    Phrase(
                        zh: "字段“\(field.title.zh)”（\(field.code)）不再显示；历史里保留",
                        en: "the field \"\(field.title.en)\" (\(field.code)) is shown no more; history keeps it")
                ]
            }
            guard now.type == field.type else {
                return [
                    Phrase(
                        zh: "字段“\(field.title.zh)”的类型由 \(field.type.rawValue) 改为 \(now.type.rawValue)；已填的值要重填",
                        en: "the field \"\(field.title.en)\" was \(field.type.rawValue) and is \(now.type.rawValue): "
                            + "what was filled in has to be filled in again")
                ]
            }
            let gone = field.choices.filter { choice in !now.choices.contains { $0.code == choice.code } }
            return list(
                gone.map(\.title),
                Phrase(
                    zh: "字段“\(field.title.zh)”不再有选项", en: "the field \"\(field.title.en)\" has no more choices"))
        }
    }
}
