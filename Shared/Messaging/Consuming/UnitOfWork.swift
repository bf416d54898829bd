public import Contracts
public import Foundation
public import Postgres
import Synchronization

/// What a handler does its work in: the batch's transaction, and the messages it says. Nothing of it is visible before
/// the commit.
public struct UnitOfWork: Sendable {
    public let transaction: Transaction
    /// The database's clock plus the development offset, read once at the begin of the batch.
    public let now: Date
    public let schema: String
    public let source: String
    let ledger = Ledger()

    init(transaction: Transaction, now: Date, schema: String, source: String) {
        self.transaction = transaction
        self.now = now
        self.schema = schema
        self.source = source
    }

    /// What was said so far; written at the end in one statement each.
    final class Ledger: Sendable {
        private struct Pages {
            var messages: [OutgoingMessage] = []
            var timers: [TimerChange] = []
            var writes: [SQL] = []
            var ordinals: [UUID: Int] = [:]
            var traces: [UUID: TraceCarrier] = [:]
        }

        private let pages = Mutex(Pages())

        var messages: [OutgoingMessage] { pages.withLock(\.messages) }
        var timers: [TimerChange] { pages.withLock(\.timers) }

        var writes: [SQL] { pages.withLock(\.writes) }

        func add(_ statement: SQL) { pages.withLock { $0.writes.append(statement) } }
        func add(_ message: OutgoingMessage) { pages.withLock { $0.messages.append(message) } }
        func add(_ timer: TimerChange) { pages.withLock { $0.timers.append(timer) } }
        func setTrace(_ trace: TraceCarrier?, of cause: UUID) { pages.withLock { $0.traces[cause] = trace } }
        func trace(of cause: UUID) -> TraceCarrier? { pages.withLock { $0.traces[cause] } }

        func nextOrdinal(of cause: UUID) -> Int {
            pages.withLock { pages in
                defer { pages.ordinals[cause, default: 0] += 1 }
                return pages.ordinals[cause, default: 0]
            }
        }
    }

    /// What this cause leads to continues the trace of the present task.
    public func continueTrace(of cause: UUID) { ledger.setTrace(TraceCarrier.current(), of: cause) }

    /// Carried out at the end of the batch, in the round trip of its messages; for what nobody reads before.
    public func write(_ statement: SQL) { ledger.add(statement) }

    /// Saved together with the effects, in one statement at the end of the batch. Ids are made from cause, handler and
    /// ordinal.
    public func publish(_ event: some Event, aggregate: UUID, version: Int64, correlation: UUID, cause: Envelope) throws
    {
        add(
            try .event(
                event, id: nextID(cause), aggregate: aggregate, version: version, correlation: correlation,
                causation: cause.id, source: source, time: now), cause: cause)
    }

    public func command(_ command: some Command, to queue: String, correlation: UUID, cause: Envelope) throws {
        add(
            try .command(
                command, to: queue, id: nextID(cause), correlation: correlation, causation: cause.id, source: source,
                time: now), cause: cause)
    }

    /// - Parameter request: the adapter's own id of what is answered; becomes the answer's `correlation_id`.
    public func reply(
        _ body: some Message, to queue: String, correlation: UUID?, cause: Envelope, request: String? = nil
    ) throws {
        add(
            try .reply(
                body, to: queue, id: nextID(cause), correlation: correlation, causation: cause.id, source: source,
                time: now, request: request), cause: cause)
    }

    /// Sets a timer, or moves it: a new generation, the old one is void. Written at the end of the batch; the last word
    /// of several about one timer counts.
    public func setTimer(kind: String, subject: UUID, dueAt: Date) async throws {
        ledger.add(TimerChange(kind: kind, subject: subject, dueAt: dueAt))
    }

    public func cancelTimer(kind: String, subject: UUID) async throws {
        ledger.add(TimerChange(kind: kind, subject: subject, dueAt: nil))
    }

    private func nextID(_ cause: Envelope) -> UUID {
        MessageIDs.id(
            cause: cause.id, service: source, handler: cause.type, ordinal: ledger.nextOrdinal(of: cause.id))
    }

    /// The message continues the trace of its cause, wherever in a batch that was.
    private func add(_ message: OutgoingMessage, cause: Envelope) {
        var envelope = message.envelope
        var headers = message.extraHeaders
        if let trace = ledger.trace(of: cause.id) {
            envelope.traceparent = trace.traceparent
            headers.merge(trace.others) { own, _ in own }
        } else {
            envelope.traceparent = cause.traceparent
        }
        ledger.add(
            OutgoingMessage(
                envelope: envelope, exchange: message.exchange, routingKey: message.routingKey, body: message.body,
                extraHeaders: headers, correlation: message.correlation, properties: message.properties))
    }
}
