public import AMQP
public import Logging
import Metrics
public import Postgres
public import ServiceLifecycle
import Synchronization

/// Publishes outbox rows in id order; one active relay per schema (session advisory lock, polled with the try form).
/// A row is deleted, and kept three days in outbox_sent, when the broker has confirmed it.
///
/// Two batches may be on their way at once, so that neither the database nor the broker waits for the other. The broker
/// promises no order, and consumers need none: they go by version. What is in doubt is published again under the same id.
public final class OutboxRelay: Service, Sendable {
    private struct Watch {
        var isStopping = false
        var settled: [(rows: [OutboxRow], outcomes: [PublishOutcome])] = []
        var oldest: (age: Duration, seenAt: ContinuousClock.Instant)?
    }

    private static let batchLimit = 200
    private static let batchesInFlight = 2
    private static let shortestPoll = Duration.milliseconds(50)
    private static let longestPoll = Duration.seconds(1)
    /// A batch's answers are waited for this long; then its rows are in doubt.
    private static let confirmTimeout = Duration.seconds(5)

    private let store: RelayStore
    private let pool: PostgresPool
    private let broker: BrokerClient
    private let logger: Logger
    private let signal = Signal()
    private let watch = Mutex(Watch())
    private let metrics = OutboxMetrics()

    public init(schema: String, pool: PostgresPool, broker: BrokerClient, logger: Logger) {
        store = RelayStore(schema: schema)
        self.pool = pool
        self.broker = broker
        self.logger = logger
    }

    /// Says that there is something new; returns at once.
    public func wake() { signal.raise() }

    /// Age of the oldest unsent row as of the last look (at most a second or two ago), grown by the time since then;
    /// zero when there was none. Admission control answers 503 above a limit.
    public var oldestAge: Duration {
        watch.withLock { $0.oldest.map { $0.age + (.now - $0.seenAt) } ?? .zero }
    }

    public func run() async throws {
        await withGracefulShutdownHandler {
            while !isStopping, !Task.isCancelled {
                do {
                    try await pool.session { session in
                        if try await store.tryLock(session) {
                            logger.info("Relay leads", metadata: ["schema": "\(store.schema)"])
                            try await lead(session)
                            try await store.unlock(session)
                        } else {
                            note(try await session.query(store.look))
                        }
                    }
                } catch {
                    logger.warning(
                        "Relay lost its database session; it tries again every second. Check the database if this stays",
                        metadata: ["error": "\(error)", "schema": "\(store.schema)"])
                }
                if !isStopping { await signal.wait(upTo: Self.longestPoll) }
            }
        } onGracefulShutdown: {
            self.watch.withLock { $0.isStopping = true }
            self.signal.raise()
        }
    }

    private var isStopping: Bool { watch.withLock(\.isStopping) }

    /// Publishes until told to stop, then settles what is in flight and returns.
    private func lead(_ session: Session) async throws {
        // Of a former session: its rows are published again.
        watch.withLock { $0.settled = [] }
        try await withThrowingTaskGroup(of: Void.self) { group in
            var flights = Flights()
            var poll = Self.shortestPoll
            var nextLook = ContinuousClock.now
            while true {
                let settled = watch.withLock { state in
                    defer { state.settled = [] }
                    return state.settled
                }
                if Task.isCancelled || (isStopping && flights.count == 0 && settled.isEmpty) { return }
                var statements = settlement(of: settled, in: &flights)
                let isLooking = ContinuousClock.now >= nextLook
                if isLooking {
                    statements.append(store.look)
                    nextLook = .now + Self.longestPoll
                }
                let isFetching = flights.count < Self.batchesInFlight && !isStopping && flights.mayPublish
                if isFetching {
                    statements.append(store.next(limit: Self.batchLimit, except: Array(flights.rows)))
                }
                var fetched: [OutboxRow] = []
                #if DEBUG
                    if !settled.isEmpty { Failpoint.relayConfirmed.hit() }
                #endif
                if !statements.isEmpty {
                    let results = try await session.pipeline(statements)
                    if isFetching { fetched = try results[results.count - 1].map(store.row) }
                    if isLooking { note(results[results.count - (isFetching ? 2 : 1)]) }
                }
                if !fetched.isEmpty {
                    let rows = fetched
                    flights.start(rows)
                    group.addTask { await self.publish(rows) }
                }
                let isFull = fetched.count == Self.batchLimit && flights.count < Self.batchesInFlight
                poll = fetched.isEmpty && settled.isEmpty ? min(poll * 2, Self.longestPoll) : Self.shortestPoll
                if !isFull { await signal.wait(upTo: poll) }
            }
        }
    }

