import Foundation

/// SplitMix64: the same faults at the same places for the same seed.
struct Seed: RandomNumberGenerator, Sendable {
    let value: UInt64
    private var state: UInt64

    init(_ value: UInt64) { (self.value, state) = (value, value) }

    /// PAIDAN_TEST_SEED, to repeat a run; else a new one.
    static func given() -> Seed {
        Seed(
            ProcessInfo.processInfo.environment["PAIDAN_TEST_SEED"].flatMap { UInt64($0) } ?? .random(in: 1..<1_000_000)
        )
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
