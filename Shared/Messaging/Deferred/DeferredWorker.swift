import Foundation
public import Logging
import Metrics
public import Postgres
public import ServiceLifecycle

/// Hands parked messages to their consumers again when their time has come (a gap that closes is drained by whoever
/// closes it), and trims inbox, outbox_sent and timers.
public final class DeferredWorker: Service, Sendable {
    private static let poll = Duration.seconds(1)
    private static let limit = 64
    private static let gaugeEvery = Duration.seconds(10)
    private static let trimEvery = Duration.seconds(300)

    private let consumers: [String: any Redelivering]
    private let store: DeferredStore
    private let pool: PostgresPool
    private let logger: Logger
    private let stop = StopFlag()

    public init(consumers: [any Redelivering], schema: String, pool: PostgresPool, logger: Logger) {
        self.consumers = Dictionary(consumers.map { ($0.queue, $0) }, uniquingKeysWith: { first, _ in first })
        store = DeferredStore(schema: schema)
        self.pool = pool
        self.logger = logger
    }

    public func run() async throws {
        await withGracefulShutdownHandler {
            var nextGauge = ContinuousClock.now
            var queues = Set(consumers.keys)
            var told: Set<Gap> = []
            var nextTrim = ContinuousClock.now + .seconds(.random(in: 1...30))
            while !stop.isSet, !Task.isCancelled {
                do {
                    while try await round() > 0, !stop.isSet {}
                    if ContinuousClock.now >= nextGauge {
                        nextGauge = .now + Self.gaugeEvery
                        try await measure(&queues)
                        try await tellGaps(&told)
                    }
                    if ContinuousClock.now >= nextTrim {
                        nextTrim = .now + Self.trimEvery
                        try await trim()
                    }
                } catch {
                    logger.warning(
                        "Parked messages cannot be looked at just now; tried again in a second. Check the database if this stays",
                        metadata: ["error": "\(error)"])
                }
                await stop.pause(Self.poll)
            }
        } onGracefulShutdown: {
            self.stop.set()
        }
    }

    /// - Returns: how many messages were settled.
    private func round() async throws -> Int {
        let due = try await pool.query(store.due(Array(consumers.keys))).map { try $0.value("name", as: String.self) }
        let owners = due.compactMap { consumers[$0] }
        var settled = try await withThrowingTaskGroup(of: Int.self) { group in
            for owner in owners { group.addTask { try await owner.redeliver(limit: Self.limit) } }
            return try await group.reduce(0, +)
        }
        // Each alone: whatever is handled beside a message that ends the process would look guilty, too.
        for owner in owners { settled += try await owner.redeliverSuspect() }
        return settled
    }

    private struct Gap: Hashable {
        let queue: String
        let aggregate: UUID
        let missing: Int64
    }

    /// - Parameter told: gaps that were named before and are still there.
    private func tellGaps(_ told: inout Set<Gap>) async throws {
        var found: Set<Gap> = []
        for row in try await pool.query(store.gaps(Array(consumers.keys))) {
            let (queue, aggregate, message, missing) = try row.decode(String.self, UUID.self, UUID.self, Int64.self)
            let gap = Gap(queue: queue, aggregate: aggregate, missing: missing)
            found.insert(gap)
            guard !told.contains(gap) else { continue }
            logger.warning(
                """
                A message waits for an earlier version of its aggregate. If this stays: see paidan dead list for that \
                version, or bring it back by paidan outbox resend
                """,
                metadata: [
                    "queue": "\(queue)", "message.id": "\(message.lowercase)",
                    "aggregate.id": "\(aggregate.lowercase)", "missing": "\(missing)",
                ])
        }
        told = found
    }

    /// What waits and for how long. A gauge that was shown once goes back to zero.
    ///
    /// - Parameter queues: those that were ever shown.
    func measure(_ queues: inout Set<String>) async throws {
        let results = try await pool.pipeline([store.counts, store.openLetters, store.overdueTimers])
        var parked: [String: Waiting] = [:]
        for row in results[0] {
            let (queue, _, count, age) = try row.decode(String.self, String.self, Int.self, Double.self)
            parked[queue, default: Waiting()].add(count, age)
        }
        var dead: [String: Waiting] = [:]
        for row in results[1] {
            let (queue, count, age) = try row.decode(String.self, Int.self, Double.self)
            dead[queue, default: Waiting()].add(count, age)
        }
        queues.formUnion(dead.keys)
        for queue in queues {
            parked[queue, default: Waiting()].show(
                "paidan_deferred_messages", "paidan_deferred_oldest_age_seconds", [("queue", queue)])
            dead[queue, default: Waiting()].show(
                "paidan_dead_letters_open", "paidan_dead_letters_oldest_age_seconds", [("queue", queue)])
        }
        for row in results[2] {
            let (count, age) = try row.decode(Int.self, Double.self)
            var timers = Waiting()
            timers.add(count, age)
            timers.show("paidan_timers_overdue", "paidan_timers_oldest_overdue_seconds", [])
        }
    }

    /// How many wait, and for how many seconds the oldest.
    private struct Waiting {
        private var count = 0
        private var age = 0.0

        mutating func add(_ count: Int, _ age: Double) {
            self.count += count
            self.age = max(self.age, age)
        }

        func show(_ counted: String, _ aged: String, _ dimensions: [(String, String)]) {
            Gauge(label: counted, dimensions: dimensions).record(count)
            Gauge(label: aged, dimensions: dimensions).record(age)
        }
    }

    private func trim() async throws {
        for statement in store.trim {
            while try await pool.query(statement).affected == DeferredStore.trimLimit, !stop.isSet {}
        }
    }
}