    private func publish(_ rows: [OutboxRow]) async {
        let started = ContinuousClock.now
        let isReady = await broker.status.isPublisherReady
        let outcomes =
            isReady ? await answers(to: rows) : rows.map { _ in .unknown("no connection") }
        metrics.confirmTime.record(duration: .now - started)
        watch.withLock { $0.settled.append((rows, outcomes)) }
        signal.raise()
    }

    private func answers(to rows: [OutboxRow]) async -> [PublishOutcome] {
        #if DEBUG
            if RemovedGuard.confirm.isRemoved {
                Task { _ = await broker.publish(rows.map(\.publication), timeout: Self.confirmTimeout) }
                return rows.map { _ in .confirmed }
            }
            if Failpoint.relayPublished.isArmed {
                async let answers = broker.publish(rows.map(\.publication), timeout: Self.confirmTimeout)
                // Frames leave sooner than this, and a broker's disk takes longer. It may be too late: then it is one more
                // moment before the delete.
                try? await Task.sleep(for: .milliseconds(1))
                Failpoint.relayPublished.hit()
                return await answers
            }
        #endif
        return await broker.publish(rows.map(\.publication), timeout: Self.confirmTimeout)
    }

    /// The statements that write down what the broker said.
    private func settlement(
        of settled: [(rows: [OutboxRow], outcomes: [PublishOutcome])], in flights: inout Flights
    ) -> [SQL] {
        var verdicts = RelayVerdicts()
        for (rows, outcomes) in settled {
            flights.end(rows)
            for (row, outcome) in zip(rows, outcomes) { verdicts.add(row, outcome, share: .random(in: 0..<1)) }
        }
        if verdicts.inDoubt > 0 {
            flights.pause()
            logger.warning(
                "Broker did not answer for messages; they are published again under the same ids",
                metadata: ["count": "\(verdicts.inDoubt)", "error": "\(verdicts.doubt)"])
        } else if !settled.isEmpty {
            flights.resume()
        }
        for (row, failure) in verdicts.failures {
            logger.error(
                "Broker did not take a message; it stays in the outbox and is tried again. Compare bindings and queue lengths with the topology (paidan topology check)",
                metadata: [
                    "message.id": "\(row.messageID)", "message.type": "\(row.type)", "attempt": "\(row.attempts + 1)",
                    "exchange": "\(row.publication.exchange)", "key": "\(row.publication.routingKey)",
                    "error": "\(failure.error)",
                ])
        }
        if !verdicts.dropped.isEmpty {
            logger.warning(
                "Answers were dropped: the adapter has no reply queue, or it is full",
                metadata: ["count": "\(verdicts.dropped.count)"])
        }
        metrics.count(verdicts)
        var statements: [SQL] = []
        if !verdicts.confirmed.isEmpty { statements.append(store.confirm(verdicts.confirmed)) }
        if !verdicts.failures.isEmpty { statements.append(store.fail(verdicts.failures.map(\.failure))) }
        if !verdicts.dropped.isEmpty { statements.append(store.drop(verdicts.dropped)) }
        return statements
    }

    private func note(_ look: QueryResult) {
        // A look that cannot be read leaves the former one, which only grows older.
        guard let row = look.first, let (unsent, age) = try? row.decode(Int64.self, Double.self) else { return }
        watch.withLock { $0.oldest = unsent == 0 ? nil : (.seconds(max(0, age)), .now) }
        metrics.unsent.record(unsent)
        metrics.oldestAge.record(age)
    }
}

/// What the relay has published and has no answer for yet.
private struct Flights {
    private(set) var rows: Set<Int64> = []
    private(set) var count = 0
    private var pausedUntil: ContinuousClock.Instant?
    private var pauses = 0

    var mayPublish: Bool { pausedUntil.map { ContinuousClock.now >= $0 } ?? true }

    mutating func start(_ batch: [OutboxRow]) {
        count += 1
        rows.formUnion(batch.map(\.id))
    }

    mutating func end(_ batch: [OutboxRow]) {
        count -= 1
        rows.subtract(batch.map(\.id))
    }

    /// After an answer that did not come: 100 ms, doubling to 2 s.
    mutating func pause() {
        pauses = min(pauses + 1, 6)
        pausedUntil = .now + min(.milliseconds(50 << pauses), .seconds(2))
    }

    mutating func resume() {
        pauses = 0
        pausedUntil = nil
    }
}
