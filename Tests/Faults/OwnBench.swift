import Foundation
import StackSupport
import Testing

/// One stack for all faults, one after the other.
struct OwnBench: SuiteTrait, TestScoping {
    func provideScope(
        for test: Test, testCase: Test.Case?, performing body: @Sendable () async throws -> Void
    ) async throws {
        try await Turn.shared.take()
        defer { Turn.shared.giveBack() }
        let stack = Stack("faults")
        let seed = Seed.given()
        print("faults: seed \(seed.value) (repeat with PAIDAN_TEST_SEED=\(seed.value))")
        try await stack.whileUp {
            // What a dead sender had in hand is taken up after its lease: this and 20 s.
            try await stack.set("PAIDAN_PROVIDER_TIMEOUT=3s", of: ["notifier"])
            if let name = ProcessInfo.processInfo.environment["PAIDAN_BREAK"] {
                try await stack.set("PAIDAN_BREAK=\(name)")
                print("faults: without the guard \(name)")
            }
            try await Bench.$current.withValue(Bench(stack, seed: seed), operation: body)
        }
    }
}

extension Trait where Self == OwnBench {
    static var ownBench: Self { OwnBench() }
}
