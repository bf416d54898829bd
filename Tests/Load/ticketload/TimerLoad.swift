import Foundation
import Logging
import Messaging
import Postgres
import Synchronization

/// Lets timers fall due beside those that are pending already, and measures how late each is handled and committed.
///
/// The schema `bench` has the messaging tables; what pends there for later is the script's.
struct TimerLoad {
    /// Falling due in each second.
    let rate: Int
    let seconds: Int

    private static let kind = "bench"

    func lateness() async throws -> (p50: Double, p99: Double) {
        let pool = PostgresPool(
            try Places.database(schema: "bench"), name: "load", size: 4, logger: Logger(label: "load"))
        let total = rate * seconds
        let late = Recorder()
        let timers = Timers(
            schema: "bench", service: "bench", pool: pool, outbox: Outbox(schema: "bench", relay: nil),
            logger: Logger(label: "load"),
            handlers: [
                Self.kind: { due, work in
                    work.transaction.afterCommit {
                        let now = Date()
                        late.add(due.map { now.timeIntervalSince($0.dueAt) })
                    }
                }
            ])
        return try await with(pool) {
            try await pool.query(
                """
                insert into bench.timer (kind, subject_id, generation, due_at, wake_at)
                select \(Self.kind)::text, gen_random_uuid(), 1, due, due
                from (
                    select statement_timestamp() + interval '8 seconds' + n * interval '1 second' / \(rate)::bigint as due
                    from generate_series(1, \(total)::bigint) as n
                ) as falling
                """)
            return try await with(timers) {
                let end = ContinuousClock.now + .seconds(seconds + 40)
                while late.count < total {
                    guard ContinuousClock.now < end else {
                        throw Misuse(what: "only \(late.count) of \(total) fell due")
                    }
                    try await Task.sleep(for: .milliseconds(50))
                }
                let sorted = late.sorted
                return (sorted[total / 2], sorted[total * 99 / 100])
            }
        }
    }

    private final class Recorder: Sendable {
        private let seconds = Mutex<[Double]>([])

        func add(_ more: [Double]) { seconds.withLock { $0 += more } }
        var count: Int { seconds.withLock(\.count) }
        var sorted: [Double] { seconds.withLock { $0.sorted() } }
    }
}
