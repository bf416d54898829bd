import AMQP
import Contracts
import Foundation
import Kernel
import Messaging
import Postgres
import TestSupport
import Testing

@Suite struct `A consumer` {
    @Test func `handles once what comes three times and shuffled`() async throws {
        try await Workshop.run { shop in
            let seen = Notebook<UUID>()
            let messages = try (0..<300).map { _ in try Sample.event() }
            let copies = (messages + messages + messages).shuffled()
            let consumer = shop.consumer(
                routes: .on(
                    TicketCreated.self,
                    batch: { incoming, work in
                        try await work.transaction.query("select 1")
                        incoming.forEach { seen.write($0.envelope.id) }
                    }))
            try await serving([consumer]) {
                try await shop.publish(copies.map(Sample.publication))
                try await eventually("all are handled") { try await shop.count("inbox") == messages.count }
                try await eventually("the queue is empty") { try await shop.vhost.queueDepth("dispatcher.events") == 0 }
            }
            #expect(seen.entries.count == messages.count)
            #expect(Set(seen.entries) == Set(messages.map(\.envelope.id)))
        }
    }

    @Test func `handles the first at once, and together what comes within its pace`() async throws {
        try await Workshop.run { shop in
            let batches = Notebook<Int>()
            let consumer = shop.consumer(
                pace: .seconds(2),
                routes: .on(TicketCreated.self, batch: { incoming, _ in batches.write(incoming.count) }))
            try await serving([consumer]) {
                try await shop.publish([Sample.publication(try Sample.event())])
                try await eventually("the first is handled") { batches.entries == [1] }
                for _ in 0..<5 { try await shop.publish([Sample.publication(try Sample.event())]) }
                try await eventually("the others are handled") { batches.entries.reduce(0, +) == 6 }
                #expect(batches.entries == [1, 5])
            }
        }
    }

    @Test func `handles what is gathered by itself and together, and holds nothing else up for it`() async throws {
        try await Workshop.run { shop in
            let told = Notebook<String>()
            let (gate, opening) = AsyncStream.makeStream(of: Void.self)
            let consumer = shop.consumer(
                on: "notifier.events",
                routes: .on(TicketCreated.self, batch: { incoming, _ in told.write("ticket \(incoming.count)") }),
                Route.on(
                    WorkMoved.self,
                    batch: { incoming, _ in
                        told.write("work \(incoming.count)")
                        for await _ in gate {}
                    }
                ).gathered(every: .seconds(2)))
            func work() throws -> Publication { Sample.publication(try Sample.work()) }
            try await serving([consumer]) {
                try await shop.publish([try work()])
                try await eventually("the first is in work") { told.entries == ["work 1"] }
                try await shop.publish([try work(), Sample.publication(try Sample.event()), try work(), try work()])
                try await eventually("the ticket passes it by") { told.entries == ["work 1", "ticket 1"] }
                opening.finish()
                try await eventually("the others come together") { told.entries.last == "work 3" }
                try await shop.publish([try work()])
            }
            // A stop waits for no pace: the last one was handled.
            #expect(told.entries == ["work 1", "ticket 1", "work 3", "work 1"])
            // And acknowledged: whoever comes next finds nothing but what the stop may have filled its window with.
            let next = shop.consumer(
                on: "notifier.events",
                routes: .on(TicketCreated.self, batch: { _, _ in }),
                .on(WorkMoved.self, batch: { incoming, _ in told.write("again \(incoming.count)") }))
            try await serving([next]) {
                try await eventually("the queue is empty") {
                    try await shop.vhost.queueDepth("notifier.events") == 0
                }
            }
            #expect(told.entries.count == 4, "\(told.entries)")
        }
    }

    @Test func `applies each version in turn, however they come`() async throws {
        try await Workshop.run { shop in
            let seen = Notebook<Envelope.Aggregate>()
            let aggregates = (0..<8).map { _ in UUID() }
            var messages: [Publication] = []
            for aggregate in aggregates {
                for version in 1...25 {
                    let event = try Sample.event(aggregate: aggregate, version: Int64(version))
                    messages += [Sample.publication(event), Sample.publication(event)]
                }
            }
            messages.shuffle()
            let routes = {
                Route.on(TicketCreated.self, versions: .each) { incoming, _ in
                    if let aggregate = incoming.envelope.aggregate { seen.write(aggregate) }
                }
            }
            // Two of them, competing, with small batches: gaps are certain.
            let one = shop.consumer(batch: 7, routes: routes())
            let two = shop.consumer(batch: 5, routes: routes())
            try await serving([one, two]) {
                try await shop.publish(messages)
                try await eventually("all versions are applied") {
                    try await shop.count("stream_position", where: "last_version = 25") == aggregates.count
                }
                try await eventually("the queue is empty") { try await shop.vhost.queueDepth("dispatcher.events") == 0 }
            }
            for aggregate in aggregates {
                let versions = seen.entries.filter { $0.id == aggregate }.map(\.version)
                #expect(Set(versions) == Set(1...25))
            }
            #expect(try await shop.count("deferred") == 0)
        }
    }

