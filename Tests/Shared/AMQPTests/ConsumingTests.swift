import AMQP
import Foundation
import TestSupport
import Testing

@Suite struct `A consumption` {
    @Test func `gets bodies of any size whole, on two channels at once`() async throws {
        let chunk = 131_064
        let sizes = [0, 1, chunk - 1, chunk, chunk + 1, 2 * chunk, 5 * chunk, 1 << 20, 16 << 20]
        try await withVhost(declarations: Declarations(queues: [.quorum("a"), .quorum("b")])) { vhost in
            let messages = sizes.flatMap { size in
                ["a", "b"].map { queue in
                    var message = Publication.test(to: queue)
                    message.body = Array(repeating: UInt8(truncatingIfNeeded: size), count: size)
                    for position in stride(from: 0, to: size, by: 1009) {
                        message.body[position] = UInt8(truncatingIfNeeded: position / 1009)
                    }
                    return message
                }
            }
            let start = ContinuousClock.now
            #expect(await vhost.client.publish(messages, timeout: .seconds(60)).allSatisfy { $0 == .confirmed })
            // A body of whole frames was once held back for 200 ms, every time.
            var fastest = Duration.seconds(60)
            for _ in 0..<5 {
                let begin = ContinuousClock.now
                #expect(await vhost.client.publish([messages[6]]) == [.confirmed])
                fastest = min(fastest, ContinuousClock.now - begin)
            }
            #expect(fastest < .milliseconds(190))
            try await vhost.client.purge(queue: "a")
            #expect(
                await vhost.client.publish(messages.filter { $0.routingKey == "a" }, timeout: .seconds(60)).count
                    == sizes.count)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for queue in ["a", "b"] {
                    group.addTask {
                        let consumption = vhost.client.consume(queue, prefetch: 4)
                        for expected in messages where expected.routingKey == queue {
                            let message = try #require(try await consumption.nextBatch(upTo: 1)?.first)
                            #expect(message.body == expected.body, "\(expected.body.count) bytes")
                            #expect(message.properties.messageID == expected.properties.messageID)
                            consumption.acknowledge([message.tag])
                        }
                        await consumption.cancel()
                    }
                }
                try await group.waitForAll()
            }
            #expect(ContinuousClock.now - start < .seconds(60))
        }
    }

    @Test func `brings every kind of header and property back`() async throws {
        try await withVhost(declarations: Declarations(queues: [.quorum("work")])) { vhost in
            var message = Publication.test("Grüße 你好", to: "work")
            message.properties.contentType = "application/json"
            message.properties.contentEncoding = "identity"
            message.properties.correlationID = "c"
            message.properties.replyTo = "reply.x"
            message.properties.timestamp = Date(timeIntervalSince1970: 1_700_000_000)
            message.properties.type = "ticket.created"
            message.properties.appID = "intake"
            message.properties.userID = vhost.management.user
            message.properties.headers = [
                "yes": .bool(true), "no": .bool(false), "int": .int(.min), "big": .int(.max), "double": .double(-0.5),
                "text": .string("派单"), "empty": .string(""), "bytes": .bytes([0, 255]), "void": .void,
                "time": .timestamp(Date(timeIntervalSince1970: 42)),
                "table": .table(["inner": .array([.int(1), .table([:]), .array([])])]),
                "array": .array([.string("a"), .bool(true)]),
                String(repeating: "k", count: 255): .int(1),
            ]
            #expect(await vhost.client.publish([message]) == [.confirmed])
            let consumption = vhost.client.consume("work", prefetch: 1)
            let received = try #require(try await consumption.nextBatch(upTo: 1)?.first)
            #expect(received.properties == message.properties)
            #expect(received.body == message.body)
            #expect(received.routingKey == "work" && received.exchange == "" && !received.isRedelivered)
            await consumption.reject(received.tag, requeue: true)
            let again = try #require(try await consumption.nextBatch(upTo: 1)?.first)
            #expect(again.isRedelivered)
            consumption.acknowledge([again.tag, again.tag])
            await consumption.cancel()
            try await eventually("an empty queue") { try await vhost.queueDepth("work") == 0 }
        }
    }

    @Test func `hands out what it had when it is cancelled, and no redelivery follows`() async throws {
        try await withVhost(declarations: Declarations(queues: [.quorum("work")])) { vhost in
            _ = await vhost.client.publish((0..<100).map { .test("\($0)", to: "work") })
            let consumption = vhost.client.consume("work", prefetch: 30)
            var bodies: [String] = []
            var tags = try #require(try await consumption.nextBatch(upTo: 1)).map { message in
                bodies.append(String(decoding: message.body, as: UTF8.self))
                return message.tag
            }
            try await eventually("a full prefetch") { try await vhost.queueDepth("work") == 70 }
            await consumption.cancel()
            while let batch = try await consumption.nextBatch(upTo: 8) {
                bodies += batch.map { String(decoding: $0.body, as: UTF8.self) }
                tags += batch.map(\.tag)
            }
            #expect(bodies == (0..<30).map(String.init))
            consumption.acknowledge(tags)
            #expect(try await vhost.queueDepth("work") == 70)
            let rest = vhost.client.consume("work", prefetch: 100)
            for _ in 0..<70 { #expect(try await rest.nextBatch(upTo: 1)?.first?.isRedelivered == false) }
        }
    }

    @Test func `waits without harm: cancelled tasks and stopped clients end it`() async throws {
        try await withVhost(declarations: Declarations(queues: [.quorum("work")])) { vhost in
            let consumption = vhost.client.consume("work", prefetch: 1)
            let waiting = Task { try await consumption.nextBatch(upTo: 1) }
            waiting.cancel()
            await #expect(throws: CancellationError.self) { try await waiting.value }
            _ = await vhost.client.publish([.test("later", to: "work")])
            let message = try #require(try await consumption.nextBatch(upTo: 1)?.first)
            #expect(message.body == [UInt8]("later".utf8))

            let other = BrokerClient(vhost.settings(), declarations: Declarations(), logger: .quiet)
            let early = other.consume("work", prefetch: 1)
            async let end = early.nextBatch(upTo: 1)
            try await running(other) {
                try await other.untilReady()
            }
            #expect(try await end == nil)
            #expect(try await other.consume("work", prefetch: 1).nextBatch(upTo: 1) == nil)
            early.acknowledge([message.tag])
        }
    }

    @Test func `subscribes again when its queue is deleted, after it was declared again`() async throws {
        try await withVhost(declarations: Declarations(queues: [.quorum("work")])) { vhost in
            let consumption = vhost.client.consume("work", prefetch: 10)
            _ = await vhost.client.publish([.test("1", to: "work")])
            let first = try #require(try await consumption.nextBatch(upTo: 1)?.first)
            try await vhost.client.delete(queue: "work")
            try await eventually("the queue and its consumer") {
                try await vhost.client.inspect(queue: "work")?.consumers == 1
            }
            consumption.acknowledge([first.tag])
            #expect(await vhost.client.publish([.test("2", to: "work")]) == [.confirmed])
            #expect(try await consumption.nextBatch(upTo: 1)?.first?.body == [UInt8]("2".utf8))
        }
    }

    @Test func `waits for a queue that is not there yet`() async throws {
        try await withVhost { vhost in
            let consumption = vhost.client.consume("late", prefetch: 10)
            async let batch = consumption.nextBatch(upTo: 1)
            try await vhost.client.declare(Declarations(queues: [.quorum("late")]))
            _ = await vhost.client.publish([.test("x", to: "late")])
            #expect(try await batch?.count == 1)
            #expect(try await vhost.client.inspect(queue: "none") == nil)
        }
    }

    @Test func `cannot be declared otherwise than it is, and the broker says so`() async throws {
        try await withVhost(declarations: Declarations(queues: [.quorum("work")])) { vhost in
            let other = QueueDeclaration.quorum("work", ["x-delivery-limit": .int(3)])
            let error = try await #require(throws: BrokerError.self) {
                try await vhost.client.declare(Declarations(queues: [other]))
            }
            #expect(error.reason == .refused(code: 406) && !error.isRetriable)
            #expect(error.description.contains("x-delivery-limit"))
            await #expect(throws: BrokerError.self) {
                try await vhost.client.declare(Declarations(queues: [.quorum(String(repeating: "n", count: 256))]))
            }
            #expect(await vhost.client.publish([.test(to: "work")]) == [.confirmed])
        }
    }
}
