import Contracts
public import Foundation
import Kernel

extension OfferRules {
    /// What a yes comes to.
    public enum Acceptance: Hashable, Sendable {
        /// This action of the process takes it.
        case act(ActionCommand)
        /// He has it already and says that he can.
        case confirm
        /// It was his before.
        case repetition
    }

    /// - Throws: ``ProcessRefusal``: `not-asked`, `taken` with the name of who has it, `offer-over`.
    public static func accept(
        _ offer: WorkOffer, by staff: StaffActor, _ state: ProcessState, _ definition: ProcessDefinition
    ) throws(ProcessRefusal) -> Acceptance {
        try mayAnswer(offer, staff)
        if let end = offer.end {
            if end.outcome == .accepted, end.by?.id == staff.person.id { return .repetition }
            throw over(end)
        }
        guard let track = state[offer.scope], track.entry == offer.entry, track.outcome == nil else {
            throw over(OfferEnd(.withdrawn, at: offer.offeredAt, by: nil))
        }
        if let action = definition.acceptance(in: track.step, offer.scope) {
            return .act(ActionCommand(action.code, offer.scope))
        }
        guard offer.kind == .pool else { return .confirm }
        throw ProcessRefusal(
            .notOffered, zh: "这个步骤没有“接单”操作，请直接办理",
            en: "this step has no action that accepts: take the action that is to be done")
    }

    /// What a no comes to, besides standing in the history.
    public enum Rejection: Hashable, Sendable {
        /// Others may still take it.
        case noted
        /// The process goes on by this.
        case act(ProcessCommand)
    }

    /// - Parameter reason: why, with words of his own where it is `other`.
    /// - Returns: the offer with the answer, and what the process is to do.
    /// - Throws: ``ProcessRefusal``: `not-asked`, `taken`, `offer-over`, `unknown-reason`, `reason-missing`, `text-too-long`.
    public static func refuse(
        _ offer: WorkOffer, by staff: StaffActor, reason: String?, note: String?, _ state: ProcessState,
        _ definition: ProcessDefinition, at time: Date
    ) throws(ProcessRefusal) -> (offer: WorkOffer, next: Rejection) {
        try mayAnswer(offer, staff)
        if let end = offer.end { throw over(end) }
        guard let track = state[offer.scope], track.entry == offer.entry, track.outcome == nil else {
            throw over(OfferEnd(.withdrawn, at: offer.offeredAt, by: nil))
        }
        let answer = try answer(of: staff, reason, note, at: time)
        var after = offer
        after.answers.removeAll { $0.staff.id == staff.person.id }
        after.answers.append(answer)
        let words = [answer.reason.words.zh, note].compactMap { $0 }.joined(separator: "：")
        switch offer.kind {
        case .pool: return (after, after.isRefusedByAll ? back(offer, track, definition) : .noted)
        case .transfer:
            guard let from = offer.from, offer.station == nil else { return (after, .noted) }
            return (after, .act(.transfer(offer.scope, to: Candidate(.person(from)), reason: words)))
        case .named:
            if let action = definition.rejection(in: track.step, offer.scope) {
                return (after, .act(.act(ActionCommand(action.code, offer.scope, reason: words))))
            }
            return (after, back(offer, track, definition))
        }
    }

    /// By what would happen if nobody did anything, at once.
    private static func back(_ offer: WorkOffer, _ track: TrackState, _ definition: ProcessDefinition) -> Rejection {
        guard let timer = definition.expiryTimer(of: track, offer.scope) else { return .noted }
        return .act(.timer(TimerKey(offer.scope, timer.code, entry: track.entry)))
    }

    private static func answer(
        of staff: StaffActor, _ reason: String?, _ note: String?, at time: Date
    ) throws(ProcessRefusal) -> OfferAnswer {
        guard let text = reason, let reason = OfferRefusal.sayable.first(where: { $0.rawValue == text }) else {
            let known = OfferRefusal.sayable.map(\.rawValue).joined(separator: ", ")
            throw ProcessRefusal(.unknownReason, zh: "原因只能是：\(known)", en: "the reason is one of: \(known)")
        }
        try TextLimit.check(note)
        let words = note?.trimmingWhitespace ?? ""
        if reason == .other, words.isEmpty {
            let (zh, en) = ("选“其他原因”时，请在note中说明", "with other, the note says why")
            throw ProcessRefusal(
                .reasonMissing, zh: zh, en: en,
                faults: [FieldFault(field: "/note", code: "required", message: "\(zh) / \(en)")])
        }
        return OfferAnswer(staff: staff.person, at: time, reason: reason, note: words.isEmpty ? nil : words)
    }

    /// Somebody who was not asked may not take by hand what others were asked for by name.
    ///
    /// - Parameter offers: that are open.
    /// - Throws: ``ProcessRefusal``: `not-asked`.
    public static func check(
        _ command: ProcessCommand, _ state: ProcessState, _ staff: StaffActor, _ offers: [WorkOffer],
        _ definition: ProcessDefinition
    ) throws(ProcessRefusal) {
        guard takes(command, state, staff, definition), case .act(let action) = command else { return }
        for offer in offers where offer.scope == action.scope && offer.kind == .pool && offer.end == nil {
            if !offer.isFor(staff) { throw notAsked }
        }
    }

    /// Whether the command makes the document his that nobody has.
    public static func takes(
        _ command: ProcessCommand, _ state: ProcessState, _ staff: StaffActor, _ definition: ProcessDefinition
    ) -> Bool {
        guard case .act(let action) = command, let track = state[action.scope], track.holder == nil,
            let step = definition.track(action.scope)?.step(track.step), let found = step.action(action.action)
        else { return false }
        let isOthers = found.takers.contains { taker in
            if case .role(let role) = taker { staff.has(role) } else { false }
        }
        return found.takers.contains(.owner) && !isOthers && (step.owner.map { staff.has($0) } ?? false)
    }

    private static func mayAnswer(_ offer: WorkOffer, _ staff: StaffActor) throws(ProcessRefusal) {
        guard offer.isFor(staff) else { throw notAsked }
    }

    public static var notAsked: ProcessRefusal {
        ProcessRefusal(.notAsked, zh: "这张单已指定询问其他人", en: "others were asked for this one, not you")
    }

    /// - Parameter end: how it ended.
    public static func over(_ end: OfferEnd) -> ProcessRefusal {
        if end.outcome == .accepted, let winner = end.by {
            return ProcessRefusal(
                .taken, zh: "已被\(winner.name)接单", en: "\(winner.name) has taken it")
        }
        return ProcessRefusal(
            .offerOver, zh: "派单已结束：\(end.outcome.words.zh)", en: "the offer is over: \(end.outcome.words.en)")
    }
}