    @Test func `parks a gap and drains it when it closes`() async throws {
        try await Workshop.run { shop in
            let seen = Notebook<Int64>()
            let aggregate = UUID()
            let consumer = shop.consumer(
                routes: .on(TicketCreated.self, versions: .each) { incoming, _ in
                    seen.write(incoming.envelope.aggregate?.version ?? 0)
                })
            func send(_ version: Int64) async throws {
                try await shop.publish([Sample.publication(try Sample.event(aggregate: aggregate, version: version))])
            }
            try await serving([consumer]) {
                try await send(3)
                try await send(2)
                try await eventually("both wait") { try await shop.count("deferred", where: "reason = 'gap'") == 2 }
                #expect(seen.entries == [])
                try await send(1)
                try await eventually("all are applied") { seen.entries == [1, 2, 3] }
                try await eventually("nothing waits") { try await shop.count("deferred") == 0 }
            }
        }
    }

    @Test func `drops what is older than the newest seen`() async throws {
        try await Workshop.run { shop in
            let seen = Notebook<Int64>()
            let aggregate = UUID()
            let consumer = shop.consumer(
                routes: .on(TicketCreated.self, versions: .newest) { incoming, _ in
                    seen.write(incoming.envelope.aggregate?.version ?? 0)
                })
            try await serving([consumer]) {
                for version: Int64 in [2, 1, 2, 5, 4, 6] {
                    try await shop.publish([
                        Sample.publication(try Sample.event(aggregate: aggregate, version: version))
                    ])
                }
                try await eventually("the last is applied") { seen.entries.last == 6 }
            }
            #expect(seen.entries == [2, 5, 6])
        }
    }

    @Test func `singles out a poisonous message, and its neighbours are handled`() async throws {
        try await Workshop.run { shop in
            let relay = shop.relay()
            let outbox = Outbox(schema: Workshop.schema, relay: relay)
            let handled = Notebook<String>()
            var publications = try (0..<40).map { Sample.publication(try Sample.event(number: "good \($0)")) }
            publications.insert(Sample.publication(try Sample.event(number: "refused")), at: 5)
            publications.insert(Sample.publication(try Sample.event(number: "broken")), at: 17)
            func bad(_ at: Int, _ change: (inout Publication) -> Void) throws {
                var publication = Sample.publication(try Sample.event())
                change(&publication)
                publications.insert(publication, at: at)
            }
            try bad(3) { $0.body = Array("not json".utf8) }
            try bad(8) { $0.body = Array(#"{"ticket": 5}"#.utf8) }
            try bad(12) { $0.properties.type = "ticket.created.v9" }
            try bad(20) { $0.properties.messageID = nil }
            try bad(25) { $0.body = Array(String(repeating: "[", count: 10_000).utf8) }
            try bad(30) { $0.body = [UInt8](repeating: 32, count: 2 << 20) }
            try bad(33) { $0.properties.messageID = "not a uuid" }
            try bad(35) { $0.properties.timestamp = Date().addingTimeInterval(-40 * 86_400) }
            let consumer = shop.consumer(
                outbox: outbox,
                routes: .on(TicketCreated.self) { incoming, work in
                    if incoming.body.number == "refused" { throw HandlingError.refused(reason: "no such department") }
                    if incoming.body.number == "broken" { try await work.transaction.query("select 1 / 0") }
                    handled.write(incoming.body.number)
                })
            try await serving([relay, shop.archiver(["dispatcher.events"]), consumer]) {
                try await shop.publish(publications)
                try await eventually("nine are archived") { try await shop.count("dead_letter") == 9 }
                try await eventually("all good ones are in the inbox") { try await shop.count("inbox") == 40 }
                try await eventually("the broken one is set aside") {
                    try await shop.count("deferred", where: "reason = 'transient' and attempts = 1") == 1
                }
            }
            #expect(Set(handled.entries).isSuperset(of: (0..<40).map { "good \($0)" }))
            let letters = try await DeadLetters(schema: Workshop.schema).list(in: shop.pool)
            #expect(
                letters.map(\.reason).sorted() == [
                    "envelope", "envelope", "expired", "refused", "tooDeep", "tooLarge", "undecodable", "undecodable",
                    "unknownType",
                ])
            #expect(letters.first { $0.reason == "refused" }?.detail == "no such department")
            #expect(letters.first { $0.reason == "tooLarge" }?.bodySize == 2 << 20)
        }
    }

    @Test func `sets aside what is not ready, and handles it when its time has come`() async throws {
        try await Workshop.run { shop in
            let ready = Notebook<Bool>()
            let handled = Notebook<UUID>()
            let consumer = shop.consumer(
                routes: .on(TicketCreated.self) { incoming, _ in
                    if ready.entries.isEmpty { throw HandlingError.notYet(reason: "no customer") }
                    handled.write(incoming.envelope.id)
                })
            let event = try Sample.event()
            try await serving([consumer, shop.deferredWorker(consumer)]) {
                try await shop.publish([Sample.publication(event)])
                try await eventually("it waits") {
                    try await shop.count(
                        "deferred",
                        where: """
                            attempts = 0 and waits = 1 and detail = 'no customer'
                                and next_attempt_at between now() + interval '5 s' and now() + interval '12 s'
                            """) == 1
                }
                try await shop.pool.query("update dispatch.deferred set next_attempt_at = now()")
                try await eventually("it waits longer") { try await shop.count("deferred", where: "waits = 2") == 1 }
                ready.write(true)
                try await shop.pool.query("update dispatch.deferred set next_attempt_at = now()")
                try await eventually("it is handled") { handled.entries == [event.envelope.id] }
                try await eventually("nothing waits") { try await shop.count("deferred") == 0 }
            }
        }
    }

    @Test func `gives up after twelve rounds`() async throws {
        try await Workshop.run { shop in
            let relay = shop.relay()
            let outbox = Outbox(schema: Workshop.schema, relay: relay)
            let consumer = shop.consumer(
                outbox: outbox,
                routes: .on(TicketCreated.self, each: { _, _ in throw HandlingError.transient(reason: "no answer") }))
            try await serving([relay, consumer, shop.archiver(["dispatcher.events"]), shop.deferredWorker(consumer)]) {
                try await shop.publish([Sample.publication(try Sample.event())])
                try await eventually("it waits") { try await shop.count("deferred") == 1 }
                try await shop.pool.query("update dispatch.deferred set attempts = 11, next_attempt_at = now()")
                try await eventually("it is dead") {
                    try await shop.count("dead_letter", where: "reason = 'attempts'") == 1
                }
                #expect(try await shop.count("deferred") == 0)
            }
        }
    }

    @Test func `says messages under ids that a second run makes again`() async throws {
        try await Workshop.run { shop in
            let runs = Notebook<Int>()
            let cause = try Sample.event()
            let consumer = shop.consumer(
                routes: .on(TicketCreated.self) { incoming, work in
                    try work.publish(
                        incoming.body, aggregate: UUID(), version: 1, correlation: UUID(), cause: incoming.envelope)
                    try work.command(
                        SendDelivery(delivery: .init(UUID()), channel: .sms), to: "notifier.sms", correlation: UUID(),
                        cause: incoming.envelope)
                    runs.write(1)
                    if runs.entries.count == 1 { throw HandlingError.transient(reason: "once") }
                })
            try await serving([consumer]) {
                try await shop.publish([Sample.publication(cause)])
                try await eventually("it is handled") { try await shop.count("outbox") == 2 }
            }
            let ids = try await shop.database.adminPool.query(
                "select message_id, causation_id from dispatch.outbox order by id"
            )
            .map { try $0.decode(UUID.self, UUID.self) }
            #expect(
                ids.map(\.0)
                    == [0, 1].map {
                        MessageIDs.id(
                            cause: cause.envelope.id, service: "dispatcher", handler: "ticket.created.v1", ordinal: $0)
                    })
            #expect(ids.allSatisfy { $0.1 == cause.envelope.id })
        }
    }

