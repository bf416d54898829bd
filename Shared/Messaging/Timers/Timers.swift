public import Contracts
public import Foundation
public import Logging
import Metrics
public import Postgres
public import ServiceLifecycle

/// Fires due timers: claimed with SKIP LOCKED, handled in the claiming transaction, any number of instances.
///
/// Due is by the database's clock and its development offset. A timer whose handler fails is tried alone, then again
/// after 10 s, doubling to an hour, for ever: it is late, but never lost.
public final class Timers: Service, Sendable {
    public struct Due: Sendable {
        public let id: UUID
        public let kind: String
        public let subject: UUID
        public let generation: Int
        public let dueAt: Date

        /// For messages that the timer causes.
        public func cause(source: String) -> Envelope {
            Envelope(id: id, type: "timer.\(kind)", source: source, time: dueAt)
        }
    }

    public typealias Handler = @Sendable ([Due], UnitOfWork) async throws -> Void

    private static let limit = 100
    /// Timers due later than this from now are found in time without being told of.
    static let longestSleep = Duration.seconds(1)
    /// So that timers that fall due one after another are taken together.
    private static let shortestSleep = Duration.milliseconds(10)

    private let schema: String
    private let service: String
    private let pool: PostgresPool
    private let outbox: Outbox
    private let logger: Logger
    private let handlers: [String: Handler]
    private let store: TimerStore
    private let stop = StopFlag()
    private let lateness = Metrics.Timer(label: "paidan_timer_lateness_seconds")
    private let failed = Counter(label: "paidan_timer_failed_total")

    public init(
        schema: String, service: String, pool: PostgresPool, outbox: Outbox, logger: Logger,
        handlers: [String: @Sendable ([Due], UnitOfWork) async throws -> Void]
    ) {
        self.schema = schema
        self.service = service
        self.pool = pool
        self.outbox = outbox
        self.logger = logger
        self.handlers = handlers
        store = TimerStore(schema: schema)
    }

    public func run() async throws {
        await withGracefulShutdownHandler {
            while !stop.isSet, !Task.isCancelled {
                do {
                    while try await fireBatch() == Self.limit, !stop.isSet {}
                    try await sleep()
                } catch {
                    logger.warning(
                        "Timers cannot be fired just now; tried again in a second. Check the database if this stays",
                        metadata: ["error": "\(error)"])
                    await stop.pause(Self.longestSleep)
                }
            }
        } onGracefulShutdown: {
            self.stop.set()
            self.outbox.timersChanged.raise()
        }
    }

    private func sleep() async throws {
        let row = try await pool.query(store.next(kinds: Array(handlers.keys))).first
        let seconds = try row?.value("seconds", as: Double.self)
        let wait = seconds.map { Duration.seconds($0) } ?? Self.longestSleep
        if !stop.isSet {
            await outbox.timersChanged.wait(upTo: min(max(wait, Self.shortestSleep), Self.longestSleep))
        }
    }

    /// - Returns: how many were due.
    private func fireBatch() async throws -> Int {
        let kinds = Array(handlers.keys)
        do {
            return try await fire(store.fire(kinds: kinds, limit: Self.limit))
        } catch let error as PostgresError where error.meansDatabaseDown {
            throw error
        } catch {
            logger.info("A batch of timers failed; they are tried one by one", metadata: ["error": "\(error)"])
            let ids = try await pool.query(store.dueIDs(kinds: kinds, limit: Self.limit))
                .map { try $0.value("id", as: UUID.self) }
            for id in ids { try await fireOne(id) }
            return ids.count
        }
    }

    private func fireOne(_ id: UUID) async throws {
        do {
            _ = try await fire(store.fire(id))
        } catch let error as PostgresError where error.meansDatabaseDown {
            throw error
        } catch {
            failed.increment()
            logger.error(
                "A timer's handler failed; it is tried again later. Look at column last_error of the table timer",
                metadata: ["timer.id": "\(id.lowercase)", "error": "\(error)"])
            try await pool.query(store.postpone(id, error: PropertiesJSON.clean("\(error)")))
        }
    }

    private func fire(_ claim: SQL) async throws -> Int {
        let late = try await pool.transaction { transaction -> [Duration] in
            let rows = try await transaction.query(claim)
            var now = Date.distantPast
            let due = try rows.map { row in
                let (id, kind, subject, generation, dueAt, readAt) = try row.decode(
                    UUID.self, String.self, UUID.self, Int.self, Date.self, Date.self)
                now = readAt
                return Due(id: id, kind: kind, subject: subject, generation: generation, dueAt: dueAt)
            }.sorted { $0.dueAt < $1.dueAt }
            guard !due.isEmpty else { return [] }
            let work = UnitOfWork(transaction: transaction, now: now, schema: schema, source: service)
            for (kind, timers) in Dictionary(grouping: due, by: \.kind).sorted(by: { $0.key < $1.key }) {
                try await handlers[kind]?(timers, work)
            }
            #if DEBUG
                Failpoint.timerFired.hit()
            #endif
            try await outbox.commit(work)
            return due.map { .seconds(now.timeIntervalSince($0.dueAt)) }
        }
        late.forEach { lateness.record(duration: max(.zero, $0)) }
        return late.count
    }
}
