import Contracts
import Foundation
import Kernel

extension Draft {
    mutating func urge(note: String?) throws(ProcessRefusal) {
        let rule = try check(definition.standing.urge) { $0.rule }
        try TextLimit.check(note)
        if let last = state.lastUrge, let coolDown = rule.coolDown {
            let next = last.addingTimeInterval(Double(coolDown.amount * coolDown.unit.seconds))
            guard context.time >= next else {
                throw ProcessRefusal(
                    .tooSoon, zh: "刚刚催办过，\(coolDown.words.zh)内只记一次",
                    en: "it was urged just now; once in \(coolDown.words.en) is counted")
            }
        }
        record(.urged(note: note))
        previousHolder = state.work.holder
        notify(rule.recipients, "urged", .work)
        if let count = rule.escalateAt, state.urges >= count { try carryOut(rule.effects, .work, candidate: nil) }
    }

    mutating func copy(_ person: Person, reason: String?) throws(ProcessRefusal) {
        _ = try check(definition.standing.copy) { $0 }
        try TextLimit.check(reason)
        guard !state.copied.contains(where: { $0.id == person.id }) else { return }
        guard state.copied.count < 100 else {
            throw ProcessRefusal(.unsuitable, zh: "最多抄送 100 人", en: "at most 100 people can be on copy")
        }
        record(.copied(person, reason: reason))
        effects.append(
            .notify(
                Notice(to: .copied, holder: .person(person), occasion: "copied", scope: .work, step: state.work.step)))
    }

    mutating func delegate(
        _ scope: Scope, to person: Person, until: Date, reason: String
    ) throws(ProcessRefusal) {
        _ = try check(definition.standing.delegate, { $0 }, scope: scope)
        let reason = try TextLimit.need(reason)
        guard until > context.time, let holder = state[scope]?.holder, holder != .person(person) else {
            throw ProcessRefusal(
                .unsuitable, zh: "要先有人负责；代理人不能是本人，期限必须在将来",
                en: "somebody must have it first; a delegate is somebody else, until a time to come")
        }
        record(.delegated(scope, person, until: until, reason: reason))
        effects.append(
            .notify(
                Notice(
                    to: .owner, holder: .person(person), occasion: "delegated", scope: scope,
                    step: state[scope]?.step ?? "")))
    }

    mutating func transfer(_ scope: Scope, to candidate: Candidate, reason: String) throws(ProcessRefusal) {
        let rule = try check(definition.standing.transfer, { $0.rule }, scope: scope)
        guard scope == .work || rule.visits else {
            throw ProcessRefusal(.notOffered, zh: "服务单不能转派", en: "visits cannot be transferred here")
        }
        try refuseOnHold()
        let reason = try TextLimit.need(reason)
        let (track, step) = try place(scope)
        try check(candidate, for: step.owner, by: .named, in: track.department)
        guard track.holder != candidate.holder else {
            throw ProcessRefusal(.unsuitable, zh: "已经由他处理", en: "he has it already")
        }
        previousHolder = track.holder
        record(.transferred(scope, to: candidate.holder, reason: reason))
        effects.append(.offer(scope, .named, role: step.owner, holder: candidate.holder, asked: []))
        notify(rule.recipients, "transferred", scope)
    }
}
