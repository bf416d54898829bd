import AMQP
import Logging

/// Publishes to a quorum queue with confirms, or empties it; what Tests/Load/c/amqpload.c does with librabbitmq alone.
struct AMQPLoad {
    let queue: String
    let count: Int
    /// Messages without a confirm, or delivered and not acknowledged, at most.
    let window: Int

    private static let batch = 256
    private static let acknowledged = 64

    /// Messages a second.
    func publish() async throws -> Double {
        var properties = MessageProperties()
        properties.messageID = "01234567-89ab-cdef-0123-456789abcdef"
        properties.contentType = "application/json"
        properties.type = "ticket.created.v1"
        for name in ["cloudEvents:source", "cloudEvents:subject", "traceparent", "aggregateversion"] {
            properties.headers[name] = .string("0123456789abcdef0123456789abcdef")
        }
        let message = Publication(
            exchange: "", routingKey: queue, properties: properties, body: Array(repeating: 120, count: 1024))
        let batches = stride(from: 0, to: count, by: Self.batch).map { min(Self.batch, count - $0) }
        return try await connected { client in
            let lanes = max(1, window / Self.batch)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for lane in 0..<lanes {
                    group.addTask {
                        for size in stride(from: lane, to: batches.count, by: lanes).map({ batches[$0] }) {
                            let outcomes = await client.publish(
                                Array(repeating: message, count: size), timeout: .seconds(60))
                            guard outcomes.allSatisfy({ $0 == .confirmed }) else {
                                throw Misuse(what: "a message was not confirmed")
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    /// Messages a second.
    func consume() async throws -> Double {
        try await connected { client in
            let deliveries = client.consume(queue, prefetch: window)
            var taken = 0
            while taken < count, let batch = try await deliveries.nextBatch(upTo: Self.acknowledged) {
                taken += batch.count
                deliveries.acknowledge(batch.map(\.tag))
            }
        }
    }

    private func connected(_ body: @escaping @Sendable (BrokerClient) async throws -> Void) async throws -> Double {
        let declared = Declarations(
            queues: [QueueDeclaration(name: queue, arguments: ["x-queue-type": .string("quorum")])])
        let client = BrokerClient(try Places.broker(), declarations: declared, logger: Logger(label: "load"))
        return try await with(client) {
            while true {
                let status = await client.status
                if status.isPublisherReady && status.isConsumerReady { break }
                try await Task.sleep(for: .milliseconds(5))
            }
            let begin = ContinuousClock.now
            try await body(client)
            return Double(count) / ((ContinuousClock.now - begin) / .seconds(1))
        }
    }
}
