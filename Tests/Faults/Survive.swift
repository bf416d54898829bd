import Foundation
import StackSupport
import Synchronization
import Testing

/// The long form has every kill point at every service that has it, and what takes minutes.
let isLongForm = ProcessInfo.processInfo.environment["PAIDAN_TEST_FAULTS"] == "long"

extension Bench {
    /// The stack's own work keeps two processors busy when it recovers; beyond that, others take what is its.
    private static let starvation = 1.5

    /// Runs `fault` under load, measures how soon after it the suite is itself again, and judges: the tables and the
    /// ledgers, the answers over HTTP, and what each service takes from the machine.
    ///
    /// Recovered within ten seconds of the cause's end. On a machine that demonstrably has no time for us, so much longer as
    /// a thread of this very process computes slower meanwhile than on a processor of its own; never above thirty.
    ///
    /// - Parameter bound: seconds in which every request must be answered.
    func survive(
        _ name: String, tickets: Int = 130, bound: Double = 10, _ fault: @escaping @Sendable () async throws -> Void
    ) async throws {
        let before = Vitals.all(stack)
        answers.withLock { $0 = Answers() }
        let measured = Mutex((recovered: Double?.none, slowness: 1.0, shares: [String: Double]()))
        try await load(tickets) { [self] in
            try await pause(upTo: 1.5)
            let (start, then) = (ContinuousClock.now, Vitals.all(stack))
            try await fault()
            let seconds = (ContinuousClock.now - start) / .seconds(1)
            let now = Vitals.all(stack)
            measured.withLock { measured in
                for (service, now) in now {
                    guard seconds > 2, let then = then[service], then.pid == now.pid else { continue }
                    measured.shares[service] = (now.seconds - then.seconds) / seconds
                }
            }
        } then: { [self] in
            let pace = Pace()
            defer { measured.withLock { $0.slowness = pace.slowness() } }
            let seconds = try await recovery()
            measured.withLock { $0.recovered = seconds }
        }
        let (recovered, slowness, shares) = measured.withLock { $0 }
        let given = answers.withLock { $0 }
        if let recovered {
            let limit = slowness < Self.starvation ? 10 : min(10 * slowness, 30)
            let busiest = shares.max { $0.value < $1.value }.map { "\($0.key) \(Int($0.value * 100)) %" } ?? "-"
            print(
                "faults: \(name): recovered in \(recovered.shown) s of \(limit.shown); slowest answer \(given.slowest.shown) s, "
                    + "\(given.taken) taken, \(given.refused) refused; busiest \(busiest)")
            #expect(recovered < limit, "\(name): a thread was \(slowness.shown) times slower than alone")
        } else {
            Issue.record("\(name): not recovered; the checker says what is missing")
        }
        try await judge(name)
        #expect(given.unfit == [], "\(name)")
        #expect(given.slowest < bound, "\(name): a client waited too long")
        for (service, share) in shares { #expect(share < 0.6, "\(name): \(service) was busy all the while") }
        try await rest(as: before, name)
    }

    /// The checker's verdict over everything that was ever asked of the stack.
    func judge(_ name: String) async throws {
        let verdict = try await Checker(bench: self).verdict()
        for line in verdict { print("faults: violated: \(line)") }
        #expect(verdict == [], "\(name)")
    }

    /// No thread stays stuck and no descriptor open.
    private func rest(as before: [String: Vitals], _ name: String) async throws {
        var left: [String] = []
        do {
            _ = try await eventually("rest", within: 20) {
                left = Vitals.all(stack).compactMap { service, now in
                    guard let then = before[service] else { return nil }
                    // Worker threads and pooled connections come and go.
                    let isAtRest = now.threads <= then.threads + 6 && now.descriptors <= then.descriptors + 12
                    return isAtRest ? nil : "\(service): from \(then.shown) to \(now.shown)"
                }
                return left.isEmpty ? true : nil
            }
        } catch is Unmet {
            Issue.record("\(name): \(left.joined(separator: "; "))")
        }
    }
}

extension Double {
    fileprivate var shown: String { formatted(.number.precision(.fractionLength(1))) }
}
