import AMQP
import Contracts
import Foundation
import Kernel
import Logging
import Messaging
import NotifierDomain
import Postgres
import ServiceKit
import Testing
import TestSupport

@testable import NotifierService

/// The planner and the workers as they run, on a real broker and a real database; only the providers are told what to say.
@Suite struct `The notifier` {
    static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    struct Running: Sendable {
        let desk: Desk
        let broker: BrokerClient

        /// As another service's relay would publish it.
        func say(_ message: OutgoingMessage) async throws {
            try await desk.pool.transaction { transaction in
                try await Outbox(schema: "notify", relay: nil).append([message], in: transaction)
            }
        }

        func created(_ ticket: ID<Ticket>, number: String = "T1000001") async throws -> OutgoingMessage {
            let event = TicketCreated(
                ticket: ticket, number: number, channel: Open(.web), kind: Open(.repair), urgency: Open(.normal),
                subject: "空调不制冷", description: "", department: "hq", customer: Self.customer, address: nil,
                productSerial: nil, createdAt: .now)
            return try .event(
                event, id: UUID(namespace: ticket.value, name: "created"), aggregate: ticket.value, version: 1,
                correlation: ticket.value, causation: nil, source: "intake", time: .now)
        }

        func moved(
            _ ticket: ID<Ticket>, _ state: WorkState, version: Int64, place: WorkPlace? = nil,
            approvers: [StaffCard]? = nil
        ) throws -> OutgoingMessage {
            let order = UUID(namespace: ticket.value, name: "work order")
            let event = WorkMoved(
                workOrder: ID(order), ticket: ticket, ticketNumber: "T1000001", subject: "空调不制冷", department: "hq",
                state: state, previous: nil, owner: Person(id: ID(UUID()), name: "李强"), actor: nil, note: nil,
                customer: Self.customer, address: nil, at: .now, place: place, approvers: approvers)
            return try .event(
                event, id: UUID(namespace: order, name: state.rawValue), aggregate: order, version: version,
                correlation: ticket.value, causation: nil, source: "dispatcher", time: .now)
        }

        static let customer = CustomerCard(
            id: ID(UUID()), name: "王芳", contact: nil, phone: "+8613800138000", email: "wang@example.cn",
            weChatOpenID: "oOPENID_1", language: Open(.chinese))
    }

