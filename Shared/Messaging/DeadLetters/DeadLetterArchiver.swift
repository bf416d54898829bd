public import AMQP
import Contracts
import Foundation
import Kernel
public import Logging
import Metrics
public import Postgres
public import ServiceLifecycle

/// Moves dead letters of the service's queues from `<queue>.dead` into the archive table.
///
/// A dead letter that comes twice is kept once, as long as it is open. On graceful shutdown it archives what it has
/// received and returns.
public final class DeadLetterArchiver: Service, Sendable {
    private static let batch = 64

    private let queues: [String]
    private let store: DeadLetterStore
    private let pool: PostgresPool
    private let broker: BrokerClient
    private let logger: Logger
    private let stop = StopFlag()

    public init(
        queues: [String], service: String, schema: String, pool: PostgresPool, broker: BrokerClient, logger: Logger
    ) {
        self.queues = queues
        store = DeadLetterStore(schema: schema)
        self.pool = pool
        self.broker = broker
        self.logger = logger
    }

    public func run() async throws {
        try await withGracefulShutdownHandler {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for queue in queues { group.addTask { try await self.archive(queue) } }
                try await group.waitForAll()
            }
        } onGracefulShutdown: {
            self.stop.set()
        }
    }

    private func archive(_ queue: String) async throws {
        let subscription = Subscription(Topology.deadQueue(of: queue), prefetch: Self.batch * 2, broker, logger: logger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                await self.stop.wait()
                await subscription.stop()
            }
            defer { group.cancelAll() }
            while let received = try await subscription.nextBatch(upTo: Self.batch) {
                let letters = received.map { DeadLetterReading.read(Parcel($0), queue: queue, now: Date()) }
                guard await keep(letters, queue: queue) else { return }
                subscription.acknowledge(received.map(\.tag))
            }
        }
    }

    /// False when told to stop before it succeeded.
    private func keep(_ letters: [DeadLetterReading], queue: String) async -> Bool {
        var failures = 0
        while true {
            do {
                try await pool.query(store.archive(letters))
                for (reason, group) in Dictionary(grouping: letters, by: \.reasonLabel) {
                    Counter(label: "paidan_dead_letters_total", dimensions: [("queue", queue), ("reason", reason)])
                        .increment(by: group.count)
                }
                return true
            } catch {
                failures += 1
                if failures == 1 {
                    logger.error(
                        "Dead letters cannot be archived; they stay in the queue. Check the database",
                        metadata: ["queue": "\(queue)", "error": "\(error)"])
                }
                let backoff = Backoff(base: .milliseconds(200), cap: .seconds(10))
                await stop.pause(max(.milliseconds(50), backoff.wait(failures: failures, share: .random(in: 0..<1))))
                if stop.isSet || Task.isCancelled { return false }
            }
        }
    }
}
