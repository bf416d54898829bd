import Foundation
public import Kernel

extension Draft {
    /// Takes a document to another step and does all that leaving and arriving cause.
    mutating func move(
        _ scope: Scope, to target: ProcessStep, holder: Holder?, department: String?, origin: TrackState.Origin? = nil
    ) throws(ProcessRefusal) {
        let (track, step) = try place(scope)
        hops += 1
        guard hops <= Self.longestPath else {
            throw ProcessRefusal(
                .pathTooLong, zh: "流程在步骤“\(target.code)”附近绕圈",
                en: "the process runs in a ring near the step \"\(target.code)\"")
        }
        record(
            .moved(
                scope,
                ProcessChange.Move(
                    from: track.step, to: target.code, holder: holder,
                    department: self.department(of: target, named: department, track, holder, origin),
                    outcome: target.end, origins: origins(track, from: step, to: target, returning: origin != nil))))
        effects.append(.cancelTimers(scope, entry: track.entry))
        lapseApprovals(scope)
        if target.end != nil { finish(scope) }
        try arrive(scope)
    }

    /// Whoever keeps a document keeps it in his department; otherwise it comes home.
    func department(
        of target: ProcessStep, named: String?, _ track: TrackState, _ holder: Holder?, _ origin: TrackState.Origin?
    ) -> String {
        let kept = holder != nil && holder == track.holder ? track.department : state.home
        return target.department ?? named ?? origin?.department ?? kept
    }

    /// Entering a detour keeps where it was begun; leaving it by whatever way forgets it.
    private func origins(
        _ track: TrackState, from step: ProcessStep, to target: ProcessStep, returning: Bool
    ) -> [TrackState.Origin] {
        if returning { return track.origins.dropLast() }
        guard step.detour != target.detour else { return track.origins }
        var origins = track.origins
        if let detour = target.detour {
            origins.append(
                .init(detour: detour, step: step.code, holder: track.holder, department: track.department))
        } else {
            origins.removeAll()
        }
        return origins.suffix(8)
    }

    /// What every arrival causes: clocks, timers, the step's own effects; then on, where the step only routes.
    mutating func arrive(_ scope: Scope) throws(ProcessRefusal) {
        let (track, step) = try place(scope)
        // Where nobody stops clocks go on as they are: a promise over several steps is one run.
        if scope == .work, step.routes.isEmpty { setClocks(step) }
        for timer in step.timers { start(timer, scope, track) }
        try carryOut(step.effects, scope, candidate: nil)
        guard state[scope]?.entry == track.entry, !step.routes.isEmpty else { return }
        for route in step.routes where holds(route.when, in: scope) {
            try carryOut(route.effects.filter(\.comesFirst), scope, candidate: nil)
            try go(route.target, scope, own: route.own, candidate: nil)
            return try carryOut(route.effects.filter { !$0.comesFirst }, scope, candidate: nil)
        }
        throw ProcessRefusal(
            .cannotMove, zh: "步骤“\(step.code)”没有成立的去向", en: "no route of the step \"\(step.code)\" holds")
    }

    /// Follows a target; `stay` changes at most who has the document.
    mutating func go(_ target: Target, _ scope: Scope, own: OwnerRule?, candidate: Candidate?) throws(ProcessRefusal) {
        let (track, step) = try place(scope)
        switch target {
        case .stay:
            guard let own else { return }
            try check(candidate, for: step.owner, by: own, in: candidate?.department ?? track.department)
            let holder = holder(own, track, step, step, candidate)
            guard holder != track.holder || candidate?.department != nil else { return }
            record(.holderChanged(scope, holder, department: own == .named ? candidate?.department : nil))
        case .step(let reference):
            guard let next = definition.track(scope)?.step(reference.code) else {
                throw ProcessRefusal(
                    .cannotMove, zh: "没有步骤“\(reference.code)”", en: "there is no step \"\(reference.code)\"")
            }
            let holder = holder(own, track, step, next, candidate)
            if let own {
                try check(
                    candidate, for: next.owner, by: own,
                    in: department(of: next, named: candidate?.department, track, holder, nil))
            }
            try move(
                scope, to: next, holder: holder,
                department: own == .named ? candidate?.department : nil)
        case .back:
            guard let origin = track.origins.last, let next = definition.track(scope)?.step(origin.step) else {
                throw ProcessRefusal(.cannotMove, zh: "没有可以返回的步骤", en: "there is no step to go back to")
            }
            let returned = own == nil ? origin.holder : holder(own, track, step, next, candidate)
            try move(scope, to: next, holder: returned, department: nil, origin: origin)
        }
    }

    private func holder(
        _ rule: OwnerRule?, _ track: TrackState, _ step: ProcessStep, _ next: ProcessStep, _ candidate: Candidate?
    ) -> Holder? {
        switch rule {
        case .actor:
            guard case .person(let person) = doer else { return track.holder }
            return .person(person)
        case .named: return candidate?.holder
        case .pool: return nil
        case .keep: return track.holder
        case .responsible: return state.responsible.map(Holder.person)
        case nil: return next.owner == nil || next.owner == step.owner ? track.holder : nil
        }
    }

    /// Whom a command names must be there, and of the role that the step wants.
    ///
    /// - Parameter department: the one that will have the document.
    func check(
        _ candidate: Candidate?, for role: RoleReference?, by own: OwnerRule?, in department: String
    ) throws(ProcessRefusal) {
        guard own == .named else { return }
        guard let candidate else {
            throw ProcessRefusal(.nobodyNamed, zh: "请指定由谁处理", en: "name who shall have it")
        }
        if let departments = candidate.departments, !departments.contains(department) {
            throw ProcessRefusal(
                .unsuitable, zh: "指定的人看不到部门“\(department)”的工单",
                en: "who was named sees no work of the department “\(department)”")
        }
        guard let role, let roles = candidate.roles else { return }
        guard roles.contains(role.role), candidate.level >= role.level else {
            throw ProcessRefusal(
                .unsuitable, zh: "指定的人不是\(definition.words(role).zh)",
                en: "who was named is not: \(definition.words(role).en)")
        }
    }

    /// The end of the work order ends all that still runs in it.
    private mutating func finish(_ scope: Scope) {
        guard scope == .work else { return }
        for number in state.openVisits {
            guard let visit = state[.visit(number)] else { continue }
            record(
                .moved(
                    .visit(number),
                    ProcessChange.Move(
                        from: visit.step, to: visit.step, holder: visit.holder, department: visit.department,
                        outcome: .cancelled, origins: [])))
            effects.append(.cancelTimers(.visit(number), entry: visit.entry))
        }
        if state.hold != nil {
            record(.resumed(note: nil))
            effects.append(.cancelHold(hold: state.holds))
        }
        for approval in state.approvals { record(.approvalLapsed(number: approval.number)) }
    }

    /// What was asked for in a step that is left cannot be granted any more.
    private mutating func lapseApprovals(_ scope: Scope) {
        for approval in state.approvals where approval.scope == scope {
            if case .action = approval.subject { record(.approvalLapsed(number: approval.number)) }
        }
    }
}

extension ProcessDefinition {
    /// A role's name for people.
    public func words(_ role: RoleReference) -> Phrase {
        let words = roles[role.role] ?? ProcessRole.all[role.role] ?? Phrase(zh: role.role, en: role.role)
        guard role.level > 1 else { return words }
        return Phrase(zh: "\(words.zh)（\(role.level)级以上）", en: "\(words.en) (level \(role.level) or higher)")
    }
}
