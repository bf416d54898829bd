internal import Contracts
internal import Foundation
internal import IntakeDomain
internal import Kernel
internal import Messaging
internal import Postgres

/// Takes what a customer asks for on his ticket and hands it on to whoever runs the work: load, decide, save with outbox.
struct TakeWish: Sendable {
    let pool: PostgresPool
    let outbox: Outbox
    private let store = WishStore()

    init(pool: PostgresPool, outbox: Outbox) {
        self.pool = pool
        self.outbox = outbox
    }

    enum Outcome: Sendable {
        case taken
        /// The key was used before for the same wish.
        case repeated
        /// The key was used before for another one.
        case conflict
        /// Number and contact do not belong together.
        case unknown
        /// His work offers this not, or no more.
        case notOffered
        case refused([FieldFault])
    }

    /// - Parameter key: the same wish under the same key is taken once.
    func callAsFunction(_ wish: SentWish, number: String, key: String) async throws -> Outcome {
        guard wish.faults.isEmpty, let kind = wish.wish.flatMap(CustomerWish.init(rawValue:)) else {
            return .refused(wish.faults)
        }
        return try await pool.transaction { transaction in
            guard let seen = try await store.lock(number: number, contact: wish.contact ?? "", in: transaction) else {
                return .unknown
            }
            let name = IdempotencyKey(
                caller: "customer of \(seen.number)", key: key, fingerprint: wish.fingerprint(on: seen.ticket))
            if let before = try await store.fingerprint(of: name, in: transaction) {
                return before == name.fingerprint ? .repeated : .conflict
            }
            guard let offer = wish.offer(among: seen.offers) else { return .notOffered }
            let faults = wish.faults(for: offer)
            guard faults.isEmpty else { return .refused(faults) }
            let asked = CustomerAsked(
                ticket: seen.ticket, ticketNumber: seen.number, wish: kind, action: offer.action, visit: offer.visit,
                fields: wish.fields, note: wish.note, at: seen.now)
            let message = try OutgoingMessage.event(
                asked, id: UUID(namespace: seen.ticket.value, name: "wish/\(key)"), aggregate: seen.ticket.value,
                version: Int64(seen.wishes) + 2, correlation: seen.ticket.value, causation: nil,
                source: IntakeService.name, time: seen.now)
            try await outbox.commit([message], after: store.taken(seen, under: name), in: transaction)
            return .taken
        }
    }
}
