public import AMQP
public import Logging
import Metrics
public import Postgres
public import ServiceLifecycle
import Synchronization

/// Publishes outbox rows, oldest first; one active relay per schema (session advisory lock, polled with the try form).
/// A row is deleted, and kept three days in outbox_sent, when the broker has confirmed it.
///
/// What its own process commits is handed over and published at once, without being read back; the table is read for
/// what others have written, what is left from before, and what could not be handed over. The broker promises no order,
/// and consumers need none: they go by version. What is in doubt is published again under the same id.
public final class OutboxRelay: Service, Sendable {
    private struct Watch {
        var isStopping = false
        /// Times in a row that there was no session to be had.
        var failures = 0
        var flights = Flights()
        var oldest: (age: Duration, seenAt: ContinuousClock.Instant)?
    }

    private static let batchLimit = 200
    private static let shortestPoll = Duration.milliseconds(50)
    /// What another instance of the service has committed waits no longer than this.
    private static let longestPoll = Duration.milliseconds(200)
    /// Between two looks at the age of what is unsent, and between two tries to lead.
    private static let lookInterval = Duration.seconds(1)
    /// A batch's answers are waited for this long; then its rows are in doubt.
    private static let confirmTimeout = Duration.seconds(5)

    private let store: RelayStore
    private let pool: PostgresPool
    private let broker: BrokerClient
    private let logger: Logger
    private let signal = Signal()
    private let stop = StopFlag()
    private let watch = Mutex(Watch())
    private let metrics = OutboxMetrics()

    public init(schema: String, pool: PostgresPool, broker: BrokerClient, logger: Logger) {
        store = RelayStore(schema: schema)
        self.pool = pool
        self.broker = broker
        self.logger = logger
    }

    /// Says that there is something new; returns at once.
    public func wake() {
        watch.withLock { $0.flights.announce() }
        signal.raise()
    }

    /// Whether ``handOver(_:)`` would take rows now.
    var takesRows: Bool { watch.withLock { !$0.isStopping && $0.flights.takesRows } }

