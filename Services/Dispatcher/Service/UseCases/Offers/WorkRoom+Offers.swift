import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Postgres
import ServiceKit

/// Answers to offers among the commands of a round: a telephone's, that was without a line when they were given.
extension WorkRoom {
    /// - Throws: ``ProcessRefusal``: `taken` with the name of who has it, `offer-over`, `not-asked`; a 422 problem for an offer
    ///   of other work.
    func acceptance(of id: ID<WorkOffer>, _ scope: Scope) async throws -> WorkDeed {
        let offer = try await offer(id, scope)
        switch try OfferRules.accept(offer, by: staff, order.state, definition) {
        case .act(let action): return WorkDeed(.act(action))
        case .repetition: return WorkDeed(nil)
        case .confirm:
            let end = OfferEnd(.accepted, at: time, by: staff.person)
            return WorkDeed(nil, statements: [OfferStore.end([(offer: id, end: end)])])
        }
    }

    /// - Throws: ``ProcessRefusal``, also `unknown-reason`, `reason-missing`; a 422 problem for an offer of other work.
    func refusal(of id: ID<WorkOffer>, _ scope: Scope, reason: String?, note: String?) async throws -> WorkDeed {
        let offer = try await offer(id, scope)
        if offer.end?.outcome == .refused, offer.end?.by?.id == staff.person.id { return WorkDeed(nil) }
        let (answered, next) = try OfferRules.refuse(
            offer, by: staff, reason: reason, note: note, order.state, definition, at: time)
        let statements = answered.answers.last.map { [OfferStore.answer($0, to: id)] } ?? []
        switch next {
        case .noted: return WorkDeed(nil, statements: statements)
        case .act(let command): return WorkDeed(command, answered: answered, statements: statements)
        }
    }

    private func offer(_ id: ID<WorkOffer>, _ scope: Scope) async throws -> WorkOffer {
        let found = try await transaction.query(OfferStore.find([id])).first.map(OfferStore.offer)
        guard let found, found.order == order.id, found.scope == scope else {
            throw Problem.invalid([
                FieldFault(
                    field: "/offer", code: "unknownValue",
                    message: "There is no such offer of this work order or visit.")
            ])
        }
        return found
    }
}
