import AMQP
import Contracts
import Foundation
import Kernel
import Messaging
import Postgres
import TestSupport
import Testing

/// The death of a process is played by what it leaves behind: deliveries that come back, rows that were taken.
@Suite struct `A message that may have ended its process` {
    /// What each call of the handler was given, by version.
    private typealias Seen = Notebook<[Int64]>

    private static func route(_ seen: Seen) -> Route {
        .on(
            TicketCreated.self, versions: .each,
            batch: { items, _ in
                seen.write(items.compactMap(\.envelope.aggregate?.version))
            })
    }

    /// Published, delivered and given back so often that each is a suspect.
    private static func publishSuspects(_ messages: [OutgoingMessage], _ shop: Workshop) async throws {
        try await shop.publish(messages.map(Sample.publication))
        let consumption = shop.broker.consume("dispatcher.events", prefetch: messages.count)
        for round in 1...3 {
            var received: [ReceivedMessage] = []
            while received.count < messages.count {
                received += try #require(try await consumption.nextBatch(upTo: messages.count))
            }
            // Else the last time they could come back to this one, which would keep them.
            if round == 3 { await consumption.cancel() }
            for message in received { await consumption.reject(message.tag, requeue: true) }
        }
    }

    @Test func `is handled alone, once, when the broker has got it back three times`() async throws {
        try await Workshop.run { shop in
            let seen = Seen()
            let consumer = shop.consumer(routes: Self.route(seen))
            try await Self.publishSuspects(try (0..<5).map { _ in try Sample.event() }, shop)
            try await serving([consumer, shop.deferredWorker(consumer)]) {
                try await eventually("all are handled") { seen.entries.count >= 5 }
                try await eventually("none is left") { try await shop.count("deferred") == 0 }
            }
            #expect(seen.entries == Array(repeating: [1], count: 5))
            #expect(try await shop.vhost.queueDepth("dispatcher.events") == 0)
        }
    }

    /// One that ends the process now would give them back once more, and in the end the broker would give them up.
    @Test func `is out of the queue before anybody looks into what came with it`() async throws {
        try await Workshop.run { shop in
            let (gate, opening) = AsyncStream.makeStream(of: Void.self)
            let seen = Notebook<Int>()
            let consumer = shop.consumer(
                routes: .on(
                    TicketCreated.self,
                    batch: { items, _ in
                        seen.write(items.count)
                        for await _ in gate {}
                    }))
            try await Self.publishSuspects(try (0..<5).map { _ in try Sample.event() }, shop)
            try await shop.publish(try (0..<20).map { _ in Sample.publication(try Sample.event()) })
            try await serving([consumer]) {
                try await eventually("a handler has begun") { !seen.entries.isEmpty }
                #expect(try await shop.count("deferred", where: "reason = 'suspect' and taken = 1") == 5)
                opening.finish()
                try await eventually("the others are handled") { seen.entries.reduce(0, +) == 20 }
            }
        }
    }

    @Test func `is none for a count that its sender wrote`() async throws {
        try await Workshop.run { shop in
            let seen = Seen()
            var publication = Sample.publication(try Sample.event())
            publication.properties.headers["x-delivery-count"] = .int(9)
            let consumer = shop.consumer(routes: Self.route(seen))
            try await shop.publish([publication])
            try await serving([consumer]) {
                try await eventually("it is handled at once") { seen.entries == [[1]] }
            }
            #expect(try await shop.count("deferred") == 0)
        }
    }

    @Test func `goes before those that waited behind it, and not with them`() async throws {
        try await Workshop.run { shop in
            let (seen, aggregate) = (Seen(), UUID())
            let consumer = shop.consumer(routes: Self.route(seen))
            try await Self.publishSuspects([try Sample.event(aggregate: aggregate, version: 1)], shop)
            try await shop.publish(
                try (2...4).map { Sample.publication(try Sample.event(aggregate: aggregate, version: $0)) })
            try await serving([consumer]) {
                try await eventually("all wait") { try await shop.count("deferred") == 4 }
                #expect(seen.entries == [])
            }
            let next = shop.consumer(routes: Self.route(seen))
            try await serving([next, shop.deferredWorker(next)]) {
                try await eventually("all are handled") { seen.entries.joined().count == 4 }
            }
            #expect(seen.entries.first == [1])
            #expect(Array(seen.entries.joined()) == [1, 2, 3, 4])
        }
    }

    /// Else nobody could tell, after the process has ended, that this message was in its hands.
    @Test func `is written down as taken before anybody looks at it, and as settled when it failed`() async throws {
        try await Workshop.run { shop in
            let (inside, onward) = (Gate(2), Gate(2))
            let consumer = shop.consumer(
                routes: .on(
                    TicketCreated.self,
                    each: { incoming, _ in
                        // The tries at once that follow do not wait.
                        await inside.arrive()
                        await onward.arrive()
                        throw HandlingError.notYet(reason: "x")
                    }))
            try await Self.publishSuspects([try Sample.event()], shop)
            try await serving([consumer, shop.deferredWorker(consumer)]) {
                await inside.arrive()
                #expect(try await shop.count("deferred", where: "taken = 2 and reason = 'suspect'") == 1)
                await onward.arrive()
                try await eventually("it failed") {
                    try await shop.count("deferred", where: "taken = 0 and reason = 'notYet'") == 1
                }
            }
        }
    }

    @Test func `is dead when nothing was heard of it four times, unread`() async throws {
        try await Workshop.run { shop in
            let seen = Seen()
            let relay = shop.relay()
            let outbox = Outbox(schema: Workshop.schema, relay: relay)
            let consumer = shop.consumer(outbox: outbox, routes: Self.route(seen))
            let (deadly, innocent) = (try Sample.event(), try Sample.event())
            try await Self.publishSuspects([deadly, innocent], shop)
            try await serving([consumer]) {
                try await eventually("both wait") { try await shop.count("deferred") == 2 }
            }
            for (message, taken) in [(deadly, 4), (innocent, 3)] {
                try await shop.pool.query(
                    "update dispatch.deferred set taken = \(taken)::int where message_id = \(message.envelope.id)")
            }
            let next = shop.consumer(outbox: outbox, routes: Self.route(seen))
            try await serving([relay, next, shop.deferredWorker(next), shop.archiver(["dispatcher.events"])]) {
                try await eventually("it is archived") {
                    try await shop.count("dead_letter", where: "reason = 'crashed'") == 1
                }
                try await eventually("none is left") { try await shop.count("deferred") == 0 }
            }
            #expect(seen.entries == [[1]])
            // Whoever replays it does not lay hands on its neighbours.
            let archive = DeadLetters(schema: Workshop.schema)
            let letter = try #require(try await archive.list(in: shop.pool).first)
            #expect(letter.messageID == deadly.envelope.id.uuidString.lowercased())
            #expect(try await archive.replay([letter.id], in: shop.pool) == 1)
            #expect(try await shop.count("deferred", where: "taken = 1") == 1)
        }
    }
}
