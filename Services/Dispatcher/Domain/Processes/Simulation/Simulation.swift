public import Foundation

/// What becomes of a work order when nobody does anything: every timer and every clock comes due in its turn.
public struct Simulation: Hashable, Sendable {
    public let lines: [Line]
    public let end: End
    /// The state at the end.
    public let state: ProcessState

    public struct Line: Hashable, Sendable {
        public let at: Date
        public let event: ProcessEvent
        /// For people.
        public let words: Words
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
