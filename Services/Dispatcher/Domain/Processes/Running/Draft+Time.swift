import Foundation

extension Draft {
    mutating func start(_ timer: ProcessTimer, _ scope: Scope, _ track: TrackState) {
        guard track.firings[timer.code, default: 0] < timer.times else { return }
        let key = TimerKey(scope, timer.code, entry: track.entry)
        switch timer.moment {
        case .after(let limit): effects.append(.startTimer(key, .after(limit, from: context.time)))
        case .field:
            guard let moment = moment(of: timer, track) else { return }
            effects.append(.startTimer(key, .at(moment)))
        }
    }

    /// A timer that hangs on a field starts again when the field is filled anew; one that waits for an action, after it.
    mutating func restartTimers(
        _ scope: Scope, after action: ProcessAction, changed: Set<String>
    ) throws(ProcessRefusal) {
        let (track, step) = try place(scope)
        for timer in step.timers {
            if case .field(let field, _) = timer.moment, changed.contains(field.code) {
                start(timer, scope, track)
            } else if timer.since.contains(where: { $0.code == action.code }) {
                start(timer, scope, track)
            }
        }
    }

    /// Timers of the step where the document is, from now on.
    mutating func startTimers(_ scope: Scope) throws(ProcessRefusal) {
        let (track, step) = try place(scope)
        for timer in step.timers { start(timer, scope, track) }
    }

    /// After a move from another version; a moment that was past then has had its turn, unless it was still to fire.
    mutating func startTimers(_ scope: Scope, movedFrom old: ProcessStep?, _ firings: [String: Int])
        throws(ProcessRefusal)
    {
        let (track, step) = try place(scope)
        for timer in step.timers where !isOver(timer, track, old?.timer(timer.code), firings) {
            start(timer, scope, track)
        }
    }

    private func isOver(
        _ timer: ProcessTimer, _ track: TrackState, _ old: ProcessTimer?, _ firings: [String: Int]
    ) -> Bool {
        guard let moment = moment(of: timer, track), moment <= context.time else { return false }
        guard let old, firings[old.code, default: 0] < old.times else { return true }
        return self.moment(of: old, track) == nil
    }

    /// When a timer comes due that hangs on a field; nil for any other, and while the field is empty.
    private func moment(of timer: ProcessTimer, _ track: TrackState) -> Date? {
        guard case .field(let field, let before) = timer.moment, case .time(let time) = track.fields[field.code] else {
            return nil
        }
        return time.addingTimeInterval(-Double(before.map { $0.amount * $0.unit.seconds } ?? 0))
    }

    mutating func fire(_ key: TimerKey) throws(ProcessRefusal) {
        let past = ProcessRefusal(.timerPast, zh: "定时所属的步骤已经过去", en: "the step of this timer is past")
        guard let (track, step) = try? place(key.scope),  // no such document: the timer is past
            track.entry == key.entry, track.outcome == nil, state.hold == nil, let timer = step.timer(key.timer),
            track.firings[key.timer, default: 0] < timer.times
        else { throw past }
        record(.timerFired(key.scope, timer: key.timer))
        previousHolder = track.holder
        if holds(timer.when, in: key.scope) {
            if let action = timer.action { try nudge(action.code, key.scope, as: .timer) }
            try carryOut(timer.effects, key.scope, candidate: nil)
        }
        guard let after = state[key.scope], after.entry == key.entry, after.outcome == nil,
            after.firings[key.timer, default: 0] < timer.times, case .after(let limit) = timer.moment
        else { return }
        effects.append(.startTimer(key, .after(limit, from: context.time)))
    }

    mutating func pass(_ clock: String, percent: Int, run: Int, again: Bool) throws(ProcessRefusal) {
        guard let current = state.clocks[clock], current.run == run, current.phase == .running,
            again || !current.passed.contains(percent),
            let threshold = definition.clock(clock)?.thresholds.first(where: { $0.percent == percent })
        else { throw ProcessRefusal(.timerPast, zh: "时钟已停或已重走", en: "the clock has stopped or run anew") }
        record(.thresholdPassed(clock: clock, percent: percent))
        previousHolder = state.work.holder
        if let action = threshold.action { try nudge(action.code, .work, as: .timer) }
        try carryOut(threshold.effects, .work, candidate: nil)
    }

    /// What a policy wants done happens as far as the process allows it; the rest is told in the history only.
    mutating func keep(_ timer: String, _ point: String, _ acts: [PromisedAct]) throws(ProcessRefusal) {
        record(.promisePassed(timer: timer, point: point))
        previousHolder = state.work.holder
        for act in acts {
            switch act {
            case .remind(let names): notify(names.map(Recipient.init(policy:)), "promise", .work)
            case .take(let action): try nudge(action, .work, as: .timer)
            }
        }
    }

    /// Runs, pauses and stops the clocks as the step wants them.
    mutating func setClocks(_ step: ProcessStep) {
        for clock in definition.clocks {
            let phase = state.clocks[clock.code]?.phase
            let wanted: ClockState.Phase =
                step.clocks.contains { $0.code == clock.code }
                ? .running : step.pauses.contains { $0.code == clock.code } ? .paused : .stopped
            // A clock that has never run has nothing to pause or stop.
            if phase == wanted || (phase != .running && phase != .paused && wanted != .running) { continue }
            set(clock.code, wanted, pausedFor: wanted == .paused ? step.code : nil)
        }
    }

    mutating func set(_ clock: String, _ phase: ClockState.Phase, pausedFor reason: String?) {
        record(.clockChanged(clock, phase))
        effects.append(.clock(clock, phase, run: state.clocks[clock]?.run ?? 1, pausedFor: reason))
    }
}
