import Contracts
import Foundation
import Kernel
import Logging
import Messaging
import Metrics
import NotifierDomain
import Postgres
import Tracing

/// Sends what one channel's queue names: claim, commit, call the provider, write down what came of it.
///
/// Claims and results of messages that are handled at the same time share their transactions.
struct SendDeliveries: Sendable {
    private let channel: any Channel
    private let kind: NotifyChannel
    private let policy: RetryPolicy
    private let claims: GroupedCalls<ID<Delivery>, AttemptStore.Claim>
    private let results: GroupedCalls<Result, Void>
    private let logger: Logger
    private let seconds: Metrics.Timer
    private let warnings: Rarely

    private struct Result: Sendable {
        let change: Change
        let cause: Envelope
    }

    /// - Parameter workers: messages at once.
    init(
        _ kind: NotifyChannel, by channel: any Channel, workers: Int, attempts: AttemptStore, bookkeeping: Bookkeeping,
        pool: PostgresPool, timeout: Duration, warnings: Rarely = Rarely(every: .seconds(60)), logger: Logger
    ) {
        self.kind = kind
        self.channel = channel
        self.logger = logger
        self.warnings = warnings
        policy = RetryPolicy(kind)
        seconds = Metrics.Timer(label: "paidan_provider_seconds", dimensions: [("channel", kind.rawValue)])
        // Longer than any call can last, so that a living sender is not taken for a dead one.
        let lease = timeout + .seconds(20)
        let provider = channel.provider
        claims = GroupedCalls(limit: 64) { try await attempts.claim($0, provider: provider, lease: lease) }
        // Nobody waits for a result but its worker. The pause is short beside what a call may last: a sender that dies
        // meanwhile leaves an unknown attempt either way.
        results = GroupedCalls(limit: 64, pace: .milliseconds(50), crowd: max(1, workers / 4)) { results in
            try await pool.transaction { transaction in
                try await bookkeeping.commit(
                    results.map(\.change),
                    causes: Dictionary(
                        results.map { ($0.change.delivery, $0.cause) }, uniquingKeysWith: { first, _ in first }),
                    in: transaction)
            }
            return results.map { _ in }
        }
    }

    /// Handles one command. Returns when the result is written down, or when there was nothing to do.
    ///
    /// - Throws: the database's error. When it comes after the call, the attempt stays `sending` and is resolved as
    ///   unknown once its lease has ended.
    func callAsFunction(_ command: SendDelivery, envelope: Envelope) async throws {
        switch try await claims(command.delivery) {
        case .nothing: return
        case .expired: try await results(Result(change: .expired(command.delivery), cause: envelope))
        case .send(let outgoing):
            #if DEBUG
                Failpoint.senderClaimed.hit()
            #endif
            let outcome = await send(outgoing)
            #if DEBUG
                Failpoint.senderCalled.hit()
            #endif
            let verdict = policy.verdict(on: outcome, attempt: outgoing.attempt, share: .random(in: 0..<1))
            let change = Change(verdict, on: outcome, delivery: outgoing.delivery, attempt: outgoing.attempt)
            try await write(Result(change: change, cause: envelope))
        }
    }

    private func send(_ outgoing: Outgoing) async -> Outcome {
        let start = ContinuousClock.now
        let outcome = await withSpan("send \(kind.rawValue)", ofKind: .client) { span in
            span.attributes["paidan.delivery"] = outgoing.delivery.description
            let outcome = await channel.send(outgoing)
            span.attributes["paidan.outcome"] = outcome.label
            return outcome
        }
        seconds.recordNanoseconds(Int64((ContinuousClock.now - start) / .nanoseconds(1)))
        Counter(label: "paidan_deliveries_total", dimensions: [("channel", kind.rawValue), ("outcome", outcome.label)])
            .increment()
        let metadata: Logger.Metadata = [
            "channel": "\(kind.rawValue)", "delivery.id": "\(outgoing.delivery)", "ticket.id": "\(outgoing.ticket)",
            "attempt": "\(outgoing.attempt)", "outcome": "\(outcome.label)", "reason": "\(outcome.reason ?? "")",
        ]
        switch outcome {
        case .providerUnusable:
            logger.error("The provider refuses us: check this channel's settings and account", metadata: metadata)
        case .transient, .throttled, .ambiguous:
            warn(metadata)
        default:
            logger.debug("Attempt ended", metadata: metadata)
        }
        return outcome
    }

    /// A provider that is away fails every message; one line a minute tells of all of them.
    private func warn(_ metadata: Logger.Metadata) {
        guard let unsaid = warnings.take(now: .now) else { return logger.debug("Attempt ended", metadata: metadata) }
        logger.warning(
            """
            Messages to customers are not taken, this one for the reason given; they are tried again. Check the provider \
            if this stays
            """,
            metadata: metadata.merging(["others": "\(unsaid)"]) { first, _ in first })
    }

    /// The message is with the provider already: worth more than one try to say so.
    private func write(_ result: Result) async throws {
        for pause in [Duration.milliseconds(200), .seconds(1), .seconds(3)] {
            do {
                return try await results(result)
            } catch let error as PostgresError where error.isRetriable || error.isConnectionLost {
                try await Task.sleep(for: pause)
            }
        }
        try await results(result)
    }
}
