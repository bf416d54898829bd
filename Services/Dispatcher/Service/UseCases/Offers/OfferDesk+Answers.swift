import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Messaging
import Postgres
import ServiceKit

extension OfferDesk {
    /// An offer and what the job is about.
    struct Line: Sendable {
        let offer: WorkOffer
        let ticketNumber: String
        let subject: String
        let address: String?
    }

    /// What waits for this person's word, the oldest first.
    func waiting(for identity: Identity, limit: Int) async throws -> [Line] {
        try await pool.transaction { transaction in
            let staff = try await round.scope.staff(identity, in: transaction)
            return try await round.scope.look(
                as: staff, [OfferStore.waiting(for: staff, limit: limit)], in: transaction)[0].map { row in
                    Line(
                        offer: try OfferStore.offer(row), ticketNumber: try row.value("ticket_number"),
                        subject: try row.value("subject"), address: try row.value("address"))
                }
        }
    }

    /// All offers of a work order, the last first; nil when his departments have nothing to do with it.
    func history(of order: ID<WorkOrder>, for identity: Identity) async throws -> [WorkOffer]? {
        try await pool.transaction { transaction in
            let staff = try await round.scope.staff(identity, in: transaction)
            let found = try await round.scope.look(
                as: staff,
                [
                    WorkOrderStore.find(order, departments: staff.departments.sorted()),
                    OfferStore.history(of: order),
                ], in: transaction)
            return found[0].isEmpty ? nil : try found[1].map(OfferStore.offer)
        }
    }

    /// One work order and one of its offers, locked, as somebody who may answer it finds them.
    private struct Place {
        let order: WorkOrderRecord
        let definition: ProcessDefinition
        let offer: WorkOffer
        let staff: StaffActor
        let unit: UnitOfWork

        var now: Date { max(unit.now.wholeMillisecond, order.changedAt) }
        var seen: WorkSeen { WorkSeen(order: order, definition: definition, staff: staff, now: now) }
    }

    /// - Returns: nil when his departments have nothing to do with it.
    private func place(
        _ id: ID<WorkOffer>, _ identity: Identity, in transaction: Transaction
    ) async throws -> Place? {
        try await round.shelf.stock(in: transaction)
        let staff = try await round.scope.staff(identity, in: transaction)
        guard let found = try await transaction.query(OfferStore.find([id])).first.map(OfferStore.offer),
            found.isFor(staff) || staff.departments.contains(found.department),
            let order = try await transaction.query(WorkOrderStore.lock([found.order.value])).first
                .map(WorkOrderStore.record),
            !staff.departments.isDisjoint(with: order.departments),
            // Again, now that nobody else can change it.
            let offer = try await transaction.query(OfferStore.find([id])).first.map(OfferStore.offer)
        else { return nil }
        return Place(
            order: order, definition: try await round.shelf.definition(of: order, in: transaction), offer: offer,
            staff: staff, unit: try await round.outbox.unitOfWork(in: transaction, source: DispatcherService.name))
    }

    /// He says that he can do what is his already.
    func confirm(_ id: ID<WorkOffer>, for identity: Identity) async throws -> WorkSeen? {
        try await pool.transaction { transaction in
            guard let place = try await place(id, identity, in: transaction) else { return nil }
            let staff = place.staff
            let acceptance: OfferRules.Acceptance
            do throws(ProcessRefusal) {
                acceptance = try OfferRules.accept(place.offer, by: staff, place.order.state, place.definition)
            } catch {
                throw WorkRefused(refusal: error, seen: place.seen)
            }
            if acceptance == .confirm {
                let end = OfferEnd(.accepted, at: place.now, by: staff.person)
                try await transaction.query(OfferStore.end([(offer: id, end: end)]))
            }
            return place.seen
        }
    }

    /// - Parameters:
    ///   - reason: a word of ``OfferRefusal``.
    ///   - note: his own words.
    /// - Returns: the work order as it is after his no; nil when his departments have nothing to do with it.
    /// - Throws: ``WorkRefused``; nothing was changed.
    func refuse(
        _ id: ID<WorkOffer>, reason: String?, note: String?, for identity: Identity
    ) async throws -> WorkSeen? {
        try await pool.transaction { transaction in
            guard let place = try await place(id, identity, in: transaction) else { return nil }
            do {
                return try await refuse(place, reason, note)
            } catch let refusal as ProcessRefusal {
                throw WorkRefused(refusal: refusal, seen: place.seen)
            }
        }
    }

    private func refuse(_ place: Place, _ reason: String?, _ note: String?) async throws -> WorkSeen {
        let (unit, order, staff) = (place.unit, place.order, place.staff)
        if place.offer.end?.outcome == .refused, place.offer.end?.by?.id == staff.person.id { return place.seen }
        let (offer, next) = try OfferRules.refuse(
            place.offer, by: staff, reason: reason, note: note, order.state, place.definition, at: place.now)
        if let answer = offer.answers.last { unit.write(OfferStore.answer(answer, to: offer.id)) }
        guard case .act(let command) = next else {
            try await round.outbox.commit(unit)
            return place.seen
        }
        var actor = Actor.staff(staff)
        if case .timer = command { actor = .timer }
        let context = ProcessContext(now: place.now, actor: actor, facts: order.facts)
        let decision = try ProcessRules.decide(order.state, command, context, by: place.definition)
        let reckoning = try await round.keep.reckoning(of: order, in: unit.transaction)
        let made = round.keep.made(
            decision, before: order, template: order, by: place.definition, reckoning, now: place.now)
        try await round.keep.keep(
            [(made, WorkRound.cause(order, at: place.now))], open: [order.id: [offer]], in: unit)
        try await round.outbox.commit(unit)
        return WorkSeen(order: made.after, definition: place.definition, staff: staff, now: place.now)
    }
}
