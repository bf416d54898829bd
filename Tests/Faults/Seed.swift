import Foundation
import TestSupport

/// The same faults at the same places for the same seed.
struct Seed: RandomNumberGenerator, Sendable {
    let value: UInt64
    private var numbers: Seeded

    init(_ value: UInt64) { (self.value, numbers) = (value, Seeded(state: value)) }

    /// PAIDAN_TEST_SEED, to repeat a run; else a new one.
    static func given() -> Seed {
        Seed(
            ProcessInfo.processInfo.environment["PAIDAN_TEST_SEED"].flatMap { UInt64($0) } ?? .random(in: 1..<1_000_000)
        )
    }

    mutating func next() -> UInt64 { numbers.next() }
}
