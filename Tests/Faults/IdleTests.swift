import Foundation
import StackSupport
import Testing

extension `Under load` {
    /// `PAIDAN_TEST_MINUTES` of idleness, and a sixth of that of load; without it 20 seconds and a burst.
    private static var minutes: Double {
        ProcessInfo.processInfo.environment["PAIDAN_TEST_MINUTES"].flatMap { Double($0) } ?? 0
    }

    /// A leak of a kilobyte a ticket shows in the long form only; what is kept for each ticket, request or message as a
    /// descriptor, thread, session, channel or row version shows in the short one.
    @Test func `idle after a burst, it holds no more than before and does next to nothing`() async throws {
        // What is made once and kept, such as pools, is there from now on.
        try await burst()
        try await quiet()
        let before = try await Figures.read(bench)
        print("faults: idle before: \(before)")
        try await burst()
        try await quiet()
        let after = try await Figures.read(bench)
        print("faults: idle after: \(after)")

        let start = try Figures.processorTime(stack)
        let began = ContinuousClock.now
        try await Task.sleep(for: .seconds(max(20, Self.minutes * 60)))
        let seconds = (ContinuousClock.now - began) / .seconds(1)
        for (service, time) in try Figures.processorTime(stack) {
            let share = (time - start[service, default: 0]) / seconds
            print("faults: idle: \(service) uses \((share * 100).formatted(.number.precision(.fractionLength(1)))) %")
            // Debug programs that look at their tables every second.
            #expect(share < 0.03, "\(service) is busy with nothing")
        }
        var end = try await Figures.read(bench)
        // Clients keep unused connections with providers open for a minute.
        for _ in 0..<60 where !end.grown(from: before).isEmpty {
            try await Task.sleep(for: .seconds(1))
            end = try await Figures.read(bench)
        }
        print("faults: idle end: \(end)")
        #expect(end.grown(from: before) == [])
        try await vacuumed()
        try await bench.judge("idle")
    }

    private func burst() async throws {
        let seconds = Self.minutes * 10 / 2
        try await bench.load(150) { try await Task.sleep(for: .seconds(seconds)) }
    }

    /// Everything that was begun is done, and what is closed when unused has been.
    private func quiet() async throws {
        try await bench.judge("drained")
        try await Task.sleep(for: .seconds(5))
    }

    /// Row versions that nobody needs any more can be removed: no session holds on to an old snapshot.
    private func vacuumed() async throws {
        let open = try await stack.rows(
            """
            select usename, state, xact_start from pg_stat_activity
            where backend_type = 'client backend' and pid <> pg_backend_pid() and now() - xact_start > interval '5 s'
            """)
        #expect(open == [])
        _ = try await stack.rows("vacuum")
        let kept = try await eventually("the row versions to be counted again", within: 30) {
            let rows = try await stack.rows(
                """
                select relid::regclass, n_dead_tup from pg_stat_user_tables
                where n_dead_tup > greatest(20, n_live_tup / 20) order by 2 desc
                """)
            return rows.isEmpty ? rows : nil
        }
        #expect(kept == [])
    }
}
