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
            var nextTrim = ContinuousClock.now + .seconds(.random(in: 1...30))
            while !stop.isSet, !Task.isCancelled {
                do {
                    while try await round() > 0, !stop.isSet {}
                    if ContinuousClock.now >= nextGauge {
                        nextGauge = .now + Self.gaugeEvery
                        try await measure()
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
        return try await withThrowingTaskGroup(of: Int.self) { group in
            for name in due {
                if let consumer = consumers[name] { group.addTask { try await consumer.redeliver(limit: Self.limit) } }
            }
            return try await group.reduce(0, +)
        }
    }

    private func measure() async throws {
        var oldest: [String: (count: Int, age: Double)] = [:]
        for row in try await pool.query(store.counts) {
            let (consumer, _, count, age) = try row.decode(String.self, String.self, Int.self, Double.self)
            let former = oldest[consumer, default: (0, 0)]
            oldest[consumer] = (former.count + count, max(former.age, age))
        }
        for name in consumers.keys {
            let (count, age) = oldest[name, default: (0, 0)]
            Gauge(label: "paidan_deferred_messages", dimensions: [("queue", name)]).record(count)
            Gauge(label: "paidan_deferred_oldest_age_seconds", dimensions: [("queue", name)]).record(age)
        }
    }

    private func trim() async throws {
        for statement in store.trim {
            while try await pool.query(statement).affected == DeferredStore.trimLimit, !stop.isSet {}
        }
    }
}