    /// Relay, planner, sweeper and one worker for each channel, run for the time of `body`.
    static func with(
        _ providers: [NotifyChannel: ToldProvider], _ body: @Sendable @escaping (Running) async throws -> Void
    ) async throws {
        try await withDatabase(schema: "notify", migrations: NotifierService.migrations, connections: 8) { database in
            try await withVhost(declarations: Topology.suite.declarations) { vhost in
                let desk = Desk(database)
                let relay = OutboxRelay(schema: "notify", pool: database.pool, broker: vhost.client, logger: quiet)
                let outbox = Outbox(schema: "notify", relay: relay)
                let bookkeeping = Bookkeeping(progress: desk.progress, outbox: outbox)
                let rules = RuleStore(pool: database.pool)
                let plan = PlanDeliveries(book: RuleBook(store: rules, logger: quiet))
                let planner = Consumer(
                    queue: "notifier.events", service: "notifier", schema: "notify", routes: OnNews(plan: plan).routes,
                    pool: database.pool, broker: vhost.client, outbox: outbox, logger: quiet)
                let workers = providers.map { kind, provider in
                    let send = SendDeliveries(
                        kind, by: provider, workers: 16, attempts: desk.attempts, bookkeeping: bookkeeping,
                        pool: database.pool, timeout: .seconds(5), logger: quiet)
                    return EffectConsumer<SendDelivery>(
                        queue: kind.queue, service: "notifier", schema: "notify", concurrency: 16, pool: database.pool,
                        broker: vhost.client, outbox: outbox, logger: quiet
                    ) { try await send($0.body, envelope: $0.envelope) }
                }
                let deferred = DeferredWorker(
                    consumers: [planner] + workers, schema: "notify", pool: database.pool, logger: quiet)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await relay.run() }
                    group.addTask { try await planner.run() }
                    group.addTask { try await deferred.run() }
                    for worker in workers { group.addTask { try await worker.run() } }
                    let outcome: Result<Void, any Error>
                    do { outcome = .success(try await body(Running(desk: desk, broker: vhost.client))) } catch {
                        outcome = .failure(error)
                    }
                    group.cancelAll()
                    // What a part says when it is cancelled is of no interest.
                    while true { do { guard try await group.next() != nil else { break } } catch {} }
                    try outcome.get()
                }
            }
        }
    }

    @Test func `tells a customer by every channel, in Chinese, and says so`() async throws {
        let providers: [NotifyChannel: ToldProvider] = [
            .sms: ToldProvider(), .mail: ToldProvider(), .wechat: ToldProvider(),
        ]
        try await Self.with(providers) { running in
            try await running.say(try await running.created(ID(UUID())))
            try await eventually("three messages are with their providers") {
                providers.values.allSatisfy { $0.sent.count == 1 }
            }
            #expect(providers[.sms]?.sent.first?.body.contains("已受理，单号T1000001") == true)
            #expect(providers[.mail]?.sent.first?.subject == "[T1000001] 已受理：空调不制冷")
            try await eventually("three deliveries are told of") {
                let told = try await running.desk.pool.query(
                    "select type from notify.outbox_sent where type = 'delivery.sent.v1'")
                return told.count == 3
            }
        }
    }

    @Test func `writes to each of the staff who may grant what waits, by mail, once`() async throws {
        let providers: [NotifyChannel: ToldProvider] = [.sms: ToldProvider(), .mail: ToldProvider()]
        try await Self.with(providers) { running in
            let ticket = ID<Ticket>(UUID())
            try await running.say(try await running.created(ticket))
            let approvers = [("陈静", "chen", Language.chinese), ("Ann", "ann", .english)].map { name, mail, language in
                StaffCard(id: ID(UUID()), name: name, email: "\(mail)@example.cn", language: Open(language))
            }
            let asked = try running.moved(ticket, .accepted, version: 1, place: Samples.place, approvers: approvers)
            for _ in 1...3 { try await running.say(asked) }
            try await eventually("three mails are with their provider") {
                providers[.mail]?.sent.count == 3
            }
            let mails = providers[.mail]?.sent ?? []
            #expect(
                mails.map(\.subject).sorted() == [
                    "[T1000001] Waits for your approval: 空调不制冷", "[T1000001] 已受理：空调不制冷",
                    "[T1000001] 待您批准：空调不制冷",
                ])
            #expect(mails.contains { $0.recipient.text == "chen@example.cn" && $0.body.hasPrefix("陈静，您好") })
            let planned = try await running.desk.pool.query(
                "select id from notify.delivery where occasion = 'work.approval'")
            #expect(planned.count == 2)
            #expect(providers[.sms]?.sent.count == 1)
        }
    }

    @Test func `plans once what is heard three times`() async throws {
        let mail = ToldProvider()
        try await Self.with([.mail: mail]) { running in
            let ticket = ID<Ticket>(UUID())
            let message = try await running.created(ticket)
            for _ in 1...3 {
                try await running.say(message)
                try await eventually("it was published") {
                    try await running.desk.pool.query("select id from notify.outbox").isEmpty
                }
            }
            // A later ticket that went through shows that the copies are through as well.
            try await running.say(try await running.created(ID(UUID()), number: "T1000002"))
            try await eventually("the later one is sent") { mail.sent.contains { $0.subject.contains("T1000002") } }
            #expect(mail.sent.count == 2)
        }
    }

    @Test func `keeps the order of a ticket's story, in whatever order it is heard`() async throws {
        let mail = ToldProvider()
        try await Self.with([.mail: mail]) { running in
            let ticket = ID<Ticket>(UUID())
            for (state, version) in [
                (WorkState.done, Int64(5)), (.onSite, 4), (.accepted, 2), (.travelling, 3), (.offered, 1),
            ] {
                try await running.say(try running.moved(ticket, state, version: version))
            }
            try await running.say(try await running.created(ticket))
            // No sweeper runs here: whoever ends a wait says so.
            try await eventually("all three are sent") { mail.sent.count == 3 }
            #expect(
                mail.sent.map { $0.subject.prefix(15) } == ["[T1000001] 已受理：", "[T1000001] 工程师已", "[T1000001] 处理完成"])
        }
    }
}
