import Foundation

/// The course of one simulation: what is due, and what has come of it.
struct SimulationRun {
    let definition: ProcessDefinition
    let facts: [String: FieldValue]
    let due: (Limit, Date) -> Date
    var state: ProcessState
    var lines: [Simulation.Line] = []
    private var waiting: [Waiting] = []
    private var clocks: [String: Clock] = [:]
    private var started = 0

    private struct Waiting {
        let at: Date
        /// Of two that are due together, the one started first goes first.
        let order: Int
        let command: ProcessCommand
    }

    /// A running or paused clock: what it has been moved on by its pauses.
    private struct Clock {
        let start: Date
        let run: Int
        var shift: TimeInterval = 0
        var pausedAt: Date?
    }

    init(
        definition: ProcessDefinition, facts: [String: FieldValue], due: @escaping (Limit, Date) -> Date,
        state: ProcessState
    ) {
        self.definition = definition
        self.facts = facts
        self.due = due
        self.state = state
    }

    mutating func idle() -> Simulation {
        for _ in 0..<Simulation.most {
            if let outcome = state.work.outcome { return result(.closed(outcome)) }
            guard let next = waiting.min(by: { ($0.at, $0.order) < ($1.at, $1.order) }) else {
                return result(.rests(step: state.work.step))
            }
            waiting.removeAll { $0.order == next.order }
            let context = ProcessContext(now: next.at, actor: .timer, facts: facts)
            do throws(ProcessRefusal) {
                take(try ProcessRules.decide(state, next.command, context, by: definition), at: next.at)
            } catch {
                // A timer that is past its step changes nothing, as in the running suite.
                continue
            }
        }
        return result(.goesOn)
    }

    private func result(_ end: Simulation.End) -> Simulation { Simulation(lines: lines, end: end, state: state) }

    mutating func take(_ decision: Decision, at time: Date) {
        state = decision.state
        lines += decision.events.compactMap { event in
            SimulationWords.words(event.change, definition).map {
                Simulation.Line(at: time, what: .event(event), words: $0)
            }
        }
        for effect in decision.effects {
            take(effect, at: time)
            if let words = SimulationWords.words(effect, definition) {
                lines.append(Simulation.Line(at: time, what: .effect(effect), words: words))
            }
        }
    }

    private mutating func take(_ effect: Effect, at time: Date) {
        switch effect {
        case .startTimer(let key, let start):
            waiting.removeAll { $0.command == .timer(key) }
            let at: Date =
                switch start {
                case .after(let limit, let from): due(limit, from)
                case .at(let date): date
                }
            wait(.timer(key), until: max(at, time))
        case .cancelTimers(let scope, let entry):
            waiting.removeAll { one in
                guard case .timer(let key) = one.command else { return false }
                return key.scope == scope && key.entry <= entry
            }
        case .startFollowUp(let hold, let every, let from): wait(.followUp(hold: hold), until: due(every, from))
        case .startAsideLimit(let hold, let after, let from): wait(.asideOver(hold: hold), until: due(after, from))
        case .cancelHold(let hold):
            waiting.removeAll { $0.command == .followUp(hold: hold) || $0.command == .asideOver(hold: hold) }
        case .clock(let code, let phase, let run, _): set(code, phase, run: run, at: time)
        case .visitOpened, .offer, .notify, .askApproval, .errand: break
        }
    }

    private mutating func wait(_ command: ProcessCommand, until time: Date) {
        started += 1
        waiting.append(Waiting(at: time, order: started, command: command))
    }

    /// A clock's thresholds, each when its share of the target is used up, by the time in which the target is counted.
    private mutating func set(_ code: String, _ phase: ClockState.Phase, run: Int, at time: Date) {
        waiting.removeAll { one in
            guard case .clock(code, _, _, _) = one.command else { return false }
            return true
        }
        switch phase {
        case .stopped: clocks[code] = nil
        case .paused: clocks[code]?.pausedAt = time
        case .running:
            var clock = clocks[code] ?? Clock(start: time, run: run)
            if let pausedAt = clock.pausedAt { clock.shift += time.timeIntervalSince(pausedAt) }
            clock.pausedAt = nil
            clocks[code] = clock
            guard let definition = definition.clock(code), let target = definition.target else { return }
            let passed = Set(state.clocks[code]?.passed ?? [])
            for threshold in definition.thresholds where !passed.contains(threshold.percent) {
                let at = moment(threshold.percent, of: target, from: clock.start).addingTimeInterval(clock.shift)
                wait(.clock(code, percent: threshold.percent, run: run), until: max(at, time))
            }
        }
    }

    private func moment(_ percent: Int, of target: Limit, from start: Date) -> Date {
        let end = due(target, start)
        guard percent != 100 else { return end }
        guard target.isWorking else {
            return start.addingTimeInterval(end.timeIntervalSince(start) * Double(percent) / 100)
        }
        // The calendar is known by its answers alone: so many working minutes lie between start and end.
        var (less, enough) = (0, max(1, Int(end.timeIntervalSince(start) / 60) + 1))
        while enough - less > 1 {
            let middle = (less + enough) / 2
            if due(Limit(middle, .minute, isWorking: true), start) < end { less = middle } else { enough = middle }
        }
        return due(Limit(max(1, enough * percent / 100), .minute, isWorking: true), start)
    }
}
