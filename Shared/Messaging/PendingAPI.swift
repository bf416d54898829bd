// The shape that the services are written against; replaced by the real thing, file by file.
public import AMQP
public import Contracts
public import Foundation
public import Kernel
public import Logging
public import Postgres
public import ServiceLifecycle

/// A message that waits in the outbox for the relay. Made by a use case, saved in its transaction.
public struct OutgoingMessage: Sendable {
    public let envelope: Envelope
    public let exchange: String
    public let routingKey: String
    public let body: [UInt8]
    public let extraHeaders: [String: String]
    /// An event, told to everybody.
    /// - Parameters:
    ///   - id: deterministic; see ``Cause/id(_:)``.
    ///   - version: the aggregate's version after the event: 1, 2, 3 … without a gap.
    public static func event(_ event: some Event, id: UUID, aggregate: UUID, version: Int64, correlation: UUID, causation: UUID?, source: String, time: Date) throws -> OutgoingMessage { fatalError("pending") }
    /// A command for one queue.
    public static func command(_ command: some Command, to queue: String, id: UUID, correlation: UUID, causation: UUID?, source: String, time: Date) throws -> OutgoingMessage { fatalError("pending") }
    /// An answer to an adapter's queue.
    public static func reply(_ body: some Message, to queue: String, id: UUID, correlation: UUID?, causation: UUID?, source: String, time: Date) throws -> OutgoingMessage { fatalError("pending") }
}

/// Writes outbox rows in the caller's transaction, with the trace context of the task; wakes the relay after the commit.
public struct Outbox: Sendable {
    public let schema: String
    public init(schema: String, relay: OutboxRelay?) { fatalError("pending") }
    /// One multi-row statement.
    public func statement(_ messages: [OutgoingMessage]) -> SQL { fatalError("pending") }
    public func append(_ messages: [OutgoingMessage], in transaction: Transaction) async throws { }
}

/// Publishes outbox rows in id order; one active relay per schema (session advisory lock, polled with the try form);
/// deletes on confirm and keeps three days in outbox_sent.
public final class OutboxRelay: Service, Sendable {
    public init(schema: String, pool: PostgresPool, broker: BrokerClient, logger: Logger) { fatalError("pending") }
    public func run() async throws { }
    /// Says that there is something new; returns at once.
    public func wake() { }
    /// Age of the oldest unsent row as of the last look: admission control answers 503 above a limit.
    public var oldestAge: Duration { fatalError("pending") }
}

/// A message as a handler gets it.
public struct Incoming<Body: Sendable>: Sendable {
    public let envelope: Envelope
    public let body: Body
    /// Who published it, as vouched for by the broker; set on inbound messages.
    public let userID: String?
    public let replyTo: String?
    public let routingKey: String
}

/// What a handler does its work in: the batch's transaction, and the messages it says. Nothing of it is visible before the commit.
public struct UnitOfWork: Sendable {
    public let transaction: Transaction
    /// The database's clock plus the development offset, read once at the begin of the batch.
    public let now: Date
    public let schema: String
    public let source: String
    /// Saved together with the effects, in one statement at the end of the batch. Ids are made from cause, handler and ordinal.
    public func publish(_ event: some Event, aggregate: UUID, version: Int64, correlation: UUID, cause: Envelope) throws {}
    public func command(_ command: some Command, to queue: String, correlation: UUID, cause: Envelope) throws {}
    public func reply(_ body: some Message, to queue: String, correlation: UUID?, cause: Envelope) throws {}
    /// Sets a timer, or moves it: a new generation, the old one is void.
    public func setTimer(kind: String, subject: UUID, dueAt: Date) async throws {}
    public func cancelTimer(kind: String, subject: UUID) async throws {}
}

