import Contracts
import Foundation
import Logging
import Metrics
import NotifierDomain
import Postgres
import ServiceLifecycle

/// Looks once a second for what nobody else will bring forward: attempts whose sender died, deliveries whose pause is over,
/// deliveries that came too late. Every process does this for its own channels; rows that another works on are skipped.
struct Sweeper: Service {
    let channels: [NotifyChannel]
    let pool: PostgresPool
    let attempts: AttemptStore
    let progress: ProgressStore
    let receipts: ReceiptStore
    let views: DeliveryViews
    let bookkeeping: Bookkeeping
    let logger: Logger

    private static let limit = 200

    func run() async throws {
        let ticks = AsyncStream<Void> {
            // A cancelled pause ends the stream, and with it the loop.
            try? await Task.sleep(for: .seconds(1))
            return Task.isCancelled ? nil : ()
        }
        for await _ in ticks.cancelOnGracefulShutdown() {
            do {
                while try await sweep() {}
                try await measure()
            } catch is CancellationError {
                return
            } catch {
                logger.warning(
                    "A sweep failed and is repeated in a second; check the database if this goes on",
                    metadata: ["error": "\(error)"])
            }
        }
    }

    /// One pass. Returns true when a limit was reached, so that there may be more.
    func sweep() async throws -> Bool {
        let lost = try await pool.transaction { transaction in
            let lost = try await attempts.lost(of: channels, limit: Self.limit, in: transaction)
            if !lost.isEmpty { try await bookkeeping.save(lost.map(Self.resolution), in: transaction) }
            return lost.count
        }
        if lost > 0 {
            logger.warning(
                "Attempts whose sender was gone were resolved as unknown: mail and WeChat are sent again under the same id, SMS are not",
                metadata: ["count": "\(lost)"])
        }
        let due = try await pool.transaction { transaction in
            let due = try await progress.due(of: channels, limit: Self.limit, in: transaction)
            if !due.isEmpty { try await bookkeeping.queue(due, in: transaction) }
            return due.count
        }
        let expired = try await pool.transaction { transaction in
            let expired = try await progress.expired(of: channels, limit: Self.limit, in: transaction)
            if !expired.isEmpty { try await bookkeeping.save(expired.map(Change.expired), in: transaction) }
            try await receipts.forgetUnmatched(limit: Self.limit, in: transaction)
            return expired.count
        }
        return max(lost, due, expired) == Self.limit
    }

    /// At once: the lease was pause enough.
    private static func resolution(_ lost: LostAttempt) -> Change {
        let outcome = Outcome.ambiguous("the sender ended between the call and its record")
        let verdict = RetryPolicy(lost.channel).verdict(on: outcome, attempt: lost.attempt, share: 0)
        return Change(verdict, on: outcome, delivery: lost.delivery, attempt: lost.attempt)
    }

    private func measure() async throws {
        let ages = try await views.oldestPending()
        for channel in channels {
            Gauge(label: "paidan_delivery_oldest_pending_seconds", dimensions: [("channel", channel.rawValue)])
                .record(ages[channel] ?? 0)
        }
    }
}
