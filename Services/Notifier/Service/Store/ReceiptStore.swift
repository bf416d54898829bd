import Foundation
import Kernel
import Postgres

/// What providers reported, as it came.
struct ReceiptStore: Sendable {
    /// True when there is such an attempt.
    func exists(_ delivery: ID<Delivery>, _ attempt: Int, in transaction: Transaction) async throws -> Bool {
        try await !transaction.query(
            """
            select number
            from notify.attempt
            where delivery = \(delivery.value) and number = \(attempt)
            """
        ).isEmpty
    }

    /// A report that is there already is not kept again.
    func insert(
        provider: String, reference: String, status: Int, answer: String, delivery: UUID?, in transaction: Transaction
    ) async throws {
        try await transaction.query(
            """
            insert into notify.receipt (provider, reference, status, answer, delivery, received_at)
            values (\(provider), \(reference), \(status), \(answer), \(delivery), notify.suite_now())
            on conflict on constraint receipt_once_key do nothing
            """)
    }

    /// Forgets reports that matched nothing for a week.
    func forgetUnmatched(limit: Int, in transaction: Transaction) async throws {
        try await transaction.query(
            """
            delete from notify.receipt
            where id in (
                select id
                from notify.receipt
                where delivery is null and received_at < notify.suite_now() - interval '7 days'
                order by received_at
                limit \(limit)
            )
            """)
    }
}
