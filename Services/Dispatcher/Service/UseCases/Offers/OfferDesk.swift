import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Messaging
import Postgres
import ServiceKit
import Tracing

/// Answers to offers: of all who reach for one job at a moment one gets it, and the others hear who.
struct OfferDesk: Sendable {
    private struct Grab: Sendable {
        let offer: ID<WorkOffer>
        let identity: Identity
        let trace: ServiceContext?
    }

    /// People in one transaction; each costs one look at who he is.
    private static let limit = 128

    let pool: PostgresPool
    let round: WorkRound
    private let group: GroupCommit<Grab, WorkRound.Verdict>

    init(pool: PostgresPool, round: WorkRound) {
        self.pool = pool
        self.round = round
        group = GroupCommit(lanes: 1, limit: Self.limit, executor: pool.executor) { grabs in
            try await pool.transaction { try await Self.grab(grabs, round, in: $0) }
        }
    }

    // MARK: Yes

    /// - Returns: the work order, which is his now, or was before; nil when his departments have nothing to do with it.
    /// - Throws: ``WorkRefused``, ``ProcessRefusal``: `taken` with the name of who has it, `offer-over`, `not-asked`,
    ///   `at-capacity`; a 401 problem for somebody who works here no more.
    func accept(_ id: ID<WorkOffer>, for identity: Identity) async throws -> WorkSeen? {
        let grab = Grab(offer: id, identity: identity, trace: ServiceContext.current)
        while true {
            switch try await group(grab) {
            case .seen(let seen): return seen
            case .failed(is HasItAlready): return try await confirm(id, for: identity)
            case .failed(let error): throw error
            case .phone: preconditionFailure("no telephone has said this")
            // Somebody was before him: what has become of it is seen the next time.
            case .again: continue
            }
        }
    }

    /// He has what he was offered, and only has to say that he can, or has said so.
    private struct HasItAlready: Error {}

    private static func grab(
        _ grabs: [Grab], _ round: WorkRound, in transaction: Transaction
    ) async throws -> [WorkRound.Verdict] {
        let callers = Array(Set(grabs.map(\.identity)))
        let staff = Dictionary(
            zip(callers, try await round.scope.staff(callers, in: transaction)).map { ($0, $1) }
        ) { first, _ in first }
        let rows = try await transaction.query(OfferStore.find(Array(Set(grabs.map(\.offer)))))
        let offers = Dictionary(try rows.map(OfferStore.offer).map { ($0.id, $0) }) { first, _ in first }
        var verdicts = [WorkRound.Verdict](repeating: .again, count: grabs.count)
        var first: [ID<WorkOrder>: Int] = [:]
        for (index, grab) in grabs.enumerated() {
            guard let member = staff[grab.identity] ?? nil else {
                verdicts[index] = .failed(WorkScope.endedSession)
                continue
            }
            guard let offer = offers[grab.offer], offer.isFor(member) || member.departments.contains(offer.department)
            else {
                verdicts[index] = .seen(nil)
                continue
            }
            if let end = offer.end, !(end.outcome == .accepted && end.by?.id == member.person.id) {
                verdicts[index] = .failed(offer.isFor(member) ? OfferRules.over(end) : OfferRules.notAsked)
                continue
            }
            if first[offer.order] == nil { first[offer.order] = index }
        }
        let turn = first.values.sorted()
        guard !turn.isEmpty else { return verdicts }
        let asked = turn.compactMap { index in offers[grabs[index].offer].map { Self.asked(grabs[index], $0) } }
        for (index, verdict) in zip(turn, try await round(asked, in: transaction)) {
            verdicts[index] = verdict
            guard case .seen(.some) = verdict, let winner = staff[grabs[index].identity] ?? nil else { continue }
            // Nobody else of this round needs to ask again.
            let end = OfferEnd(.accepted, at: .distantPast, by: winner.person)
            for (other, grab) in grabs.enumerated() where other != index && grab.offer == grabs[index].offer {
                guard case .again = verdicts[other], let loser = staff[grab.identity] ?? nil,
                    loser.person.id != winner.person.id, offers[grab.offer]?.isFor(loser) == true
                else { continue }
                verdicts[other] = .failed(OfferRules.over(end))
            }
        }
        return verdicts
    }

    private static func asked(_ grab: Grab, _ offer: WorkOffer) -> WorkRound.Asked {
        WorkRound.Asked(
            order: offer.order, identity: grab.identity, expected: nil,
            make: { room in
                switch try OfferRules.accept(offer, by: room.staff, room.order.state, room.definition) {
                case .act(let action): return .act(action)
                case .confirm, .repetition: throw HasItAlready()
                }
            }, trace: grab.trace)
    }
}
