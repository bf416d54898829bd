import Foundation
import Synchronization
import Testing

/// The long form has every kill point at every service that has it, and what takes minutes.
let isLongForm = ProcessInfo.processInfo.environment["PAIDAN_TEST_FAULTS"] == "long"

extension Bench {
    /// Runs `fault` under load, measures how soon after it the suite is itself again, and judges.
    func survive(
        _ name: String, tickets: Int = 130, _ fault: @escaping @Sendable () async throws -> Void
    ) async throws {
        let measured = Mutex<Double?>(nil)
        try await load(tickets) {
            try await self.pause(upTo: 1.5)
            try await fault()
        } then: {
            let seconds = try await self.recovery()
            measured.withLock { $0 = seconds }
        }
        // Debug programs, beside the other tests; ten seconds on a machine of its own.
        if let recovered = measured.withLock({ $0 }) {
            print("faults: \(name): recovered in \(recovered.formatted(.number.precision(.fractionLength(1)))) s")
            #expect(recovered < 30, "\(name)")
        } else {
            Issue.record("\(name): not recovered; the checker says what is missing")
        }
        try await judge(name)
    }

    /// The checker's verdict over everything that was ever asked of the stack.
    func judge(_ name: String) async throws {
        let verdict = try await Checker(bench: self).verdict()
        for line in verdict { print("faults: violated: \(line)") }
        #expect(verdict == [], "\(name)")
    }
}
