internal import Contracts
internal import Foundation
internal import IntakeDomain
internal import Kernel
internal import Postgres

/// What customers ask for, and what their tickets offer.
struct WishStore: Sendable {
    struct Seen: Sendable {
        let ticket: ID<Ticket>
        let number: String
        let offers: [CustomerOffer]
        /// How often the customer has asked for something.
        let wishes: Int32
        let now: Date
    }

    /// The ticket, locked until the transaction ends; nil when number and contact do not belong together.
    func lock(number: String, contact: String, in transaction: Transaction) async throws -> Seen? {
        let rows = try await transaction.query(
            """
            select id, number, offers, wishes, intake.suite_now()
            from intake.ticket
            where number = \(number)
              and intake.is_theirs(ticket, \(contact))
            for update
            """)
        return try rows.first.map { row in
            let (ticket, number, offers, wishes, now) = try row.decode(
                UUID.self, String.self, JSON.self, Int32.self, Date.self)
            return Seen(
                ticket: ID(ticket), number: number,
                offers: try WireJSON.decode([CustomerOffer].self, from: offers.bytes), wishes: wishes, now: now)
        }
    }

    /// What was asked under the same key before.
    func fingerprint(of key: IdempotencyKey, in transaction: Transaction) async throws -> UUID? {
        try await transaction.query(
            """
            select request
            from intake.idempotency_key
            where key = \(key.key)
              and caller = \(key.caller)
            """
        ).first?.decode(UUID.self)
    }

    /// Remembers that it was taken.
    func taken(_ seen: Seen, under key: IdempotencyKey) -> [SQL] {
        [
            """
            update intake.ticket
            set wishes = wishes + 1
            where id = \(seen.ticket.value)
            """,
            """
            insert into intake.idempotency_key (key, caller, request, status, response, created_at)
            values (\(key.key), \(key.caller), \(key.fingerprint), 202, '', \(seen.now))
            """,
        ]
    }
}
