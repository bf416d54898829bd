import Foundation
import Kernel

/// What becomes of one message whose handling failed: a pure rule.
enum RetryRule {
    /// Tries at once, before a message is set aside.
    static let triesAtOnce = 3
    /// Rounds of tries before it is dead.
    static let rounds = 12
    /// Why a message whose handling failed may be dead.
    static let reasons: Set<DeadReason> = [.refused, .attempts, .waited]

    private static let backoff = Backoff(base: .seconds(10), cap: .seconds(3600))

    /// 10 s, doubling to an hour, 20 % more or less.
    ///
    /// - Parameter share: a random number in 0..<1.
    static func wait(failures: Int, share: Double) -> Duration {
        backoff.ceiling(failures: failures) * (0.8 + 0.4 * share)
    }

    /// - Parameters:
    ///   - now: seconds that the message has waited so far.
    static func plan(for error: any Error, of state: DeferredState?, waited: Duration, share: Double)
        -> (plan: Arrival.Plan, state: DeferredState?)
    {
        var next = state ?? DeferredState(attempts: 0, waits: 0, firstAt: .distantPast)
        next.taken = 0
        switch error {
        case HandlingError.refused(let reason, let faults):
            return (.dead(Refusal(.refused, reason, faults: faults), answer: true), state)
        case HandlingError.notYet(let reason):
            if state != nil, waited > BatchHandler.patience {
                return (.dead(Refusal(.waited, reason), answer: true), state)
            }
            next.waits += 1
            return (.park(reason: .notYet, detail: reason, wait: wait(failures: next.waits, share: share)), next)
        default:
            next.attempts += 1
            let detail = if case HandlingError.transient(let reason) = error { reason } else { "\(error)" }
            if next.attempts >= rounds { return (.dead(Refusal(.attempts, detail), answer: true), state) }
            return (.park(reason: .transient, detail: detail, wait: wait(failures: next.attempts, share: share)), next)
        }
    }
}
