public import AMQP
import Contracts
import Foundation
public import Logging
public import Postgres
public import ServiceLifecycle

/// Consumes one queue in micro-batches: one transaction, one acknowledgement. Types of the catalogue without a route
/// are acknowledged and dropped; unknown types and unreadable bodies go to the dead letters.
///
/// On graceful shutdown it takes nothing more, handles what it has already received, acknowledges it and returns: no
/// message is delivered twice because of a stop. While the database is away it keeps what it has and waits.
public final class Consumer: Service, Redelivering {
    public let queue: String
    private let pool: PostgresPool
    private let broker: BrokerClient
    private let batch: Int
    private let pace: Duration
    private let logger: Logger
    private let sorter: Sorter
    private let store: ConsumerStore
    private let work: MessageWork
    private let stop = StopFlag()
    /// A batch that is soon computed.
    private static let few = 8

    /// - Parameter pace: from the begin of a batch that was not full to the begin of the next; so that what comes in the
    ///   meantime shares a transaction. For those whose work nobody waits for.
    public init(
        queue: String, service: String, schema: String, routes: [Route], pool: PostgresPool, broker: BrokerClient,
        outbox: Outbox, batch: Int = 64, pace: Duration = .zero, logger: Logger
    ) {
        self.queue = queue
        self.pool = pool
        self.broker = broker
        self.batch = batch
        self.pace = pace
        self.logger = logger
        sorter = Sorter(queue: queue, routes: routes)
        store = ConsumerStore(schema: schema, consumer: queue)
        work = MessageWork(
            handler: BatchHandler(service: service, sorter: sorter, store: store, outbox: outbox), pool: pool,
            logger: logger, metrics: ConsumerMetrics(queue: queue), stop: stop)
    }

    public func run() async throws {
        let subscription = Subscription(queue, prefetch: batch * 4, broker, logger: logger)
        try await withGracefulShutdownHandler {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    await self.stop.wait()
                    await subscription.stop()
                }
                defer { group.cancelAll() }
                let gathering = Gathering(pace: sorter.routes.lazy.compactMap(\.pace).min() ?? .zero, limit: batch)
                async let gathered: Void = work(subscription) { await gathering.next() }
                try await work(subscription) {
                    guard let received = try await subscription.nextBatch(upTo: self.batch) else { return nil }
                    gathering.add(received.filter(self.sorter.isGathered))
                    return received.filter { !self.sorter.isGathered($0) }
                }
                gathering.end()
                try await gathered
            }
        } onGracefulShutdown: {
            self.stop.set()
        }
    }

    /// Handles what `next` gives, batch by batch, until it gives nil; the consumer stops then.
    private func work(
        _ subscription: Subscription, _ next: @Sendable () async throws -> [ReceivedMessage]?
    ) async throws {
        defer { stop.set() }
        // A few messages are soon read: they are handled where the database's answers come.
        try await withTaskExecutorPreference(pool.executor) {
            while let received = try await next() {
                if received.isEmpty { continue }
                let started = ContinuousClock.now
                do {
                    try await withTaskExecutorPreference(received.count > Self.few ? globalConcurrentExecutor : nil) {
                        try await handle(received, subscription)
                    }
                } catch is MessageWork.Stopped {
                    logger.info(
                        "Stopped while messages were in work; the broker keeps them",
                        metadata: ["queue": "\(queue)", "count": "\(received.count)"])
                    return
                }
                let rest = pace - (.now - started)
                if rest > .zero, received.count < batch { await stop.pause(rest) }
            }
        }
    }

    /// Suspects are out of the queue before anybody looks into the others: whatever ends the process now, and again, does
    /// not give them back.
    private func handle(_ received: [ReceivedMessage], _ subscription: Subscription) async throws {
        let suspects = received.filter(Suspicion.isSuspect)
        if suspects.isEmpty || suspects.count == received.count { return try await take(received, subscription) }
        try await take(suspects, subscription)
        try await take(received.filter { !Suspicion.isSuspect($0) }, subscription)
    }

    private func take(_ received: [ReceivedMessage], _ subscription: Subscription) async throws {
        let now = Date()
        #if DEBUG
            if RemovedGuard.ack.isRemoved { subscription.acknowledge(received.map(\.tag)) }
        #endif
        try await settle(received.map { sorter.sort(Parcel($0), now: now) })
        #if DEBUG
            Failpoint.consumerCommitted.hit()
            if RemovedGuard.ack.isRemoved { return }
        #endif
        subscription.acknowledge(received.map(\.tag))
    }

    private func settle(_ arrivals: [Arrival]) async throws {
        let isIdle = arrivals.allSatisfy { arrival in
            if case .ignore(counts: false) = arrival.plan { arrival.deferred == nil } else { false }
        }
        if isIdle {
            work.metrics.count(.ignored, arrivals.count)
        } else {
            try await work.settle(arrivals)
        }
    }

    public func redeliver(limit: Int) async throws -> Int {
        try await redeliver(pool.query(store.claim(limit: limit, lease: Self.lease)))
    }

    public func redeliverSuspect() async throws -> Int {
        try await redeliver(pool.query(store.claimSuspect(lease: Self.lease)))
    }

    private static let lease = Duration.seconds(60)

    private func redeliver(_ rows: QueryResult) async throws -> Int {
        let now = Date()
        let arrivals = try rows.map { row in
            let (parcel, state) = try store.parcel(row)
            return sorter.sort(parcel, deferred: state, now: now)
        }
        guard !arrivals.isEmpty else { return 0 }
        do {
            // Versions of one aggregate in their order, so that one round lets all of them through.
            try await settle(
                arrivals.sorted { ($0.envelope.aggregate?.version ?? 0) < ($1.envelope.aggregate?.version ?? 0) })
        } catch let stopped as MessageWork.Stopped {
            try await pool.query(store.giveBack(arrivals.map(\.envelope.id)))
            throw stopped
        }
        return arrivals.count
    }
}

/// Something whose deferred messages can be handed to it again.
public protocol Redelivering: Sendable {
    var queue: String { get }
    /// - Returns: how many were due and are settled.
    func redeliver(limit: Int) async throws -> Int
    /// One that may have ended a process, while nothing else that was deferred is handled here.
    ///
    /// - Returns: 1 when there was one and it is settled.
    func redeliverSuspect() async throws -> Int
}
