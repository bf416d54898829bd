import Contracts
import Foundation
import Messaging
public import Postgres
public import ServiceKit
public import ServiceLifecycle

/// Tells customers what happens to their tickets, by SMS, mail and WeChat, and staff by mail what waits for their grant.
///
/// Hears `ticket.created`, `work.*`. Says `delivery.*`. Owns schema `notify`. Serves `/deliveries` and
/// the providers' `/receipts`.
public struct NotifierService: SuiteService {
    public static let name = "notifier"
    public static let schema = "notify"
    public static let settings: [any AnySetting] = NotifierSettings.Keys.all
    public static let migrations =
        MessagingSchema.migrations + [
            Migration(name: "V001_notify", sql: PackageResources.V001_notify_sql),
            Migration(name: "V002_steps", sql: PackageResources.V002_steps_sql),
            MessagingSchema.timersByKey("V003_timers_by_key"),
            Migration(name: "V004_approvals", sql: PackageResources.V004_approvals_sql),
            MessagingSchema.suspects("V005_suspects"),
        ]

    public static func parts(_ kit: Kit) async throws -> [any Service] {
        let settings = try NotifierSettings(kit.settings)
        let progress = ProgressStore()
        let bookkeeping = Bookkeeping(progress: progress, outbox: kit.outbox)
        var parts: [any Service] = []
        if settings.roles.contains(.planner) {
            let plan = PlanDeliveries(book: RuleBook(store: RuleStore(pool: kit.workPool), logger: kit.logger))
            let consumer = kit.consumer("notifier.events", routes: OnNews(plan: plan).routes)
            parts += [consumer, kit.deadLetterArchiver()]
        }
        if !settings.channels.isEmpty {
            parts += try senders(kit, settings, bookkeeping)
            parts.append(
                Sweeper(
                    channels: settings.channels, pool: kit.workPool, attempts: AttemptStore(pool: kit.workPool),
                    progress: progress, receipts: ReceiptStore(), views: DeliveryViews(pool: kit.workPool),
                    bookkeeping: bookkeeping, logger: kit.logger))
        }
        let consumers = parts.compactMap { $0 as? any Redelivering }
        parts.append(DeferredWorker(consumers: consumers, schema: schema, pool: kit.workPool, logger: kit.logger))
        if settings.roles.contains(.http) {
            let router = kit.router()
            DeliveryRoutes(views: DeliveryViews(pool: kit.requestPool), identity: kit.identity).add(to: router)
            let take = TakeReceipt(pool: kit.requestPool, receipts: ReceiptStore(), bookkeeping: bookkeeping)
            ReceiptRoutes(take: take, kannelSecret: settings.sms.receiptSecret).add(to: router)
            parts.append(kit.httpServer(router))
        }
        return parts
    }

    /// One worker for each channel of this process, with what it needs.
    private static func senders(
        _ kit: Kit, _ settings: NotifierSettings, _ bookkeeping: Bookkeeping
    ) throws -> [any Service] {
        // First what can fail, then the client, which must be closed once it is there.
        let relay =
            settings.roles.contains(.mail) ? try SMTPRelay(settings.mail, timeout: settings.providerTimeout) : nil
        let client = ProviderClient(connections: max(settings.sms.workers, settings.weChat.workers))
        var parts: [any Service] = [client]
        for kind in settings.channels {
            let channel: any Channel
            let workers: Int
            switch kind {
            case .sms:
                channel = Kannel(client: client, settings: settings.sms, timeout: settings.providerTimeout)
                workers = settings.sms.workers
            case .mail:
                guard let relay else { continue }
                parts.append(relay)
                channel = relay
                workers = settings.mail.workers
            case .wechat:
                let tokens = WeChatTokens(
                    client: client, settings: settings.weChat, store: ProviderAccountStore(pool: kit.workPool),
                    timeout: settings.providerTimeout)
                channel = WeChat(
                    client: client, settings: settings.weChat, tokens: tokens, timeout: settings.providerTimeout)
                workers = settings.weChat.workers
            }
            let send = SendDeliveries(
                kind, by: channel, workers: workers, attempts: AttemptStore(pool: kit.workPool),
                bookkeeping: bookkeeping,
                pool: kit.workPool,
                timeout: settings.providerTimeout, logger: kit.logger)
            parts.append(
                EffectConsumer<SendDelivery>(
                    queue: kind.queue, service: name, schema: schema, concurrency: workers, pool: kit.workPool,
                    broker: kit.broker, outbox: kit.outbox, logger: kit.logger
                ) { try await send($0.body, envelope: $0.envelope) })
        }
        return parts
    }
}
