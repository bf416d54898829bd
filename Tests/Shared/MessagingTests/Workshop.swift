import AMQP
import Contracts
import Foundation
import Kernel
import Logging
import Messaging
import Postgres
import ServiceLifecycle
import Synchronization
import TestSupport

/// One schema and one vhost with the whole suite's topology, for one test.
struct Workshop: Sendable {
    static let schema = "dispatch"
    static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    let database: TestDatabase
    let vhost: TestVhost

    var pool: PostgresPool { database.pool }
    var broker: BrokerClient { vhost.client }

    func relay() -> OutboxRelay {
        OutboxRelay(schema: Self.schema, pool: pool, broker: broker, logger: Self.logger)
    }

    func consumer(
        on queue: String = "dispatcher.events", outbox: Outbox? = nil, batch: Int = 64, pace: Duration = .zero,
        routes: Route...
    ) -> Consumer {
        Consumer(
            queue: queue, service: "dispatcher", schema: Self.schema, routes: routes, pool: pool, broker: broker,
            outbox: outbox ?? Outbox(schema: Self.schema, relay: nil), batch: batch, pace: pace,
            logger: Self.logger)
    }

    func archiver(_ queues: [String]) -> DeadLetterArchiver {
        DeadLetterArchiver(
            queues: queues, service: "dispatcher", schema: Self.schema, pool: pool, broker: broker, logger: Self.logger)
    }

    func deferredWorker(_ consumers: any Redelivering...) -> DeferredWorker {
        DeferredWorker(consumers: consumers, schema: Self.schema, pool: pool, logger: Self.logger)
    }

    func count(_ table: String, where condition: String = "true") async throws -> Int {
        let rows = try await database.adminPool.query(
            "select count(*) as n from \(unescaped: Self.schema).\(unescaped: table) where \(unescaped: condition)")
        return try rows[0].value("n")
    }

    /// Straight to the broker, as a relay would.
    func publish(_ publications: [Publication]) async throws {
        let outcomes = await broker.publish(publications)
        for outcome in outcomes where outcome != .confirmed { throw Unconfirmed(outcome: outcome) }
    }

    struct Unconfirmed: Error { let outcome: PublishOutcome }

    static let migrations = MessagingSchema.migrations + [MessagingSchema.suspects("V001_suspects")]

    static func run(_ body: @Sendable (Workshop) async throws -> Void) async throws {
        try await withDatabase(schema: schema, migrations: migrations, connections: 8) { database in
            try await withVhost(declarations: Topology.suite.declarations) { vhost in
                try await body(Workshop(database: database, vhost: vhost))
            }
        }
    }
}

/// Runs `services` as a service would, stops them gracefully after `body`, and returns when they have ended.
func serving(_ services: [any Service], _ body: () async throws -> Void) async throws {
    let group = ServiceGroup(services: services, gracefulShutdownSignals: [], logger: Workshop.logger)
    try await withThrowingTaskGroup(of: Void.self) { tasks in
        tasks.addTask { try await group.run() }
        do {
            try await body()
        } catch {
            tasks.cancelAll()
            throw error
        }
        await group.triggerGracefulShutdown()
        try await tasks.waitForAll()
    }
}

/// What handlers saw.
final class Notebook<Entry: Sendable>: Sendable {
    private let pages = Mutex<[Entry]>([])
    var entries: [Entry] { pages.withLock { $0 } }
    func write(_ entry: Entry) { pages.withLock { $0.append(entry) } }
}

enum Sample {
    static let time = Date(timeIntervalSince1970: 1_795_000_000.125)

    static func card() -> CustomerCard {
        CustomerCard(
            id: ID(UUID()), name: "客户", contact: nil, phone: "+8613800138000", email: nil, weChatOpenID: nil,
            language: Open(.chinese))
    }

    static func ticket(_ id: UUID = UUID(), number: String = "T1000001") -> TicketCreated {
        TicketCreated(
            ticket: ID(id), number: number, channel: Open(.web), kind: Open(.repair), urgency: Open(.normal),
            subject: "不制冷", description: "E4", department: "service", customer: card(), address: nil,
            productSerial: nil,
            createdAt: time)
    }

    static func event(_ id: UUID = UUID(), aggregate: UUID = UUID(), version: Int64 = 1, number: String = "T1")
        throws -> OutgoingMessage
    {
        try .event(
            ticket(aggregate, number: number), id: id, aggregate: aggregate, version: version, correlation: aggregate,
            causation: nil, source: "intake", time: Date())
    }

    static func work() throws -> OutgoingMessage {
        let order = UUID()
        let moved = WorkMoved(
            workOrder: ID(order), ticket: ID(UUID()), ticketNumber: "T1000001", subject: "不制冷", department: "service",
            state: .offered, previous: nil, owner: nil, actor: nil, note: nil, customer: card(), address: nil, at: time)
        return try .event(
            moved, id: UUID(), aggregate: order, version: 1, correlation: order, causation: nil, source: "dispatcher",
            time: Date())
    }

    static func publication(_ message: OutgoingMessage) -> Publication {
        Publication(
            exchange: message.exchange, routingKey: message.routingKey,
            properties: EnvelopeCodec.properties(of: message.envelope, stampedAt: Date()), body: message.body)
    }
}
