import AMQP
import Foundation
import Logging
import TestSupport
import Testing

extension Publication {
    static func test(_ text: String = "x", to queue: String, exchange: String = "", id: String? = nil) -> Publication {
        var properties = MessageProperties()
        properties.messageID = id ?? UUID().uuidString
        return Publication(exchange: exchange, routingKey: queue, properties: properties, body: [UInt8](text.utf8))
    }
}

@Suite struct `A publisher` {
    @Test func `gets ten thousand publications confirmed, in their order`() async throws {
        let declarations = Declarations(
            exchanges: [.init(name: "events", kind: "topic")], queues: [.quorum("work")],
            bindings: [.init(exchange: "events", queue: "work", key: "a.#")])
        try await withVhost(declarations: declarations) { vhost in
            let messages = (0..<10_000).map { Publication.test("\($0)", to: "a.b", exchange: "events") }
            let outcomes = await vhost.client.publish(messages, timeout: .seconds(60))
            #expect(outcomes.allSatisfy { $0 == .confirmed })
            #expect(outcomes.count == 10_000)
            #expect(try await vhost.queueDepth("work") == 10_000)
            let consumption = vhost.client.consume("work", prefetch: 500)
            var received: [String] = []
            while received.count < 10_000, let batch = try await consumption.nextBatch(upTo: 64) {
                received += batch.map { String(decoding: $0.body, as: UTF8.self) }
                consumption.acknowledge(batch.map(\.tag))
            }
            #expect(received == (0..<10_000).map(String.init))
            await consumption.cancel()
            #expect(try await consumption.nextBatch(upTo: 1) == nil)
            try await eventually("an empty queue") { try await vhost.queueDepth("work") == 0 }
        }
    }

    @Test func `is told which of its publications nobody is bound for`() async throws {
        let declarations = Declarations(
            exchanges: [.init(name: "events", kind: "topic")], queues: [.quorum("work")],
            bindings: [.init(exchange: "events", queue: "work", key: "a.#")])
        try await withVhost(declarations: declarations) { vhost in
            let messages = (0..<300).map {
                Publication.test(to: $0 % 3 == 0 ? "b.\($0)" : "a.\($0)", exchange: "events")
            }
            let outcomes = await vhost.client.publish(messages)
            for (index, outcome) in outcomes.enumerated() {
                #expect(outcome == (index % 3 == 0 ? .unroutable(code: 312, text: "NO_ROUTE") : .confirmed))
            }
        }
    }

    @Test func `is refused by a full queue, and taken again when it has room`() async throws {
        let full = QueueDeclaration.quorum("full", ["x-max-length": .int(5), "x-overflow": .string("reject-publish")])
        try await withVhost(declarations: Declarations(queues: [full])) { vhost in
            var outcomes: [PublishOutcome] = []
            // A quorum queue notices its length a little late.
            try await eventually("a refusal") {
                outcomes += await vhost.client.publish([.test(to: "full")])
                return outcomes.last == .refused
            }
            #expect(outcomes.prefix(5).allSatisfy { $0 == .confirmed })
            try await vhost.client.purge(queue: "full")
            try await eventually("room") { await vhost.client.publish([.test(to: "full")]) == [.confirmed] }
        }
    }

    @Test func `learns of a foreign user id and of a missing exchange, and goes on`() async throws {
        try await withVhost(declarations: Declarations(queues: [.quorum("work")])) { vhost in
            let settings = try await vhost.createUser("adapter", configure: ".*", write: ".*", read: ".*")
            let client = BrokerClient(settings, declarations: Declarations(), logger: .quiet)
            try await running(client) {
                var forged = Publication.test(to: "work")
                forged.properties.userID = "somebody"
                guard case .unroutable(406, let text)? = await client.publish([forged]).first else {
                    Issue.record("a forged user id was not refused")
                    return
                }
                #expect(text.contains("user_id"))
                guard case .unroutable(404, _)? = await client.publish([.test(to: "work", exchange: "none")]).first
                else {
                    Issue.record("a missing exchange was not noticed")
                    return
                }
                var honest = Publication.test(to: "work")
                honest.properties.userID = settings.user
                #expect(await client.publish([honest]) == [.confirmed])
            }
        }
    }

    @Test func `may not write where it has no right`() async throws {
        let declarations = Declarations(exchanges: [.init(name: "events", kind: "topic")], queues: [.quorum("work")])
        try await withVhost(declarations: declarations) { vhost in
            let settings = try await vhost.createUser("adapter", write: "other")
            let client = BrokerClient(settings, declarations: Declarations(), logger: .quiet)
            try await running(client) {
                let outcome = await client.publish([.test(to: "a", exchange: "events")]).first
                guard case .unroutable(403, let text)? = outcome else {
                    Issue.record("\(String(describing: outcome))")
                    return
                }
                #expect(text.contains("ACCESS_REFUSED"))
            }
        }
    }

    @Test func `says why when it is not connected, and does not wait longer than it was told`() async throws {
        let management = BrokerManagement()
        let settings = BrokerSettings(
            hosts: [.init(host: management.host, port: management.port)], vhost: "/", user: management.user,
            password: "wrong", connectionName: "test")
        let client = BrokerClient(settings, declarations: Declarations(), logger: .quiet)
        #expect(await client.publish([.test(to: "x")], timeout: .milliseconds(50)) == [.unknown("not connected")])
        try await running(client) {
            try await eventually("the broker's refusal") {
                guard
                    case .unknown(let why)? = await client.publish([.test(to: "x")], timeout: .milliseconds(300)).first
                else { return false }
                return why.contains("403 ACCESS_REFUSED")
            }
        }
        #expect(await client.publish([.test(to: "x")]) == [.unknown("stopped")])
    }

    @Test func `turns to the next host when one is not there`() async throws {
        try await withVhost(declarations: Declarations(queues: [.quorum("work")])) { vhost in
            var settings = vhost.settings()
            settings.hosts.insert(.init(host: "127.0.0.1", port: 1), at: 0)
            let client = BrokerClient(settings, declarations: Declarations(), logger: .quiet)
            try await running(client) {
                #expect(await client.publish([.test(to: "work")]) == [.confirmed])
            }
        }
    }
}
