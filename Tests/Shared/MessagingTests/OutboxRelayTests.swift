import AMQP
import Contracts
import Foundation
import Kernel
import Messaging
import Postgres
import TestSupport
import Testing

@Suite struct `The outbox relay` {
    @Test func `sends what was committed, once, in order, and keeps it in outbox_sent`() async throws {
        try await Workshop.run { shop in
            let relay = shop.relay()
            let outbox = Outbox(schema: Workshop.schema, relay: relay)
            let seen = shop.broker.consume("dispatcher.events", prefetch: 1000)
            let ids = (0..<500).map { _ in UUID() }
            try await serving([relay]) {
                for part in stride(from: 0, to: ids.count, by: 50) {
                    try await shop.pool.transaction { transaction in
                        try await outbox.append(
                            try ids[part..<part + 50].map { try Sample.event($0) }, in: transaction)
                    }
                }
                var received: [String] = []
                while received.count < ids.count {
                    let batch = try #require(try await seen.nextBatch(upTo: 500))
                    received += batch.compactMap(\.properties.messageID)
                    seen.acknowledge(batch.map(\.tag))
                }
                #expect(received == ids.map { $0.uuidString.lowercased() })
                try await eventually("the outbox is empty") { try await shop.count("outbox") == 0 }
            }
            #expect(try await shop.count("outbox_sent") == ids.count)
            await seen.cancel()
        }
    }

    @Test func `says nothing of what was rolled back`() async throws {
        struct Enough: Error {}
        try await Workshop.run { shop in
            let relay = shop.relay()
            let outbox = Outbox(schema: Workshop.schema, relay: relay)
            try await serving([relay]) {
                await #expect(throws: Enough.self) {
                    try await shop.pool.transaction { transaction in
                        try await outbox.append([try Sample.event()], in: transaction)
                        throw Enough()
                    }
                }
                try await shop.pool.transaction { try await outbox.append([try Sample.event()], in: $0) }
                try await eventually("one was sent") { try await shop.count("outbox_sent") == 1 }
            }
            #expect(try await shop.vhost.queueDepth("dispatcher.events") == 1)
        }
    }

    @Test func `keeps what has no route, with the reason, and sends it when there is one`() async throws {
        try await Workshop.run { shop in
            let relay = shop.relay()
            let outbox = Outbox(schema: Workshop.schema, relay: relay)
            let command = try OutgoingMessage.command(
                SendDelivery(delivery: .init(UUID()), channel: .sms), to: "nobody", id: UUID(), correlation: UUID(),
                causation: nil, source: "notifier", time: Date())
            try await serving([relay]) {
                try await shop.pool.transaction { try await outbox.append([command, try Sample.event()], in: $0) }
                try await eventually("the reason is written down") {
                    try await shop.count("outbox", where: "attempts = 1 and last_error like 'unroutable: 312%'") == 1
                }
                #expect(try await shop.count("outbox_sent") == 1)
                try await shop.broker.declare(
                    Declarations(
                        queues: [.quorum("nobody")],
                        bindings: [BindingDeclaration(exchange: "paidan.commands", queue: "nobody", key: "nobody")]))
                try await shop.pool.query("update dispatch.outbox set not_before = now()")
                try await eventually("it was sent") { try await shop.count("outbox_sent") == 2 }
            }
        }
    }

    @Test func `keeps what a full queue refuses`() async throws {
        try await Workshop.run { shop in
            try await shop.broker.declare(
                Declarations(
                    queues: [.quorum("small", ["x-max-length": .int(1), "x-overflow": .string("reject-publish")])],
                    bindings: [BindingDeclaration(exchange: "paidan.commands", queue: "small", key: "small")]))
            let relay = shop.relay()
            let outbox = Outbox(schema: Workshop.schema, relay: relay)
            func command() throws -> OutgoingMessage {
                try .command(
                    SendDelivery(delivery: .init(UUID()), channel: .sms), to: "small", id: UUID(), correlation: UUID(),
                    causation: nil, source: "notifier", time: Date())
            }
            try await serving([relay]) {
                // The broker notices a full queue only a little later, so one after the other.
                try await eventually("some are refused") {
                    let one = try command()
                    try await shop.pool.transaction { try await outbox.append([one], in: $0) }
                    return try await shop.count("outbox", where: "last_error like 'refused%' and not_before > now()")
                        > 0
                }
                try await eventually("the age is seen") { relay.oldestAge > .zero }
                try await shop.broker.purge(queue: "small")
                try await shop.pool.query("update dispatch.outbox set not_before = now()")
                try await eventually("some more were sent") {
                    try await shop.count("outbox_sent", where: "routing_key = 'small'") > 1
                }
            }
        }
    }

    @Test func `drops an answer to an adapter without a queue, so that it cannot stop the others`() async throws {
        try await Workshop.run { shop in
            let relay = shop.relay()
            let outbox = Outbox(schema: Workshop.schema, relay: relay)
            let answer = try OutgoingMessage.reply(
                InboundAnswer(request: "a-1", outcome: Open(.accepted)), to: "reply.nobody", id: UUID(),
                correlation: nil,
                causation: nil, source: "intake", time: Date(), request: "a-1")
            try await serving([relay]) {
                try await shop.pool.transaction { try await outbox.append([answer], in: $0) }
                try await eventually("it is gone") { try await shop.count("outbox") == 0 }
            }
            #expect(try await shop.count("outbox_sent") == 0)
        }
    }

    @Test func `stands by while another leads, and takes over when that one ends`() async throws {
        try await Workshop.run { shop in
            let first = shop.relay()
            let second = shop.relay()
            let outbox = Outbox(schema: Workshop.schema, relay: nil)
            func leaders() async throws -> Int {
                let rows = try await shop.database.adminPool.query(
                    """
                    select count(*) as n from pg_locks
                    where locktype = 'advisory' and granted
                        and database = (select oid from pg_database where datname = current_database())
                    """)
                return try rows[0].value("n")
            }
            try await serving([second]) {
                try await serving([first]) {
                    try await eventually("one leads") { try await leaders() == 1 }
                    try await shop.pool.transaction { try await outbox.append([try Sample.event()], in: $0) }
                    try await eventually("sent") { try await shop.count("outbox_sent") == 1 }
                    #expect(try await leaders() == 1)
                }
                try await shop.pool.transaction { try await outbox.append([try Sample.event()], in: $0) }
                try await eventually("sent by the other") { try await shop.count("outbox_sent") == 2 }
                // Even when its connection is torn away.
                try await shop.database.terminateBackends()
                try await eventually("written") {
                    do {
                        try await shop.pool.transaction { try await outbox.append([try Sample.event()], in: $0) }
                        return true
                    } catch { return false }
                }
                try await eventually("sent after that") { try await shop.count("outbox_sent") >= 3 }
            }
        }
    }

    @Test func `is quick when there is little to do`() async throws {
        try await Workshop.run { shop in
            let relay = shop.relay()
            let outbox = Outbox(schema: Workshop.schema, relay: relay)
            let seen = shop.broker.consume("dispatcher.events", prefetch: 10)
            var waits: [Duration] = []
            try await serving([relay]) {
                for _ in 0..<50 {
                    let started = ContinuousClock.now
                    try await shop.pool.transaction { try await outbox.append([try Sample.event()], in: $0) }
                    let batch = try #require(try await seen.nextBatch(upTo: 1))
                    waits.append(.now - started)
                    seen.acknowledge(batch.map(\.tag))
                }
            }
            await seen.cancel()
            let median = waits.sorted()[waits.count / 2]
            print("created to delivered, median: \(median)")
            #expect(median < .milliseconds(100))
        }
    }
}