/// Why a message was not handled, and what the consumer does about it.
public enum HandlingError: Error, Sendable {
    /// No retry can help: to the dead letters, with the reason.
    case refused(reason: String, faults: [FieldFault] = [])
    /// Something it needs is not there yet: parked in `deferred`, tried again with back-off, no harm.
    case notYet(reason: String)
    /// A dependency failed: three tries, then `deferred` with back-off.
    case transient(reason: String)
}

public enum VersionRule: Sendable {
    /// Inbox only: commands, inbound requests, and events whose handler does not mind the order.
    case any
    /// A version at or below the last one seen of the aggregate is dropped.
    case newest
    /// A gap is parked until the missing versions are there.
    case each
}

/// One kind of body and what is done with it.
public struct Route: Sendable {
    /// `body` gets consecutive messages of this body in the order of arrival, all in one transaction; it is called again
    /// with one message at a time when the batch failed.
    public static func on<Body: Message>(_ type: Body.Type, versions: VersionRule = .any, batch body: @escaping @Sendable ([Incoming<Body>], UnitOfWork) async throws -> Void) -> Route { fatalError("pending") }
    public static func on<Body: Message>(_ type: Body.Type, versions: VersionRule = .any, each body: @escaping @Sendable (Incoming<Body>, UnitOfWork) async throws -> Void) -> Route { fatalError("pending") }
    /// Any body, as bytes: reporting keeps everything raw, and the inbound queue gives its own reasons.
    public static func raw(_ body: @escaping @Sendable ([Incoming<[UInt8]>], UnitOfWork) async throws -> Void) -> Route { fatalError("pending") }
}

/// Consumes one queue in micro-batches: one transaction, one acknowledgement. Types of the catalogue without a route
/// are acknowledged and dropped; unknown types and unreadable bodies go to the dead letters.
public final class Consumer: Service, Sendable {
    public init(queue: String, service: String, schema: String, routes: [Route], pool: PostgresPool, broker: BrokerClient, outbox: Outbox, batch: Int = 64, logger: Logger) { fatalError("pending") }
    public func run() async throws { }
}

/// Works a queue whose messages cause something outside the database: the handler manages its own transactions; a
/// delivery is acknowledged when the handler returns. `concurrency` messages at once.
public final class EffectConsumer<Body: Message>: Service, Sendable {
    public init(queue: String, service: String, schema: String, concurrency: Int, pool: PostgresPool, broker: BrokerClient, outbox: Outbox, logger: Logger, handle: @escaping @Sendable (Incoming<Body>) async throws -> Void) { fatalError("pending") }
    public func run() async throws { }
}

/// Moves dead letters of the service's queues from `<queue>.dead` into the archive table.
public final class DeadLetterArchiver: Service, Sendable {
    public init(queues: [String], service: String, schema: String, pool: PostgresPool, broker: BrokerClient, logger: Logger) { fatalError("pending") }
    public func run() async throws { }
}

/// Fires due timers: claimed with SKIP LOCKED, handled in the claiming transaction, any number of instances.
public final class Timers: Service, Sendable {
    public struct Due: Sendable { public let id: UUID; public let kind: String; public let subject: UUID; public let generation: Int; public let dueAt: Date }
    public init(schema: String, service: String, pool: PostgresPool, outbox: Outbox, logger: Logger, handlers: [String: @Sendable ([Due], UnitOfWork) async throws -> Void]) { fatalError("pending") }
    public func run() async throws { }
}

/// Tries parked messages again when their time has come or their gap has closed, and trims inbox and outbox_sent.
public final class DeferredWorker: Service, Sendable {
    public init(consumers: [Consumer], schema: String, pool: PostgresPool, logger: Logger) { fatalError("pending") }
    public func run() async throws { }
}

extension Transaction {
    /// The database's clock plus the offset of `schema.clock` (zero outside a development stack).
    public func now(schema: String) async throws -> Date { fatalError("pending") }
}

extension Topology {
    /// As the AMQP client declares it: quorum queues, reject-publish, delivery limit, at-least-once dead letters.
    public var declarations: Declarations { fatalError("pending") }
}
