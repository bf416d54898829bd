import Contracts
import Foundation
import Kernel
import Postgres
import Tracing

/// Handles messages in one transaction: inbox, versions, handlers, outbox. Three round trips and those of the handlers.
struct BatchHandler: Sendable {
    struct Tally: Sendable, Hashable {
        var handled = 0
        var duplicate = 0
        var ignored = 0
        var dead = 0
        var deferred = 0
    }

    /// A gap or a missing thing is waited for this long.
    static let patience = Duration.seconds(7 * 86_400)

    let service: String
    let sorter: Sorter
    let store: ConsumerStore
    let outbox: Outbox

    /// - Throws: what a handler or the database threw; nothing has happened then.
    func handle(_ arrivals: [Arrival], in transaction: Transaction) async throws -> Batch {
        var batch = Batch(arrivals, routes: sorter.routes)
        #if DEBUG
            batch.isUnguarded = RemovedGuard.inbox.isRemoved
        #endif
        let opening = try await open(&batch, in: transaction)
        let work = UnitOfWork(transaction: transaction, now: opening.now, schema: outbox.schema, source: service)
        batch.arrange(opening, sorter: sorter, now: Date())
        try await handle(batch.runs, in: work)
        for (arrival, refusal) in batch.dead {
            try await bury(arrival, refusal, in: work, answer: arrival.answersRefusal)
        }
        #if DEBUG
            Failpoint.consumerHandled.hit()
        #endif
        try await close(batch, work)
        return batch
    }

    /// What the database knew at the begin.
    struct Opening {
        var now: Date
        /// Ids that the inbox did not have.
        var fresh: Set<UUID> = []
        var positions: [UUID: Int64] = [:]
        var parked: [(Parcel, DeferredState)] = []
    }

    private func open(_ batch: inout Batch, in transaction: Transaction) async throws -> Opening {
        var statements = [store.now]
        let ids = batch.inboxIDs
        let aggregates = batch.aggregates
        let gapped = batch.gapAggregates
        if !ids.isEmpty { statements.append(store.receive(ids)) }
        if !aggregates.isEmpty { statements.append(store.lockPositions(aggregates)) }
        if !gapped.isEmpty { statements.append(store.parked(gapped)) }
        var results = try await transaction.pipeline(statements)[...]
        guard let row = results.removeFirst().first else { throw HandlingError.transient(reason: "clock has no row") }
        var opening = Opening(now: try row.value("now"))
        if !ids.isEmpty {
            opening.fresh = Set(try results.removeFirst().map { try $0.value("message_id", as: UUID.self) })
        }
        if !aggregates.isEmpty {
            let pairs = try results.removeFirst().map { try $0.decode(UUID.self, Int64.self) }
            opening.positions = Dictionary(pairs.map { ($0.0, $0.1) }, uniquingKeysWith: max)
        }
        if !gapped.isEmpty { opening.parked = try results.removeFirst().map(store.parcel) }
        return opening
    }

    private func handle(_ runs: [Batch.Run], in work: UnitOfWork) async throws {
        let isTraced = !(InstrumentationSystem.tracer is NoOpTracer)
        for run in runs {
            let route = sorter.routes[run.route]
            guard isTraced else {
                try await route.handle(run.items, work)
                continue
            }
            // Each message has a span in its own trace; the handler runs in that of the first.
            let spans = run.envelopes.map { envelope in
                let span = InstrumentationSystem.tracer.startSpan(
                    "handle \(envelope.type)", context: TraceCarrier.context(of: envelope.traceparent),
                    ofKind: .consumer)
                span.attributes["messaging.system"] = "rabbitmq"
                span.attributes["messaging.destination.name"] = store.consumer
                span.attributes["messaging.message.id"] = envelope.id.lowercase
                work.ledger.setTrace(TraceCarrier(span.context), of: envelope.id)
                return span
            }
            defer { spans.forEach { $0.end() } }
            do {
                try await ServiceContext.$current.withValue(spans[0].context) {
                    try await route.handle(run.items, work)
                }
            } catch {
                spans.forEach { $0.recordError(error) }
                throw error
            }
        }
    }

    /// The dead copy, and an answer to whoever asked.
    private func bury(_ arrival: Arrival, _ refusal: Refusal, in work: UnitOfWork, answer: Bool) async throws {
        work.ledger.add(
            try DeadCopy.message(of: arrival, refusal, queue: store.consumer, now: work.now))
        guard answer, let tell = sorter.routes.lazy.compactMap(\.answerRefusal).first else { return }
        try await tell(
            Incoming(arrival.parcel, arrival.envelope, body: arrival.parcel.body), refusal, work)
    }

    private func close(_ batch: Batch, _ work: UnitOfWork) async throws {
        var statements: [SQL] = []
        if !batch.advanced.isEmpty { statements.append(store.advance(batch.advanced)) }
        for isUpdate in [false, true] {
            let parked = batch.parked.filter { ($0.arrival.deferred != nil) == isUpdate }
            if !parked.isEmpty { statements.append(try store.park(parked, updating: isUpdate)) }
        }
        if !batch.forgotten.isEmpty { statements.append(store.forget(batch.forgotten)) }
        if !batch.hastened.isEmpty { statements.append(store.hasten(batch.hastened)) }
        try await outbox.commit(work, with: statements)
    }
}
