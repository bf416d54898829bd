import Contracts
public import Foundation
import Kernel

/// What offers come to, beside the process: which a decision opens, which it ends, and what an answer leads to.
public enum OfferRules {
    /// The offers that a decision opens; of one document the last counts, and only where it still stands there.
    ///
    /// - Parameter after: with the decision's state and alarms.
    public static func opened(
        by decision: Decision, before: WorkOrderRecord?, after: WorkOrderRecord, _ definition: ProcessDefinition
    ) -> [WorkOffer] {
        var offers: [Scope: WorkOffer] = [:]
        for case .offer(let scope, let to, let role, let holder, let asked) in decision.effects {
            guard let track = after.state[scope], track.outcome == nil, track.holder == holder else { continue }
            let transfer = decision.events.contains { event in
                if case .transferred(scope, _, _) = event.change { true } else { false }
            }
            let kind: WorkOffer.Kind = transfer ? .transfer : to == .pool ? .pool : .named
            var (named, station): ([Person], String?) = (asked, nil)
            switch holder {
            case .person(let person): named = [person]
            case .station(let code): (named, station) = ([], code)
            case nil: break
            }
            offers[scope] = WorkOffer(
                id: id(after.id, scope, revision: decision.state.revision), order: after.id, scope: scope,
                entry: track.entry, kind: kind, department: track.department, role: role, asked: named,
                station: station, offeredAt: after.changedAt, offeredBy: decision.events.first?.by.person,
                from: transfer ? before?.state[scope]?.holder?.person : nil,
                expiresAt: expiry(of: track, scope, after.alarms, definition))
        }
        return offers.values.sorted { $0.scope.visitNumber ?? 0 < $1.scope.visitNumber ?? 0 }
    }

    /// The same for the same decision, so that one heard twice offers nothing twice.
    private static func id(_ order: ID<WorkOrder>, _ scope: Scope, revision: Int64) -> ID<WorkOffer> {
        ID(UUID(namespace: order.value, name: "offer/\(scope.visitNumber ?? 0)/\(revision)"))
    }

    /// When the process takes the document back by itself.
    private static func expiry(
        of track: TrackState, _ scope: Scope, _ alarms: AlarmList, _ definition: ProcessDefinition
    ) -> Date? {
        guard let timer = definition.expiryTimer(of: track, scope) else { return nil }
        return alarms.due(of: .step(TimerKey(scope, timer.code, entry: track.entry)))
    }

    /// How an open offer ends with a decision; nil when it goes on.
    public static func end(of offer: WorkOffer, by decision: Decision, at time: Date) -> OfferEnd? {
        guard let track = decision.state[offer.scope] else { return OfferEnd(.withdrawn, at: time, by: nil) }
        let moved = track.entry != offer.entry || track.outcome != nil
        let handed = offer.kind == .pool ? track.holder != nil : !isHeld(track, for: offer)
        let acted = decision.events.last { event in
            if case .acted(offer.scope, _, _) = event.change { true } else { false }
        }
        let doer = (acted ?? decision.events.first)?.by.person
        if offer.kind != .pool, acted != nil || handed, let doer, isAsked(doer, offer) {
            // Whoever goes on with what he was given has accepted it; whoever has it no more did not.
            return OfferEnd(isHeld(track, for: offer) ? .accepted : .refused, at: time, by: doer)
        }
        guard moved || handed else { return nil }
        if offer.kind == .pool, let winner = winner(of: offer, track, decision) {
            return OfferEnd(.accepted, at: time, by: winner)
        }
        if case .timer? = acted?.by { return OfferEnd(offer.isRefusedByAll ? .refused : .expired, at: time, by: nil) }
        return OfferEnd(.withdrawn, at: time, by: doer)
    }

    private static func isHeld(_ track: TrackState, for offer: WorkOffer) -> Bool {
        switch track.holder {
        case .person(let person): isAsked(person, offer)
        case .station(let code): code == offer.station
        case nil: false
        }
    }

    private static func isAsked(_ person: Person, _ offer: WorkOffer) -> Bool {
        offer.asked.contains { $0.id == person.id }
    }

    /// Who took it by himself and has it now.
    private static func winner(of offer: WorkOffer, _ track: TrackState, _ decision: Decision) -> Person? {
        for event in decision.events {
            if case .taken(offer.scope, .person(let person)) = event.change, track.holder?.person?.id == person.id {
                return person
            }
        }
        return nil
    }
}

extension ProcessDefinition {
    /// The timer that ends the wait in a step: that takes an action some time after it was entered.
    public func expiryTimer(of track: TrackState, _ scope: Scope) -> ProcessTimer? {
        self.track(scope)?.step(track.step)?.timers.first { timer in
            if case .after = timer.moment { timer.action != nil } else { false }
        }
    }

    /// By which a document is taken.
    public func acceptance(in step: String, _ scope: Scope) -> ProcessAction? {
        track(scope)?.step(step)?.actions.first { $0.takers.contains(.owner) && $0.own == .actor }
    }

    /// By which whoever was named says that he cannot.
    public func rejection(in step: String, _ scope: Scope) -> ProcessAction? {
        let actions = track(scope)?.step(step)?.actions ?? []
        return actions.first { $0.code == "reject" && $0.takers.contains(.owner) && $0.needsReason }
    }
}

extension AlarmList {
    public func due(of cause: Alarm.Cause) -> Date? { alarms.first { $0.cause == cause }?.dueAt }

    /// What was to come later comes now.
    public mutating func bring(_ cause: Alarm.Cause, forwardTo time: Date) {
        guard let due = due(of: cause), due > time else { return }
        self = AlarmList(alarms.map { $0.cause == cause ? Alarm(cause, dueAt: time) : $0 })
    }
}