    @Test func `stops under load without a single redelivery`() async throws {
        try await Workshop.run { shop in
            let handled = Notebook<UUID>()
            let consumer = shop.consumer(
                routes: .on(TicketCreated.self) { incoming, work in
                    try await work.transaction.query("select pg_sleep(0.001)")
                    handled.write(incoming.envelope.id)
                })
            let all = try (0..<2000).map { _ in try Sample.event() }
            try await shop.publish(all.map(Sample.publication))
            try await serving([consumer]) {
                try await eventually("some are handled") { handled.entries.count > 200 }
            }
            let done = try await shop.count("inbox")
            #expect(done < all.count)
            let rest = shop.broker.consume("dispatcher.events", prefetch: 2000)
            var others: [ReceivedMessage] = []
            while others.count < all.count - done { others += try #require(try await rest.nextBatch(upTo: 2000)) }
            #expect(others.allSatisfy { !$0.isRedelivered })
            #expect(Set(others.compactMap(\.properties.messageID)).count == all.count - done)
            await rest.cancel()
        }
    }

    @Test func `waits for a database that is away, and loses and doubles nothing`() async throws {
        try await Workshop.run { shop in
            let consumer = shop.consumer(
                routes: .on(TicketCreated.self) { incoming, work in
                    try await work.transaction.query(
                        "insert into dispatch.stream_position values ('effect', \(incoming.envelope.id), 1)")
                })
            let all = try (0..<600).map { _ in try Sample.event() }
            try await serving([consumer]) {
                for part in stride(from: 0, to: all.count, by: 100) {
                    try await shop.publish(all[part..<part + 100].map(Sample.publication))
                    try await shop.database.terminateBackends()
                }
                try await eventually("all are handled", within: .seconds(60)) {
                    try await shop.count("stream_position", where: "consumer = 'effect'") == all.count
                }
            }
            #expect(try await shop.count("deferred") == 0)
            #expect(try await shop.count("outbox") == 0)
        }
    }
}
