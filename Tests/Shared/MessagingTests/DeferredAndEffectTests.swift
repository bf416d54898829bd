import AMQP
import Contracts
import Foundation
import Kernel
import Messaging
import Postgres
import TestSupport
import Testing

@Suite struct `An effect consumer` {
    static func command() throws -> OutgoingMessage {
        try .command(
            SendDelivery(delivery: .init(UUID()), channel: .sms), to: "notifier.sms", id: UUID(), correlation: UUID(),
            causation: nil, source: "notifier", time: Date())
    }

    static func consumer(
        _ shop: Workshop, _ outbox: Outbox, concurrency: Int,
        _ handle: @escaping @Sendable (Incoming<SendDelivery>) async throws -> Void
    ) -> EffectConsumer<SendDelivery> {
        EffectConsumer(
            queue: "notifier.sms", service: "notifier", schema: Workshop.schema, concurrency: concurrency,
            pool: shop.pool,
            broker: shop.broker, outbox: outbox, logger: Workshop.logger, handle: handle)
    }

    @Test func `works on several at once, and a stop redelivers none`() async throws {
        try await Workshop.run { shop in
            let commands = try (0..<3000).map { _ in try Self.command() }
            let done = Notebook<UUID>()
            let gate = Gate(8)
            let consumer = Self.consumer(shop, Outbox(schema: Workshop.schema, relay: nil), concurrency: 8) {
                incoming in
                await gate.arrive()
                done.write(incoming.envelope.id)
            }
            try await shop.publish(commands.map(Sample.publication))
            try await serving([consumer]) {
                // Eight must be inside at the same time for the gate to open.
                try await eventually("some are done") { done.entries.count >= 300 }
            }
            let rest = shop.broker.consume("notifier.sms", prefetch: 3000)
            var others: [ReceivedMessage] = []
            while others.count < commands.count - done.entries.count {
                others += try #require(try await rest.nextBatch(upTo: 3000))
            }
            await rest.cancel()
            #expect(others.count { $0.isRedelivered } == 0)
            #expect(Set(done.entries).count == done.entries.count)
        }
    }

    @Test func `sets aside what failed, tries it again, and buries what is refused`() async throws {
        try await Workshop.run { shop in
            let relay = shop.relay()
            let outbox = Outbox(schema: Workshop.schema, relay: relay)
            let (failing, refused) = (try Self.command(), try Self.command())
            let attempts = Notebook<UUID>()
            let consumer = Self.consumer(shop, outbox, concurrency: 4) { incoming in
                attempts.write(incoming.envelope.id)
                if incoming.envelope.id == refused.envelope.id {
                    throw HandlingError.refused(reason: "no such delivery")
                }
                if attempts.entries.count(where: { $0 == failing.envelope.id }) == 1 {
                    throw HandlingError.transient(reason: "503")
                }
            }
            try await serving([relay, shop.archiver(["notifier.sms"]), consumer, shop.deferredWorker(consumer)]) {
                try await shop.publish([failing, refused].map(Sample.publication))
                try await eventually("one is archived") {
                    try await shop.count("dead_letter", where: "detail = 'no such delivery'") == 1
                }
                try await eventually("one waits") { try await shop.count("deferred", where: "attempts = 1") == 1 }
                try await shop.pool.query("update dispatch.deferred set next_attempt_at = now()")
                try await eventually("it is done") { try await shop.count("deferred") == 0 }
                #expect(attempts.entries.count == 3)
            }
        }
    }
}

/// Opens when so many have arrived, and stays open.
actor Gate {
    private var missing: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(_ count: Int) { missing = count }

    func arrive() async {
        missing -= 1
        guard missing > 0 else {
            waiting.forEach { $0.resume() }
            waiting = []
            return
        }
        await withCheckedContinuation { waiting.append($0) }
    }
}

@Suite struct `Dead letters` {
    @Test func `made by the broker are archived with its reason`() async throws {
        try await Workshop.run { shop in
            let event = try Sample.event()
            try await shop.publish([Sample.publication(event)])
            // Given back without end: the broker gives up after its limit.
            let consumption = shop.broker.consume("dispatcher.events", prefetch: 1)
            for _ in 0...Topology.deliveryLimit {
                let batch = try #require(try await consumption.nextBatch(upTo: 1))
                await consumption.reject(batch[0].tag, requeue: true)
            }
            try await serving([shop.archiver(["dispatcher.events"])]) {
                try await eventually("it is archived") { try await shop.count("dead_letter") == 1 }
            }
            await consumption.cancel()
            let letter = try #require(
                try await DeadLetters(schema: Workshop.schema).list(DeadLetterFilter(onlyOpen: false), in: shop.pool)
                    .first)
            #expect(letter.reason == "delivery_limit")
            #expect(letter.replayedAt != nil && letter.replayCount == 1, "it is tried once more, alone")
            #expect(try await shop.count("deferred", where: "taken = 1 and reason = 'replay'") == 1)
            #expect(letter.messageID == event.envelope.id.uuidString.lowercased())
            let content = try #require(try await DeadLetters(schema: Workshop.schema).show(letter.id, in: shop.pool))
            #expect(content.exchange == "paidan.events" && content.routingKey == "ticket.created.v1")
            #expect(content.body == event.body)
        }
    }

    @Test func `are kept once, may be discarded, and come again when they fail again`() async throws {
        try await Workshop.run { shop in
            let relay = shop.relay()
            let outbox = Outbox(schema: Workshop.schema, relay: relay)
            let consumer = shop.consumer(
                outbox: outbox,
                routes: .on(TicketCreated.self, each: { _, _ in throw HandlingError.refused(reason: "no") }))
            let letters = DeadLetters(schema: Workshop.schema)
            let event = try Sample.event()
            try await serving([relay, shop.archiver(["dispatcher.events"]), consumer, shop.deferredWorker(consumer)]) {
                try await shop.publish([Sample.publication(event), Sample.publication(event)])
                try await eventually("it is archived") { try await shop.count("dead_letter") == 1 }
                let first = try #require(try await letters.list(in: shop.pool).first)
                #expect(try await letters.replay([first.id], in: shop.pool) == 1)
                try await eventually("it comes again") { try await letters.list(in: shop.pool).first?.replayCount == 1 }
                let second = try #require(try await letters.list(in: shop.pool).first)
                #expect(second.messageID == first.messageID && second.id != first.id)
                #expect(try await letters.discard([second.id], in: shop.pool) == 1)
                #expect(try await letters.list(in: shop.pool) == [])
                #expect(try await letters.list(DeadLetterFilter(onlyOpen: false), in: shop.pool).count == 2)
            }
        }
    }

    @Test func `leave no gap in what was sent: resending fills a broker again`() async throws {
        try await Workshop.run { shop in
            let relay = shop.relay()
            let outbox = Outbox(schema: Workshop.schema, relay: relay)
            let sent = OutboxSent(schema: Workshop.schema)
            try await serving([relay]) {
                let events = try (0..<30).map { _ in try Sample.event() }
                try await shop.pool.transaction { try await outbox.append(events, in: $0) }
                try await eventually("all are sent") { try await shop.count("outbox_sent") == 30 }
                try await shop.broker.purge(queue: "dispatcher.events")
                #expect(try await sent.count(since: Date() - 3600, in: shop.pool) == 30)
                #expect(try await sent.resend(since: Date() - 3600, in: shop.pool) == 30)
                try await eventually("they are back") { try await shop.vhost.queueDepth("dispatcher.events") == 30 }
            }
        }
    }
}
