import Contracts
import Foundation
import Kernel

extension Draft {
    mutating func act(_ command: ActionCommand) throws(ProcessRefusal) {
        let (track, step) = try place(command.scope)
        let action = try find(command.action, step, command.scope)
        try refuseOnHold()
        let claims = try checkTaker(action.takers, command.scope, step)
        let reason = try checkForm(of: command, for: action)
        try check(action.when, action.otherwise, command)
        try checkCandidate(command.candidate, action, step, command.scope)
        try checkOffered(command.offered, action)
        asked = command.offered
        previousHolder = track.holder
        if claims, let person = context.actor.staff?.person { record(.taken(command.scope, .person(person))) }
        guard action.approval.isEmpty else {
            return try ask(
                .action(
                    action.code, fields: command.fields, holder: command.candidate?.holder,
                    department: command.candidate?.department),
                command.scope, stages: action.approval.map(\.code), reason: reason)
        }
        try perform(action, command.scope, fields: command.fields, reason: reason, candidate: command.candidate)
    }

    private func find(_ code: String, _ step: ProcessStep, _ scope: Scope) throws(ProcessRefusal) -> ProcessAction {
        if let action = step.action(code) { return action }
        let isKnown = definition.track(scope)?.steps.contains { $0.action(code) != nil } ?? false
        guard isKnown else {
            throw ProcessRefusal(.unknownAction, zh: "流程里没有操作“\(code)”", en: "the process has no action \"\(code)\"")
        }
        let possible = step.actions.map(\.code).joined(separator: ", ")
        throw ProcessRefusal(
            .notHere, zh: "现在在步骤“\(step.title.zh)”，不能做“\(code)”；可做：\(possible)",
            en: "it is in the step \"\(step.title.en)\", where \"\(code)\" cannot be done; possible: \(possible)")
    }

    private func check(
        _ condition: Guard?, _ otherwise: Phrase?, _ command: ActionCommand
    ) throws(ProcessRefusal) {
        guard let condition, !holds(condition, in: command.scope, over: command.fields) else { return }
        let wanted = condition.words(in: definition, command.scope == .work ? .work : .visit)
        throw ProcessRefusal(
            .conditionFailed, zh: otherwise?.zh ?? "条件不成立：\(wanted.zh)",
            en: otherwise?.en ?? "the condition does not hold: \(wanted.en)", condition: condition.text)
    }

    /// Whoever opens a visit for somebody, or hands the document on, must say for whom before anything is changed.
    private func checkCandidate(
        _ candidate: Candidate?, _ action: ProcessAction, _ step: ProcessStep, _ scope: Scope
    ) throws(ProcessRefusal) {
        if action.own == .named {
            var (role, department) = (step.owner, candidate?.department ?? state[scope]?.department)
            if case .step(let reference) = action.target, let next = definition.track(scope)?.step(reference.code),
                let track = state[scope]
            {
                role = next.owner
                department = self.department(of: next, named: candidate?.department, track, candidate?.holder, nil)
            }
            try check(candidate, for: role, by: .named, in: department ?? state.work.department)
        }
        for effect in action.effects {
            if case .openVisit(_, .named, _) = effect {
                let first = definition.visit?.steps.first
                try check(
                    candidate, for: first?.owner, by: .named,
                    in: candidate?.department ?? first?.department ?? state.work.department)
            }
        }
    }

    /// Only an action that puts the document into a pool can ask some of it, and one that waits for a grant cannot: whoever
    /// grants it sees no names.
    private func checkOffered(_ offered: [Candidate], _ action: ProcessAction) throws(ProcessRefusal) {
        guard !offered.isEmpty else { return }
        let isOffering = action.effects.contains { if case .offer(.pool) = $0 { true } else { false } }
        guard isOffering, action.approval.isEmpty else {
            throw ProcessRefusal(
                .unsuitable, zh: "“\(action.title.zh)”不放入工单池，不能指定询问谁",
                en: "\"\(action.title.en)\" puts nothing into a pool, so nobody can be asked for it")
        }
        guard offered.count <= Self.mostAsked, Set(offered.map(\.holder)).count == offered.count,
            offered.allSatisfy({ $0.holder.person != nil })
        else {
            throw ProcessRefusal(
                .unsuitable, zh: "最多询问 \(Self.mostAsked) 位不同的人员",
                en: "at most \(Self.mostAsked) different people can be asked")
        }
    }

    /// Does the action; everything has been checked.
    mutating func perform(
        _ action: ProcessAction, _ scope: Scope, fields: [String: FieldValue], reason: String?, candidate: Candidate?
    ) throws(ProcessRefusal) {
        fill(fields, scope)
        record(.acted(scope, action: action.code, reason: reason))
        if action.takesResponsibility, case .person(let person) = doer, state.responsible != person {
            record(.responsibleSet(person))
        }
        if action.isRework { record(.reworkCounted) }
        try carryOut(action.effects.filter(\.comesFirst), scope, candidate: candidate)
        try go(action.target, scope, own: action.own, candidate: candidate)
        if action.target == .stay { try restartTimers(scope, after: action, changed: Set(fields.keys)) }
        try carryOut(action.effects.filter { !$0.comesFirst }, scope, candidate: candidate)
    }

    /// An empty value clears its field.
    mutating func fill(_ fields: [String: FieldValue], _ scope: Scope) {
        guard !fields.isEmpty else { return }
        record(
            .filled(scope, fields.filter { !$0.value.isEmpty }, cleared: fields.filter(\.value.isEmpty).keys.sorted()))
    }

    /// Takes an action in the name of a timer, a clock or the other track, if it can be taken now; else nothing happens.
    /// What the definition itself sets off needs no grant.
    mutating func nudge(_ code: String, _ scope: Scope, as taker: Taker) throws(ProcessRefusal) {
        let (track, step) = try place(scope)
        guard track.outcome == nil, state.hold == nil, let action = step.action(code), action.takers.contains(taker),
            holds(action.when, in: scope), missing([:], for: action, in: scope).isEmpty
        else { return }
        let before = (doer, previousHolder)
        if taker != .timer { doer = .process }
        previousHolder = track.holder
        try perform(action, scope, fields: [:], reason: nil, candidate: nil)
        (doer, previousHolder) = before
    }

    func refuseOnHold() throws(ProcessRefusal) {
        guard state.hold != nil else { return }
        throw ProcessRefusal(.onHold, zh: "工单已搁置或暂停，请先恢复", en: "the work is put aside or suspended: resume it first")
    }
}
