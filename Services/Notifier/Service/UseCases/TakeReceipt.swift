import Foundation
import Kernel
import NotifierDomain
import Postgres

/// Takes a provider's report on one attempt, in whatever order reports come.
struct TakeReceipt: Sendable {
    let pool: PostgresPool
    let receipts: ReceiptStore
    let bookkeeping: Bookkeeping

    /// Stores the report as it came, and moves the attempt and its delivery when that is an advance. A report that matches
    /// nothing is kept for whoever looks into it.
    ///
    /// - Parameter reference: ``Outgoing/reference``, as the provider echoes it.
    func kannel(reference: String, status: Int, answer: String) async throws {
        let named = Self.attempt(reference)
        let receipt = KannelReceipt(rawValue: status)
        try await pool.transaction { transaction in
            var known = false
            if let named { known = try await receipts.exists(named.delivery, named.attempt, in: transaction) }
            try await receipts.insert(
                provider: "kannel", reference: reference, status: status, answer: answer,
                delivery: known ? named?.delivery.value : nil, in: transaction)
            guard known, let named, let receipt else { return }
            let reason = receipt.attempt == .failed ? "Kannel reported \(receipt): \(answer.prefix(120))" : nil
            try await bookkeeping.save(
                [
                    Change(
                        delivery: named.delivery, attempt: named.attempt, attemptState: receipt.attempt,
                        state: receipt.delivery, providerID: nil, outcome: nil, reason: reason, againAfter: nil)
                ], in: transaction)
        }
    }

    /// Reads `<delivery>.<number>`.
    static func attempt(_ reference: String) -> (delivery: ID<Delivery>, attempt: Int)? {
        let parts = reference.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let delivery = ID<Delivery>(String(parts[0])), let attempt = Int(parts[1]),
            (1...1000).contains(attempt)
        else { return nil }
        return (delivery, attempt)
    }
}
