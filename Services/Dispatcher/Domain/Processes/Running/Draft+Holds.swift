import Foundation
import Kernel

extension Draft {
    /// - Throws: `notOffered` when the process has no such rule, or the refusal of step or taker.
    func check<Rule>(
        _ rule: Rule?, _ standing: (Rule) -> StandingRule, scope: Scope = .work
    ) throws(ProcessRefusal) -> Rule {
        guard let rule else {
            throw ProcessRefusal(.notOffered, zh: "这个流程不提供此操作", en: "the process does not offer this")
        }
        let (_, step) = try place(scope)
        let body = standing(rule)
        guard scope != .work || body.steps.isEmpty || body.steps.contains(where: { $0.code == step.code }) else {
            throw ProcessRefusal(
                .notHere, zh: "在步骤“\(step.title.zh)”不能这样做", en: "this cannot be done in the step \"\(step.title.en)\"")
        }
        _ = try checkTaker(body.takers, scope, step)
        return rule
    }

    mutating func putAside(reason: String, note: String?) throws(ProcessRefusal) {
        let rule = try check(definition.standing.aside) { $0.rule }
        try refuseOnHold()
        try TextLimit.check(note)
        guard rule.reasons.contains(where: { $0.code == reason }) else {
            let known = rule.reasons.map(\.code).joined(separator: ", ")
            throw ProcessRefusal(
                .unknownReason, zh: "请选择搁置原因：\(known)", en: "give one of these reasons: \(known)")
        }
        record(.putAside(reason: reason, note: note))
        rest(pauses: rule.pauses, reason: reason)
        if let followUp = rule.followUp {
            effects.append(.startFollowUp(hold: state.holds, every: followUp.every, from: context.time))
        }
        if let limit = rule.limit {
            effects.append(.startAsideLimit(hold: state.holds, after: limit, from: context.time))
        }
    }

    mutating func followUp(hold number: Int) throws(ProcessRefusal) {
        guard state.holds == number, case .aside(_, _, let count) = state.hold,
            let rule = definition.standing.aside?.followUp
        else { throw ProcessRefusal(.timerPast, zh: "已经恢复", en: "the work was resumed") }
        guard count >= rule.times else {
            record(.followedUp)
            notify(rule.recipients, rule.occasion, .work)
            return effects.append(.startFollowUp(hold: number, every: rule.every, from: context.time))
        }
        try wake(note: nil)
        if let action = rule.action { try nudge(action.code, .work, as: .timer) }
    }

    mutating func asideOver(hold number: Int) throws(ProcessRefusal) {
        guard state.holds == number, case .aside = state.hold else {
            throw ProcessRefusal(.timerPast, zh: "已经恢复", en: "the work was resumed")
        }
        try wake(note: nil)
    }

    mutating func suspend(reason: String) throws(ProcessRefusal) {
        let rule = try check(definition.standing.suspend) { $0.rule }
        try refuseOnHold()
        let reason = try TextLimit.need(reason)
        guard rule.approval.isEmpty else {
            return try ask(.suspension, .work, stages: rule.approval.map(\.code), reason: reason)
        }
        beginSuspension(reason)
    }

    mutating func beginSuspension(_ reason: String) {
        record(.suspended(reason: reason))
        rest(pauses: definition.standing.suspend?.pauses ?? [], reason: "suspended")
    }

    mutating func terminate(reason: String) throws(ProcessRefusal) {
        let rule = try check(definition.standing.terminate) { $0.rule }
        let reason = try TextLimit.need(reason)
        guard rule.approval.isEmpty else {
            return try ask(.termination, .work, stages: rule.approval.map(\.code), reason: reason)
        }
        try endByTermination(reason)
    }

    mutating func endByTermination(_ reason: String) throws(ProcessRefusal) {
        guard let rule = definition.standing.terminate, let step = definition.work.step(rule.target.code) else {
            throw ProcessRefusal(.notOffered, zh: "这个流程不提供此操作", en: "the process does not offer this")
        }
        record(.acted(.work, action: "terminate", reason: reason))
        previousHolder = state.work.holder
        try move(.work, to: step, holder: state.work.holder, department: nil)
    }

    mutating func resume(note: String?) throws(ProcessRefusal) {
        try TextLimit.check(note)
        let (_, step) = try place(.work)
        guard let hold = state.hold else {
            throw ProcessRefusal(.notOnHold, zh: "工单没有搁置或暂停", en: "the work is neither put aside nor suspended")
        }
        let standing = definition.standing
        let takers = hold.isSuspension ? standing.suspend?.resumers : standing.aside?.rule.takers
        _ = try checkTaker(takers ?? [.owner], .work, step)
        try wake(note: note)
    }

    /// Timers sleep and clocks pause while the work is on hold.
    private mutating func rest(pauses: [Reference], reason: String) {
        effects.append(.cancelTimers(.work, entry: state.work.entry))
        for number in state.openVisits {
            effects.append(.cancelTimers(.visit(number), entry: state[.visit(number)]?.entry ?? 0))
        }
        for clock in pauses where state.clocks[clock.code]?.phase == .running {
            set(clock.code, .paused, pausedFor: reason)
        }
    }

    private mutating func wake(note: String?) throws(ProcessRefusal) {
        record(.resumed(note: note))
        effects.append(.cancelHold(hold: state.holds))
        let (_, step) = try place(.work)
        setClocks(step)
        try startTimers(.work)
        for number in state.openVisits { try startTimers(.visit(number)) }
    }
}
