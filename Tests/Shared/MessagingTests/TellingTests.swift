import AMQP
import Contracts
import Foundation
import Kernel
import Logging
import Messaging
import Postgres
import TestSupport
import Testing

/// What the log tells an operator, and how often.
@Suite struct `The log` {
    @Test func `has a line for a batch of unreadable messages, with an id that finds the letter`() async throws {
        try await Workshop.run { shop in
            let lines = Lines()
            let relay = shop.relay()
            let outbox = Outbox(schema: Workshop.schema, relay: relay)
            let consumer = Consumer(
                queue: "intake.inbound", service: "dispatcher", schema: Workshop.schema,
                routes: [.inbound(InboundRequest.self) { _, _ in }], pool: shop.pool, broker: shop.broker,
                outbox: outbox, logger: lines.logger)
            func request(_ id: String) -> Publication {
                var properties = MessageProperties()
                properties.messageID = id
                properties.userID = shop.vhost.management.user
                return Publication(
                    exchange: "paidan.inbound", routingKey: "inbound.phone", properties: properties,
                    body: Array("oops".utf8))
            }
            try await shop.publish([request("call 1"), request("call 2"), request("call 3")])
            try await serving([relay, shop.archiver(["intake.inbound"]), consumer]) {
                try await eventually("three are archived") { try await shop.count("dead_letter") == 3 }
            }
            let told = lines.with("cannot be read")
            #expect(told.reduce(0) { $0 + (Int($1.metadata["count"] ?? "") ?? 0) } == 3)
            #expect(told.allSatisfy { $0.level == .warning && $0.metadata["queue"] == "intake.inbound" })
            #expect(told.allSatisfy { $0.metadata["reason"] == "undecodable" })
            let id = try #require(told.first?.metadata["message.id"])
            let found = try await DeadLetters(schema: Workshop.schema)
                .list(DeadLetterFilter(messageID: id), in: shop.pool)
            #expect(found.count == 1)
            // And by the sender's own, as before.
            let own = DeadLetterFilter(messageID: "call 2")
            #expect(try await DeadLetters(schema: Workshop.schema).list(own, in: shop.pool).count == 1)
        }
    }

    @Test func `names a message behind a gap once, with the version that is missing`() async throws {
        try await Workshop.run { shop in
            let lines = Lines()
            let consumer = shop.consumer(
                routes: .on(TicketCreated.self, versions: .each, each: { _, _ in }))
            let aggregate = UUID()
            let third = try Sample.event(aggregate: aggregate, version: 3)
            try await serving([consumer]) {
                for version in [Int64(1), 4] {
                    try await shop.publish([
                        Sample.publication(try Sample.event(aggregate: aggregate, version: version))
                    ])
                }
                try await shop.publish([Sample.publication(third)])
                try await eventually("two wait") { try await shop.count("deferred") == 2 }
            }
            try await shop.pool.query("update dispatch.deferred set first_at = now() - interval '1 minute'")
            let worker = DeferredWorker(
                consumers: [consumer], schema: Workshop.schema, pool: shop.pool, logger: lines.logger)
            try await serving([worker]) {
                try await eventually("it is said") { !lines.with("earlier version").isEmpty }
                try await Task.sleep(for: .seconds(12))
            }
            let told = lines.with("earlier version")
            #expect(told.count == 1)
            #expect(told.first?.metadata["queue"] == "dispatcher.events")
            #expect(told.first?.metadata["aggregate.id"] == aggregate.uuidString.lowercased())
            #expect(told.first?.metadata["message.id"] == third.envelope.id.uuidString.lowercased())
            #expect(told.first?.metadata["missing"] == "2")
        }
    }

    @Test func `says a few times a second at most that the relay has no database, whoever wakes it`() async throws {
        let lines = Lines()
        try await withDatabase(schema: Workshop.schema, migrations: Workshop.migrations) { database in
            try await withVhost(declarations: Declarations()) { vhost in
                let relay = OutboxRelay(
                    schema: "nowhere", pool: database.pool, broker: vhost.client, logger: lines.logger)
                try await serving([relay]) {
                    let end = ContinuousClock.now + .seconds(2)
                    while ContinuousClock.now < end {
                        relay.wake()
                        try await Task.sleep(for: .milliseconds(5))
                    }
                }
            }
        }
        let told = lines.with("Relay lost its database session").count
        #expect((1...6).contains(told), "\(told) lines within two seconds")
    }
}
