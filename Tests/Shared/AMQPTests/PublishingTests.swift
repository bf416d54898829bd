import AMQP
import Foundation
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
                await consumption.acknowledge(batch.map(\.tag))
            }
            #expect(received == (0..<10_000).map(String.init))
            await consumption.cancel()
            #expect(try await consumption.nextBatch(upTo: 1) == nil)
            try await eventually("an empty queue") { try await vhost.queueDepth("work") == 0 }
        }
    }
}
