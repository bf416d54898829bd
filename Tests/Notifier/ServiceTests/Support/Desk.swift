import Contracts
import Foundation
import Kernel
import Logging
import Messaging
import NotifierDomain
import Postgres
import Synchronization
import TestSupport

@testable import NotifierService

/// A provider that answers what a test tells it, and remembers what it was given.
final class ToldProvider: Channel {
    let provider = "told"
    private let answers: Mutex<[Outcome]>
    private let taken = Mutex<[Outgoing]>([])

    /// After the last answer it accepts everything.
    init(_ answers: [Outcome] = []) { self.answers = Mutex(answers) }

    var sent: [Outgoing] { taken.withLock { $0 } }

    func send(_ outgoing: Outgoing) async -> Outcome {
        taken.withLock { $0.append(outgoing) }
        return answers.withLock { $0.isEmpty ? .accepted(providerID: "P") : $0.removeFirst() }
    }
}

/// The notifier's tables with the parts that work on them, and no broker: what would be published is read in the outbox.
struct Desk: Sendable {
    let pool: PostgresPool
    let ownerPool: PostgresPool
    let attempts: AttemptStore
    let progress = ProgressStore()
    let bookkeeping: Bookkeeping

    static func with(_ body: @Sendable (Desk) async throws -> Void) async throws {
        try await withDatabase(schema: "notify", migrations: NotifierService.migrations) { database in
            try await body(Desk(database))
        }
    }

    init(_ database: TestDatabase) {
        pool = database.pool
        ownerPool = database.ownerPool
        attempts = AttemptStore(pool: pool)
        bookkeeping = Bookkeeping(progress: progress, outbox: Outbox(schema: "notify", relay: nil))
    }

    func sender(
        _ kind: NotifyChannel, _ provider: any Channel,
        logger: Logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    ) -> SendDeliveries {
        SendDeliveries(
            kind, by: provider, workers: 4, attempts: attempts, bookkeeping: bookkeeping, pool: pool,
            timeout: .seconds(5), logger: logger)
    }

    var sweeper: Sweeper {
        Sweeper(
            channels: NotifyChannel.allCases, pool: pool, attempts: attempts, progress: progress,
            receipts: ReceiptStore(),
            views: DeliveryViews(pool: pool), bookkeeping: bookkeeping,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    var receipts: TakeReceipt { TakeReceipt(pool: pool, receipts: ReceiptStore(), bookkeeping: bookkeeping) }

    /// Plans one delivery for each channel, in the order given, as the planner writes them.
    @discardableResult func plan(
        _ news: News, _ channels: [NotifyChannel], mode: DeliveryRule.Mode = .all
    ) async throws -> [ID<Delivery>] {
        let rules = channels.enumerated().map {
            DeliveryRule(occasion: news.occasion, channel: $1, position: $0, mode: mode)
        }
        let cause = UUID()
        let planned = news.deliveries(by: rules, preferences: []).map { planned in
            DeliveryStore.NewDelivery(
                id: ID(UUID()), cause: cause, news: news, planned: planned, subject: "subject", body: "thing1: body")
        }
        try await pool.transaction { transaction in
            let now = try await transaction.now(schema: "notify")
            try await transaction.pipeline(DeliveryStore.hear([(news.ticket.value, news.number)], at: now))
            if !planned.isEmpty { try await transaction.query(DeliveryStore.insert(planned, at: now)) }
        }
        return planned.map(\.id)
    }

    func send(_ delivery: ID<Delivery>, _ kind: NotifyChannel, by sender: SendDeliveries) async throws {
        let envelope = Envelope(id: UUID(), type: "delivery.send.v1", source: "test", time: .now)
        try await sender(SendDelivery(delivery: delivery, channel: kind), envelope: envelope)
    }

    func state(_ delivery: ID<Delivery>) async throws -> String {
        let rows = try await pool.query("select state from notify.delivery where id = \(delivery.value)")
        return try rows.first?.decode(String.self) ?? "missing"
    }

    /// `number:state:outcome` of each attempt.
    func attempts(_ delivery: ID<Delivery>) async throws -> [String] {
        try await pool.query(
            """
            select number || ':' || state || ':' || coalesce(outcome, '')
            from notify.attempt
            where delivery = \(delivery.value)
            order by number
            """
        ).map { try $0.decode(String.self) }
    }

    /// What waits in the outbox, in order: the types of events, `send` and the delivery of commands.
    func said() async throws -> [String] {
        try await pool.query("select type, convert_from(body, 'UTF8') from notify.outbox order by id").map { row in
            let (type, body) = try row.decode(String.self, String.self)
            guard type == "delivery.send.v1" else { return type }
            let command = try WireJSON.decode(SendDelivery.self, from: Array(body.utf8))
            return "send \(command.delivery)"
        }
    }

    /// As if `interval` had passed for everything that waits in the tables.
    func age(_ interval: String) async throws {
        try await pool.pipeline([
            "update notify.delivery set wake_at = wake_at - \(interval)::text::interval, created_at = created_at - \(interval)::text::interval, expires_at = expires_at - \(interval)::text::interval",
            "update notify.attempt set lease_until = lease_until - \(interval)::text::interval where state = 'sending'",
        ])
    }
}
