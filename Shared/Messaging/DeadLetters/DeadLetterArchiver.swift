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

    /// What the broker gave up because it came back too often is tried once more, alone: a line that broke again and
    /// again, or a neighbour that ended the process, was to blame more often than the message.
    private func archive(_ letters: [DeadLetterReading], queue: String) async throws {
        let again = try await pool.transaction { transaction in
            let suspects = try await transaction.query(store.archive(letters)).compactMap { row in
                let (id, isSuspect) = try row.decode(Int64.self, Bool.self)
                return isSuspect ? id : nil
            }
            guard !suspects.isEmpty else { return 0 }
            let taken = try await transaction.query(store.takeForReplay(suspects)).map(store.replayed)
            if !taken.isEmpty { try await transaction.query(store.deliverAgain(taken)) }
            return taken.count
        }
        guard again > 0 else { return }
        logger.warning(
            "Messages came back to the broker too often and are tried once more, each alone",
            metadata: ["queue": "\(queue)", "count": "\(again)"])
    }

    /// False when told to stop before it succeeded.
    private func keep(_ letters: [DeadLetterReading], queue: String) async -> Bool {
        var failures = 0
        while true {
            do {
                try await archive(letters, queue: queue)
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
