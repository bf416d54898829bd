public import Foundation
public import Kernel

/// What becomes of a work order when nobody does anything: every timer and every clock comes due in its turn.
public struct Simulation: Hashable, Sendable {
    public let lines: [Line]
    public let end: End
    /// The state at the end.
    public let state: ProcessState

    public struct Line: Hashable, Sendable {
        public let at: Date
        public let what: What
        /// For people.
        public let words: Phrase

        /// What is kept of it; nil for something that another part of the suite is to do.
        public var event: ProcessEvent? {
            guard case .event(let event) = what else { return nil }
            return event
        }
    }

    public enum What: Hashable, Sendable {
        case event(ProcessEvent)
        case effect(Effect)
    }

    public enum End: Hashable, Sendable {
        /// It ended by itself.
        case closed(ProcessStep.Outcome)
        /// It lies in this step for ever.
        case rests(step: String)
        /// Timers go on and on; only the first events are listed.
        case goesOn
    }

    /// Due things that are tried before it is said to go on for ever.
    public static let most = 300

    /// - Parameters:
    ///   - start: when it is opened.
    ///   - due: the end of a span that begins at a time; working time is the calendar's business. The default takes
    ///     every span as on the wall.
    /// - Throws: the refusal of its opening.
    public static func idle(
        _ definition: ProcessDefinition, facts: [String: FieldValue] = [:], fields: [String: FieldValue] = [:],
        start: Date, due: @escaping (Limit, Date) -> Date = onTheWall
    ) throws(ProcessRefusal) -> Simulation {
        let context = ProcessContext(now: start, actor: .customer, facts: facts)
        let opened = try ProcessRules.open(definition, number: "-", department: "-", fields: fields, context)
        var run = SimulationRun(definition: definition, facts: facts, due: due, state: opened.state)
        run.take(opened, at: start)
        return run.idle()
    }

    /// The same for work that has just come to a step that somebody is at; it has nothing in its fields yet.
    ///
    /// - Throws: `cannotMove` when there is no such step or nobody stops in it.
    public static func idle(
        _ definition: ProcessDefinition, from step: String, facts: [String: FieldValue] = [:], start: Date,
        due: @escaping (Limit, Date) -> Date = onTheWall
    ) throws(ProcessRefusal) -> Simulation {
        guard let place = definition.work.step(step), place.routes.isEmpty, place.end == nil else {
            throw ProcessRefusal(
                .cannotMove, zh: "“\(step)”不是停留的步骤", en: "\"\(step)\" is no step that anybody stops in")
        }
        let context = ProcessContext(now: start, actor: .timer, facts: facts)
        let opened = ProcessEvent(
            at: start, by: .timer,
            change: .opened(
                process: definition.code, version: definition.version, number: "-", department: "-", step: step))
        guard let state = ProcessState(opened) else {
            throw ProcessRefusal(.cannotMove, zh: "流程不能开始", en: "the process cannot begin")
        }
        var draft = Draft(state, context, definition)
        draft.events = [opened]
        draft.fillFromFacts(definition.work, .work)
        try draft.arrive(.work)
        var run = SimulationRun(definition: definition, facts: facts, due: due, state: draft.state)
        run.take(draft.decision, at: start)
        return run.idle()
    }

    /// The same for work that is under way, from `now` on; its timers are taken to start now.
    public static func idle(
        _ state: ProcessState, by definition: ProcessDefinition, facts: [String: FieldValue] = [:], now: Date,
        due: @escaping (Limit, Date) -> Date = onTheWall
    ) throws(ProcessRefusal) -> Simulation {
        let context = ProcessContext(now: now, actor: .timer, facts: facts)
        var draft = Draft(state, context, definition)
        for scope in [Scope.work] + state.openVisits.map(Scope.visit) { try draft.startTimers(scope) }
        for (clock, running) in state.clocks.sorted(by: { $0.key < $1.key }) where running.phase == .running {
            draft.effects.append(.clock(clock, .running, run: running.run, pausedFor: nil))
        }
        var run = SimulationRun(definition: definition, facts: facts, due: due, state: state)
        run.take(draft.decision, at: now)
        return run.idle()
    }

    public static let onTheWall: @Sendable (Limit, Date) -> Date = { limit, from in
        from.addingTimeInterval(Double(limit.amount * limit.unit.seconds))
    }
}
