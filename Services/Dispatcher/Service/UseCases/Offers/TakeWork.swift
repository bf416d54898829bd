import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Messaging
import Postgres

/// Whether somebody may get the work that a command gives him: beside the process, which knows no offers, hours or limits.
struct TakeWork: Sendable {
    let engineers = EngineerStore()

    /// - Parameters:
    ///   - decision: what the command leads to.
    ///   - open: the open offers of the work order.
    /// - Throws: ``ProcessRefusal``: `not-asked`, `at-capacity` (whoever has enough to do is told again when he has room),
    ///   `away`.
    func check(
        _ command: ProcessCommand, _ decision: Decision, _ order: WorkOrderRecord, _ staff: StaffActor,
        _ open: [WorkOffer], _ definition: ProcessDefinition, now: Date, in unit: UnitOfWork
    ) async throws {
        try OfferRules.check(command, order.state, staff, open, definition)
        if OfferRules.takes(command, order.state, staff, definition) {
            let stand = try await unit.transaction.query(EngineerLimitsStore.stand(of: staff.person.id, now: now))
            do {
                try EngineerLimitsStore.check(stand)
            } catch let refusal as ProcessRefusal {
                for offer in open where offer.kind == .pool && offer.isFor(staff) {
                    let answer = OfferAnswer(staff: staff.person, at: now, reason: .atCapacity, note: nil)
                    unit.write(OfferStore.answer(answer, to: offer.id))
                }
                throw refusal
            }
        }
        try await checkPresence(command, decision, now: now, in: unit.transaction)
    }

    /// Nobody is given work in silence who is not there to see it.
    private func checkPresence(
        _ command: ProcessCommand, _ decision: Decision, now: Date, in transaction: Transaction
    ) async throws {
        if case .act(let action) = command, action.evenIfAway { return }
        var people: Set<ID<Staff>> = []
        for case .offer(_, let to, _, let holder, let asked) in decision.effects {
            if to == .named, let person = holder?.person { people.insert(person.id) }
            people.formUnion(asked.map(\.id))
        }
        guard !people.isEmpty else { return }
        let found = try await engineers.find(people.sorted { $0.value < $1.value }, for: nil, now: now, in: transaction)
        let away = found.filter { !$0.isReachable(at: now) }.sorted { $0.person.name < $1.person.name }
        // Of several who are asked, one who is there is enough.
        guard let first = away.first, away.count == people.count else { return }
        throw OfferRules.away(away.map(\.person), until: first.presentAgain(after: now), zone: first.zone)
    }
}