    /// Publishes committed rows at once if it leads and nothing older waits; otherwise they are found in the table.
    func handOver(_ rows: [OutboxRow]) {
        let (flying, term) = watch.withLock { state in
            (state.isStopping ? [] : state.flights.handOver(rows), state.flights.term)
        }
        guard !flying.isEmpty else { return signal.raise() }
        // Sent by this very thread, so that what is committed one after the other leaves in that order. The relay does
        // not end before it has landed.
        Task.immediate { await publish(flying, term: term, wasFetched: false) }
    }

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
                        let isLeader = try await store.tryLock(session)
                        if isLeader {
                            logger.info("Relay leads", metadata: ["schema": "\(store.schema)"])
                            try await lead(session)
                            try await store.unlock(session)
                        } else {
                            note(try await session.query(store.look))
                        }
                    }
                } catch {
                    logger.warning(
                        "Relay lost its database session; it tries again within a second. Check the database if this stays",
                        metadata: ["error": "\(error)", "schema": "\(store.schema)"])
                    // Whatever is committed meanwhile wakes a relay; it must not wake this one.
                    let failures = watch.withLock { state in
                        state.failures += 1
                        return state.failures
                    }
                    await stop.pause(min(Self.lookInterval, .milliseconds(125) * (1 << min(failures, 3))))
                    continue
                }
                if !isStopping { await signal.wait(upTo: Self.lookInterval) }
            }
        } onGracefulShutdown: {
            self.watch.withLock { $0.isStopping = true }
            self.stop.set()
            self.signal.raise()
        }
    }

    private var isStopping: Bool { watch.withLock(\.isStopping) }

    /// Publishes until told to stop, then settles what is in flight and returns.
    private func lead(_ session: Session) async throws {
        // A settlement that a crash undoes is made again: its rows are published once more, under the same ids.
        try await session.query("set synchronous_commit = off")
        let term = watch.withLock { state in
            state.flights.lead()
            return state.flights.term
        }
        defer { watch.withLock { $0.flights.resign() } }
        try await withThrowingDiscardingTaskGroup { group in
            var poll = Self.shortestPoll
            var nextPoll = ContinuousClock.now
            var nextLook = ContinuousClock.now
            while true {
                let now = ContinuousClock.now
                let turn = watch.withLock {
                    $0.flights.turn(now: now, isPoll: now >= nextPoll, isStopping: $0.isStopping)
                }
                if Task.isCancelled || turn.isOver { return }
                var statements = settlement(of: turn.landings)
                let isLooking = now >= nextLook
                if isLooking {
                    statements.append(store.look)
                    nextLook = now + Self.lookInterval
                }
                let isFetching = turn.fetchExcept != nil
                if let ids = turn.fetchExcept { statements.append(store.next(limit: Self.batchLimit, except: ids)) }
                #if DEBUG
                    if !turn.landings.isEmpty { Failpoint.relayConfirmed.hit() }
                #endif
                let results = statements.isEmpty ? [] : try await session.pipeline(statements)
                if isLooking { note(results[results.count - (isFetching ? 2 : 1)]) }
                let fetched = isFetching ? try results[results.count - 1].map(store.row) : []
                if isFetching {
                    poll = fetched.isEmpty ? min(poll * 2, Self.longestPoll) : Self.shortestPoll
                    nextPoll = .now + poll
                }
                let isAll =
                    fetched.count < Self.batchLimit
                    && fetched.reduce(0) { $0 + $1.publication.body.count } < RelayStore.batchBytes
                let (flying, nextTurn) = watch.withLock { state in
                    state.flights.settle(turn.landings)
                    let flying =
                        isFetching ? state.flights.fetched(fetched, isAll: isAll) : []
                    return (flying, state.flights.nextTurn(poll: nextPoll, now: .now, isStopping: state.isStopping))
                }
                // Sent by this very thread: what is handed over from now on comes after it.
                if !flying.isEmpty {
                    group.addImmediateTask { await self.publish(flying, term: term, wasFetched: true) }
                }
                let pause = min(nextLook, nextTurn ?? nextLook) - .now
                if pause > .zero { await signal.wait(upTo: pause) }
            }
        }
    }

    private func publish(_ rows: [OutboxRow], term: Int, wasFetched: Bool) async {
        let started = ContinuousClock.now
        let outcomes =
            broker.isPublisherReady ? await answers(to: rows) : rows.map { _ in .unknown("no connection") }
        let now = ContinuousClock.now
        metrics.confirmTime.record(duration: now - started)
        let isAwaited = watch.withLock { state in
            let isAwaited = state.flights.land(
                Flights.Landing(rows: rows, outcomes: outcomes), term: term, wasFetched: wasFetched, now: now)
            return isAwaited || state.isStopping
        }
        if isAwaited { signal.raise() }
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
    private func settlement(of landings: [Flights.Landing]) -> [SQL] {
        if landings.isEmpty { return [] }
        var verdicts = RelayVerdicts()
        for landing in landings {
            for (row, outcome) in zip(landing.rows, landing.outcomes) {
                verdicts.add(row, outcome, share: .random(in: 0..<1))
            }
        }
        let isInDoubt = verdicts.inDoubt > 0
        watch.withLock { isInDoubt ? $0.flights.pause(now: .now) : $0.flights.resume() }
        if isInDoubt {
            logger.warning(
                "Broker did not answer for messages; they are published again under the same ids",
                metadata: ["count": "\(verdicts.inDoubt)", "error": "\(verdicts.doubt)"])
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
        watch.withLock { state in
            state.oldest = unsent == 0 ? nil : (.seconds(max(0, age)), .now)
            state.failures = 0
        }
        metrics.unsent.record(unsent)
        metrics.oldestAge.record(age)
    }
}
