public import AMQP
public import Contracts

extension Topology {
    /// A queue refuses more than so many bytes; the outbox is the buffer.
    private static let queueBytes: Int64 = 1 << 30

    /// As the AMQP client declares it: quorum queues, reject-publish, delivery limit, at-least-once dead letters.
    public var declarations: Declarations {
        Declarations(
            exchanges: exchanges.map { ExchangeDeclaration(name: $0.name, kind: $0.kind.rawValue) },
            queues: queues.map { QueueDeclaration(name: $0.name, arguments: Self.arguments(of: $0)) },
            bindings: bindings.map { BindingDeclaration(exchange: $0.exchange, queue: $0.queue, key: $0.key) })
    }

    private static func arguments(of queue: Queue) -> [String: FieldValue] {
        var arguments: [String: FieldValue] = [
            "x-queue-type": .string("quorum"),
            "x-overflow": .string("reject-publish"),
            "x-max-length-bytes": .int(queueBytes),
        ]
        if let key = queue.deadLetterKey {
            // Only here: without dead letters behind it, a queue would throw away what is beyond the limit.
            arguments["x-delivery-limit"] = .int(Int64(deliveryLimit))
            arguments["x-dead-letter-exchange"] = .string(ExchangeName.dead)
            arguments["x-dead-letter-routing-key"] = .string(key)
            arguments["x-dead-letter-strategy"] = .string("at-least-once")
        }
        return arguments
    }
}
