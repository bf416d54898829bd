import Foundation
import StackSupport
import Synchronization
import Testing

extension Bench {
    /// Runs `fault` under load, measures how soon after it the suite is itself again, and judges: the tables, the
    /// ledgers, the answers over HTTP, and what each service took from the machine.
    ///
    /// - Parameter bound: seconds in which every request must be answered.
    func survive(
        _ name: String, tickets: Int = 40, bound: Double = 10, _ fault: @escaping @Sendable () async throws -> Void
    ) async throws {
        let before = try Vitals.all(stack)
        answers.withLock { $0 = Answers() }
        let measured = Mutex((seconds: 0.0, shares: [String: Double]()))
        try await load(tickets) { [self] in
            try await pause(upTo: 1)
            let (start, atStart) = (ContinuousClock.now, try Vitals.all(stack))
            try await fault()
            let seconds = (ContinuousClock.now - start) / .seconds(1)
            let shares = try Vitals.all(stack).compactMap { service, now -> (String, Double)? in
                guard seconds > 2, let then = atStart[service], then.pid == now.pid else { return nil }
                return (service, (now.seconds - then.seconds) / seconds)
            }
            measured.withLock { $0.shares = Dictionary(uniqueKeysWithValues: shares) }
        } then: { [self] in
            let seconds = try await recovery()
            measured.withLock { $0.seconds = seconds }
        }
        let (recovered, shares) = measured.withLock { $0 }
        let verdict = try await Checker(bench: self).verdict()
        #expect(verdict == [], "\(name)")
        // Debug programs, beside the other tests; ten seconds on a machine of its own.
        #expect(recovered < 30, "\(name)")
        let given = answers.withLock { $0 }
        #expect(given.unfit == [], "\(name)")
        #expect(given.slowest < bound, "\(name): a client waited too long")
        for (service, share) in shares { #expect(share < 0.6, "\(name): \(service) was busy during the outage") }
        try await rest(as: before, name)
        let busiest = shares.max { $0.value < $1.value }.map { "\($0.key) \(Int($0.value * 100)) %" } ?? "-"
        print(
            "faults: \(name): recovered in \(recovered.formatted(.number.precision(.fractionLength(1)))) s; "
                + "slowest answer \(given.slowest.formatted(.number.precision(.fractionLength(1)))) s, "
                + "\(given.taken) taken, \(given.refused) refused; busiest \(busiest)")
    }

    /// No thread stays stuck and no descriptor open.
    private func rest(as before: [String: Vitals], _ name: String) async throws {
        var left: [String] = ["never looked"]
        do {
            _ = try await eventually("rest", within: 20) {
                left = try Vitals.all(stack).compactMap { service, now in
                    guard let then = before[service] else { return nil }
                    // Worker threads and pooled connections come and go.
                    let isAtRest = now.threads <= then.threads + 6 && now.descriptors <= then.descriptors + 12
                    return isAtRest
                        ? nil
                        : "\(service): \(then.threads) to \(now.threads) threads, \(then.descriptors) to "
                            + "\(now.descriptors) descriptors"
                }
                return left.isEmpty ? true : nil
            }
        } catch is Unmet {
            Issue.record("\(name): \(left.joined(separator: "; "))")
        }
    }
}
