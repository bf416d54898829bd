import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Messaging
import Postgres

/// Opens and ends offers with the decisions about work orders, in their transaction.
struct KeepOffers: Sendable {
    let engineers = EngineerStore()

    /// - Parameter known: the open offers of these work orders; nil: not read yet.
    /// - Returns: the decisions; where nobody of a pool is at work, the alarm that takes it back is brought forward to now.
    func follow(
        _ all: [KeepWork.Made], known: [ID<WorkOrder>: [WorkOffer]]?, in unit: UnitOfWork
    ) async throws -> [KeepWork.Made] {
        var open = known ?? [:]
        if known == nil { open = try await read(all, in: unit.transaction) }
        var (ended, opened): ([(ID<WorkOffer>, OfferEnd)], [Opened]) = ([], [])
        var freed: Set<ID<Staff>> = []
        for (index, made) in all.enumerated() {
            for offer in open[made.after.id] ?? [] {
                if let end = OfferRules.end(of: offer, by: made.decision, at: made.after.changedAt) {
                    ended.append((offer.id, end))
                }
            }
            opened += OfferRules.opened(
                by: made.decision, before: made.before, after: made.after, made.definition
            ).map { Opened(index: index, offer: $0, step: made.after.state[$0.scope]?.step ?? "") }
            freed.formUnion(Self.freed(made))
        }
        var after = all
        let waiting = try await forward(opened, &after, in: unit)
        if !ended.isEmpty { unit.write(OfferStore.end(ended.map { (offer: $0.0, end: $0.1) })) }
        if !opened.isEmpty {
            let lines = waiting.map { (offer: $0.offer, step: $0.step) }
            unit.write(OfferStore.insert(lines.map(\.offer)))
            let asked = lines.filter { $0.offer.kind == .pool && !$0.offer.asked.isEmpty }
            if !asked.isEmpty { unit.write(OfferStore.tellAsked(asked)) }
        }
        if !freed.isEmpty { unit.write(OfferStore.sweep(freed.sorted { $0.value < $1.value }, at: unit.now)) }
        return after
    }

    private struct Opened {
        /// Of the decision.
        let index: Int
        var offer: WorkOffer
        let step: String
    }

    /// The open offers of work orders whose documents were moved or handed on.
    private func read(
        _ all: [KeepWork.Made], in transaction: Transaction
    ) async throws -> [ID<WorkOrder>: [WorkOffer]] {
        let moved = all.filter { made in
            made.before != nil && made.decision.events.contains { $0.change.movedScope != nil }
        }
        guard !moved.isEmpty else { return [:] }
        let rows = try await transaction.query(OfferStore.open(of: moved.map(\.after.id)))
        return Dictionary(grouping: try rows.map(OfferStore.offer), by: \.order)
    }

    /// Where nobody who was asked answers his telephone, five minutes would be lost: the desk has it at once, and whoever is
    /// on duty is told.
    private func forward(
        _ opened: [Opened], _ all: inout [KeepWork.Made], in unit: UnitOfWork
    ) async throws -> [Opened] {
        var opened = opened
        var alone: [(offer: WorkOffer, step: String)] = []
        for (place, line) in opened.enumerated() {
            let offer = line.offer
            guard offer.kind == .pool, let due = offer.expiresAt, due > unit.now,
                let track = all[line.index].after.state[offer.scope],
                let timer = all[line.index].definition.expiryTimer(of: track, offer.scope),
                try await !isAnybodyThere(offer, now: unit.now, in: unit.transaction)
            else { continue }
            let now = all[line.index].after.changedAt
            all[line.index].after.alarms.bring(
                .step(TimerKey(offer.scope, timer.code, entry: track.entry)), forwardTo: now)
            opened[place].offer.expiresAt = now
            alone.append((opened[place].offer, line.step))
        }
        if !alone.isEmpty { unit.write(OfferStore.tellDuty(alone, at: unit.now)) }
        return opened
    }

    private func isAnybodyThere(_ offer: WorkOffer, now: Date, in transaction: Transaction) async throws -> Bool {
        guard offer.asked.isEmpty else {
            return try await engineers.find(offer.asked.map(\.id), for: nil, now: now, in: transaction)
                .contains { $0.isReachable(at: now) }
        }
        guard let role = offer.role else { return true }
        let departments = try await DepartmentStore().tree(in: transaction).path(from: offer.department)
        let rows = try await transaction.query(
            OfferStore.isAnybodyUnplanned(role, departments: departments, now: now))
        if try rows[0].decode(Bool.self) { return true }
        return try await engineers.find(role, departments: departments, for: nil, now: now, in: transaction)
            .contains { $0.isReachable(at: now) }
    }

    /// Those who had a document before the decision and have it no more.
    private static func freed(_ made: KeepWork.Made) -> Set<ID<Staff>> {
        func holders(_ state: ProcessState?) -> Set<ID<Staff>> {
            guard let state, !state.isClosed else { return [] }
            return Set(([state.work] + state.visits).filter { $0.outcome == nil }.compactMap { $0.holder?.person?.id })
        }
        return holders(made.before?.state).subtracting(holders(made.after.state))
    }
}
