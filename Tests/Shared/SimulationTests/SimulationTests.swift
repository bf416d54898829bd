import Foundation
import Messaging
import Testing

@Suite struct `Relay, inbox and versions together` {
    /// `PAIDAN_TEST_SEEDS` for more runs; `PAIDAN_TEST_SEED` for one that failed; `PAIDAN_TEST_BREAK` (inbox, ack or
    /// confirm) to see them fail.
    static let environment = ProcessInfo.processInfo.environment
    static let runs = environment["PAIDAN_TEST_SEEDS"].flatMap { UInt64($0) } ?? 100_000
    static let only = environment["PAIDAN_TEST_SEED"].flatMap { UInt64($0) }
    static let missing = environment["PAIDAN_TEST_BREAK"].flatMap { World.Guard(rawValue: $0) }
    static let first = only ?? .random(in: 0...(.max >> 1))
    static let parts: UInt64 = 8

    static let scripts = [Script(.any), Script(.newest), Script(.each)]

    /// - Returns: what went wrong.
    static func fault(seed: UInt64, without missing: World.Guard?) -> (any Error)? {
        do {
            var world = World(seed: seed, script: scripts[Int(seed % 3)], without: missing)
            try world.run()
            return nil
        } catch {
            return error
        }
    }

    @Test(arguments: 0..<parts)
    func `lose and double nothing, whatever dies, fails, doubles or comes late`(part: UInt64) async {
        let seeds =
            Self.only.map { part == 0 ? $0..<$0 + 1 : $0..<$0 }
            ?? Self.first + part * Self.runs / Self.parts..<Self.first + (part + 1) * Self.runs / Self.parts
        for seed in seeds {
            // Lets other tests go on, too.
            if seed % 16 == 0 { await Task.yield() }
            guard let fault = Self.fault(seed: seed, without: Self.missing) else { continue }
            Issue.record("seed \(seed): \(fault); PAIDAN_TEST_SEED=\(seed) repeats it")
            return
        }
    }

    /// Of every rule, so that none is only believed.
    @Test(arguments: World.Guard.allCases, 0..<UInt64(3)) func `fail without any one of their guards`(
        missing: World.Guard, rule: UInt64
    ) {
        var failures = 0
        for seed in 0..<UInt64(2000) where failures < 20 {
            if Self.fault(seed: seed * 3 + rule, without: missing) != nil { failures += 1 }
        }
        #expect(failures == 20, "\(Self.scripts[Int(rule)].rule) without \(missing)")
    }
}
