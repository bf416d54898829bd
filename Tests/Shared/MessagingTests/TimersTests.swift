import Contracts
import Foundation
import Messaging
import Postgres
import TestSupport
import Testing

@Suite struct `Timers of a service` {
    static func timers(_ shop: Workshop, _ outbox: Outbox, _ handler: @escaping Timers.Handler) -> Timers {
        Timers(
            schema: Workshop.schema, service: "dispatcher", pool: shop.pool, outbox: outbox, logger: Workshop.logger,
            handlers: ["remind": handler])
    }

    @Test func `fire once, with two instances at work`() async throws {
        try await Workshop.run { shop in
            let outbox = Outbox(schema: Workshop.schema, relay: nil)
            let subjects = (0..<400).map { _ in UUID() }
            let fire: Timers.Handler = { due, work in
                for timer in due {
                    try work.publish(
                        Sample.ticket(timer.subject), aggregate: timer.subject, version: 1, correlation: timer.subject,
                        cause: timer.cause(source: "dispatcher"))
                }
            }
            try await serving([Self.timers(shop, outbox, fire), Self.timers(shop, outbox, fire)]) {
                try await shop.pool.transaction { transaction in
                    let work = try await outbox.unitOfWork(in: transaction, source: "dispatcher")
                    for subject in subjects {
                        try await work.setTimer(
                            kind: "remind", subject: subject, dueAt: work.now + .random(in: 0...1))
                    }
                    try await outbox.save(work)
                }
                try await eventually("all have fired") {
                    try await shop.count("timer", where: "fired_at is not null") == subjects.count
                }
            }
            #expect(try await shop.count("outbox") == subjects.count)
            #expect(try await shop.count("timer", where: "fired_at < due_at") == 0)
        }
    }

    @Test func `are void when moved or cancelled`() async throws {
        try await Workshop.run { shop in
            let outbox = Outbox(schema: Workshop.schema, relay: nil)
            let fired = Notebook<Timers.Due>()
            let (moved, cancelled) = (UUID(), UUID())
            try await shop.pool.transaction { transaction in
                let now = try await transaction.now(schema: Workshop.schema)
                try await outbox.setTimer(kind: "remind", subject: moved, dueAt: now + 3600, in: transaction)
                try await outbox.setTimer(kind: "remind", subject: cancelled, dueAt: now + 3600, in: transaction)
                try await outbox.setTimer(kind: "remind", subject: moved, dueAt: now - 1, in: transaction)
                try await outbox.cancelTimer(kind: "remind", subject: cancelled, in: transaction)
            }
            try await serving([Self.timers(shop, outbox) { due, _ in due.forEach { fired.write($0) } }]) {
                try await eventually("one has fired") { fired.entries.count == 1 }
            }
            #expect(fired.entries.map(\.subject) == [moved])
            #expect(fired.entries.map(\.generation) == [2])
            #expect(try await shop.count("timer", where: "fired_at is null and cancelled_at is null") == 0)
        }
    }

    @Test func `fall due when a development stack's clock is moved, and only there`() async throws {
        try await Workshop.run { shop in
            let outbox = Outbox(schema: Workshop.schema, relay: nil)
            let clock = DatabaseClock(schema: Workshop.schema)
            let fired = Notebook<Date>()
            let subject = UUID()
            try await serving([Self.timers(shop, outbox) { _, work in fired.write(work.now) }]) {
                let due = try await clock.read(in: shop.pool).now + 86_400
                try await shop.pool.transaction {
                    try await outbox.setTimer(kind: "remind", subject: subject, dueAt: due, in: $0)
                }
                await #expect(throws: DatabaseClock.Fixed.self) {
                    try await clock.advance(by: .seconds(86_400), in: shop.pool)
                }
                try await clock.setAdjustable(true, in: shop.pool)
                #expect(fired.entries.isEmpty)
                let reading = try await clock.advance(by: .seconds(2 * 86_400), in: shop.pool)
                #expect(reading.ahead == .seconds(2 * 86_400))
                try await eventually("it has fired") { fired.entries.first.map { $0 > due } ?? false }
            }
        }
    }

    @Test func `go on when one handler fails, and try that one again later`() async throws {
        struct Broken: Error {}
        try await Workshop.run { shop in
            let outbox = Outbox(schema: Workshop.schema, relay: nil)
            let bad = UUID()
            let timers = Self.timers(shop, outbox) { due, _ in
                if due.contains(where: { $0.subject == bad }) { throw Broken() }
            }
            try await shop.pool.transaction { transaction in
                let work = try await outbox.unitOfWork(in: transaction, source: "dispatcher")
                for subject in [bad] + (0..<20).map({ _ in UUID() }) {
                    try await work.setTimer(kind: "remind", subject: subject, dueAt: work.now)
                }
                try await outbox.save(work)
            }
            try await serving([timers]) {
                try await eventually("the others have fired") {
                    try await shop.count("timer", where: "fired_at is not null") == 20
                }
                try await eventually("the bad one is put off") {
                    try await shop.count(
                        "timer",
                        where:
                            "attempts = 1 and last_error like 'Broken%' and wake_at > now() + interval '5 s' and fired_at is null"
                    ) == 1
                }
            }
        }
    }
}
