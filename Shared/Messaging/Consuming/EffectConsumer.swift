public import AMQP
public import Contracts
import Foundation
public import Logging
public import Postgres
public import ServiceLifecycle
import Tracing

/// Works a queue whose messages cause something outside the database: the handler manages its own transactions; a
/// delivery is acknowledged when the handler returns. `concurrency` messages at once.
///
/// A message may be handled twice (after a crash); the handler finds out in its own tables. What it throws decides as in
/// ``Consumer``, except that nothing is repeated at once: set aside, or dead. On graceful shutdown it takes nothing more,
/// finishes what it has received and returns.
public final class EffectConsumer<Body: Message>: Service, Redelivering {
    public let queue: String
    private let concurrency: Int
    private let pool: PostgresPool
    private let broker: BrokerClient
    private let logger: Logger
    private let store: ConsumerStore
    private let work: MessageWork
    private let sorter: Sorter
    private let handle: @Sendable (Incoming<Body>) async throws -> Void
    private let stop = StopFlag()
    /// A handler that takes longer than this may find its message in the hands of another.
    private static var lease: Duration { .seconds(600) }

    public init(
        queue: String, service: String, schema: String, concurrency: Int, pool: PostgresPool, broker: BrokerClient,
        outbox: Outbox, logger: Logger, handle: @escaping @Sendable (Incoming<Body>) async throws -> Void
    ) {
        self.queue = queue
        self.concurrency = max(1, concurrency)
        self.pool = pool
        self.broker = broker
        self.logger = logger
        self.handle = handle
        store = ConsumerStore(schema: schema, consumer: queue)
        sorter = Sorter(queue: queue, routes: [.on(Body.self, batch: { _, _ in })])
        work = MessageWork(
            handler: BatchHandler(service: service, sorter: sorter, store: store, outbox: outbox), pool: pool,
            logger: logger, metrics: ConsumerMetrics(queue: queue), stop: stop)
    }

    public func run() async throws {
        let subscription = Subscription(queue, prefetch: concurrency * 2, broker, logger: logger)
        let places = Places(concurrency)
        try await withGracefulShutdownHandler {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    await self.stop.wait()
                    await subscription.stop()
                }
                // Such work is little else than waiting for the database's answers and the provider's.
                group.addTask(executorPreference: self.pool.executor) {
                    try await withThrowingDiscardingTaskGroup { workers in
                        while true {
                            await places.take()
                            guard let received = try await subscription.nextBatch(upTo: 1)?.first else { return }
                            workers.addTask {
                                defer { places.giveBack() }
                                #if DEBUG
                                    if RemovedGuard.ack.isRemoved { subscription.acknowledge([received.tag]) }
                                #endif
                                if await self.settle(self.sorter.sort(Parcel(received), now: Date())) {
                                    #if DEBUG
                                        Failpoint.effectDone.hit()
                                        if RemovedGuard.ack.isRemoved { return }
                                    #endif
                                    subscription.acknowledge([received.tag])
                                }
                            }
                        }
                    }
                    self.stop.set()
                }
                try await group.waitForAll()
            }
        } onGracefulShutdown: {
            self.stop.set()
        }
    }

    /// False when the message must stay with the broker.
    private func settle(_ arrival: Arrival) async -> Bool {
        do {
            guard case .handle(_, let item) = arrival.plan else {
                try await work.settle([arrival])
                return true
            }
            do {
                let started = ContinuousClock.now
                try await traced(arrival.envelope) { try await self.handle(item as! Incoming<Body>) }
                work.metrics.took(.now - started, count: 1)
                work.metrics.count(.handled)
            } catch let error as PostgresError where error.meansDatabaseDown && !stop.isSet {
                // Nothing is known of what the handler did; it decides when the database is back.
                await stop.pause(.seconds(1))
                return await settle(arrival)
            } catch {
                if stop.isSet, error is CancellationError { return false }
                try await work.putAway(arrival, error)
                return true
            }
            if arrival.deferred != nil { try await pool.query(store.forget([arrival.envelope.id])) }
            return true
        } catch {
            logger.warning(
                "A message could not be settled; the broker delivers it again",
                metadata: ["queue": "\(queue)", "message.id": "\(arrival.envelope.id.lowercase)", "error": "\(error)"])
            return false
        }
    }

    private func traced(_ envelope: Envelope, _ body: () async throws -> Void) async throws {
        guard !(InstrumentationSystem.tracer is NoOpTracer) else { return try await body() }
        try await withSpan(
            "handle \(envelope.type)", context: TraceCarrier.context(of: envelope.traceparent), ofKind: .consumer
        ) {
            $0.attributes["messaging.system"] = "rabbitmq"
            $0.attributes["messaging.destination.name"] = queue
            $0.attributes["messaging.message.id"] = envelope.id.lowercase
            try await body()
        }
    }

    public func redeliver(limit: Int) async throws -> Int {
        try await redeliver(pool.query(store.claim(limit: min(limit, concurrency), lease: Self.lease)))
    }

    public func redeliverSuspect() async throws -> Int {
        try await redeliver(pool.query(store.claimSuspect(lease: Self.lease)))
    }

    private func redeliver(_ rows: QueryResult) async throws -> Int {
        let now = Date()
        let arrivals = try rows.map { row in
            let (parcel, state) = try store.parcel(row)
            return sorter.sort(parcel, deferred: state, now: now)
        }
        let unsettled = await withTaskGroup(of: UUID?.self) { group in
            for arrival in arrivals {
                group.addTask { await self.settle(arrival) ? nil : arrival.envelope.id }
            }
            return await group.reduce(into: [UUID]()) { ids, id in if let id { ids.append(id) } }
        }
        if !unsettled.isEmpty { try await pool.query(store.giveBack(unsettled)) }
        return arrivals.count - unsettled.count
    }
}
