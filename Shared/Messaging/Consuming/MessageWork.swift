import Contracts
import Foundation
import Kernel
import Logging
import Postgres
import Synchronization

/// Brings messages to an end, whatever happens: handled, set aside or dead, each in one transaction. The neighbours of a
/// message that fails are handled without it.
struct MessageWork: Sendable {
    /// The process stops and the messages are not settled: they must stay with the broker.
    struct Stopped: Error {}

    let handler: BatchHandler
    let pool: PostgresPool
    let logger: Logger
    let metrics: ConsumerMetrics
    let stop: StopFlag

    /// Returns when the effects of every message are committed. While the database is away it waits, however long.
    ///
    /// - Throws: ``Stopped`` when told to stop before that.
    func settle(_ arrivals: [Arrival]) async throws {
        do {
            try await attempt(arrivals)
        } catch let error as Stopped {
            throw error
        } catch {
            if Task.isCancelled { throw Stopped() }
            guard arrivals.count == 1 else {
                logger.info(
                    "A batch failed; its messages are tried one by one",
                    metadata: ["queue": queue, "count": "\(arrivals.count)", "error": "\(error)"])
                for arrival in arrivals { try await settle([arrival]) }
                return
            }
            try await single(arrivals[0], failed: error)
        }
    }

    private var queue: Logger.MetadataValue { "\(handler.store.consumer)" }

    private func single(_ arrival: Arrival, failed first: any Error) async throws {
        var error = first
        var tries = 1
        while mayHelpToRepeat(error), arrival.isAlive, tries < RetryRule.triesAtOnce {
            tries += 1
            // A lock or a serialization conflict is over in a moment.
            await stop.pause(.milliseconds(.random(in: 10...100)))
            do {
                return try await attempt([arrival])
            } catch let stopped as Stopped {
                throw stopped
            } catch let failure {
                error = failure
            }
        }
        try await putAway(arrival, error)
    }

    /// Sets a message aside or sends it to the dead letters, as what it failed with demands.
    func putAway(_ arrival: Arrival, _ error: any Error) async throws {
        var next = arrival
        if arrival.isAlive {
            let waited = arrival.deferred.map { Duration.seconds(Date().timeIntervalSince($0.firstAt)) } ?? .zero
            (next.plan, next.pendingState) = RetryRule.plan(
                for: error, of: arrival.deferred, waited: waited, share: .random(in: 0..<1))
        } else if case .dead(let refusal, answer: true) = arrival.plan {
            // Whoever should have told the sender failed; the message itself still has to be put away.
            next.plan = .dead(refusal, answer: false)
        } else {
            logger.error(
                "A message can neither be handled nor put away; it stays in the queue. Look at the database's log",
                metadata: metadata(arrival, error))
            await stop.pause(.seconds(5))
            if stop.isSet { throw Stopped() }
        }
        log(next, error)
        try await settle([next])
    }

    private func mayHelpToRepeat(_ error: any Error) -> Bool {
        switch error {
        case HandlingError.refused, HandlingError.notYet: false
        default: true
        }
    }

    /// One transaction; repeated while the database is away.
    private func attempt(_ arrivals: [Arrival]) async throws {
        var failures = 0
        while true {
            do {
                let started = ContinuousClock.now
                let batch = try await pool.transaction { try await handler.handle(arrivals, in: $0) }
                let tally = batch.tally
                metrics.took(.now - started, count: arrivals.count)
                metrics.count(.handled, tally.handled)
                metrics.count(.duplicate, tally.duplicate)
                metrics.count(.ignored, tally.ignored)
                metrics.count(.dead, tally.dead)
                metrics.count(.deferred, tally.deferred)
                tell(batch.unread)
                return
            } catch let error as PostgresError where error.meansDatabaseDown {
                failures += 1
                if failures == 1 {
                    logger.warning(
                        "The database is away; messages wait for it. Check the database if this stays",
                        metadata: ["queue": queue, "error": "\(error)"])
                }
                let backoff = Backoff(base: .milliseconds(100), cap: .seconds(5))
                await stop.pause(max(.milliseconds(50), backoff.wait(failures: failures, share: .random(in: 0..<1))))
                if stop.isSet || Task.isCancelled { throw Stopped() }
            }
        }
    }

    private func tell(_ unread: [DeadReason: (count: Int, first: UUID)]) {
        for (reason, found) in unread {
            if reason == .crashed {
                logger.error(
                    """
                    A message ended the process each time it was handled and goes to the dead letters. See paidan dead list; \
                    replay it only with a program that survives it
                    """,
                    metadata: ["queue": queue, "message.id": "\(found.first.lowercase)"])
                continue
            }
            logger.warning(
                "Messages that cannot be read or are too late go to the dead letters; see paidan dead list --message-id",
                metadata: [
                    "queue": queue, "reason": "\(reason.rawValue)", "count": "\(found.count)",
                    "message.id": "\(found.first.lowercase)",
                ])
        }
    }

    private func log(_ arrival: Arrival, _ error: any Error) {
        switch arrival.plan {
        case .park(reason: .transient, _, _):
            logger.warning(
                "A message failed and is tried again later; see the table deferred",
                metadata: metadata(arrival, error))
        case .dead:
            logger.warning(
                "A message goes to the dead letters; see paidan dead list", metadata: metadata(arrival, error))
        default: break
        }
    }

    private func metadata(_ arrival: Arrival, _ error: any Error) -> Logger.Metadata {
        [
            "queue": queue, "message.id": "\(arrival.envelope.id.lowercase)",
            "message.type": "\(arrival.envelope.type)",
            "attempt": "\((arrival.deferred?.attempts ?? 0) + 1)", "error": "\(error)",
        ]
    }
}

/// Set once, when the process shall stop; ends pauses.
final class StopFlag: Sendable {
    private struct State {
        var isSet = false
        var pauses: [Int: CheckedContinuation<Void, Never>] = [:]
        var next = 0
    }

    private let state = Mutex(State())

    var isSet: Bool { state.withLock(\.isSet) }

    func set() {
        let pauses = state.withLock { state in
            state.isSet = true
            defer { state.pauses = [:] }
            return state.pauses
        }
        for pause in pauses.values { pause.resume() }
    }

    /// Waits for `duration`, or until the flag is set, or the task cancelled.
    func pause(_ duration: Duration) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                // Cancellation is how the sleep ends when the flag comes first.
                try? await Task.sleep(for: duration)
            }
            group.addTask { await self.wait() }
            await group.next()
            group.cancelAll()
        }
    }

    /// Returns when the flag is set or the task cancelled.
    func wait() async {
        let number = state.withLock { state in
            state.next += 1
            return state.next
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    if state.isSet || Task.isCancelled { return true }
                    state.pauses[number] = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.pauses.removeValue(forKey: number) }?.resume()
        }
    }
}
