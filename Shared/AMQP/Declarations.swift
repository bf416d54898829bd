/// A durable exchange.
public struct ExchangeDeclaration: Hashable, Sendable {
    public let name: String
    /// `topic`, `direct`, `fanout` or `headers`.
    public let kind: String

    public init(name: String, kind: String) {
        self.name = name
        self.kind = kind
    }
}

/// A durable queue; its arguments can never change while it exists.
public struct QueueDeclaration: Hashable, Sendable {
    public let name: String
    public let arguments: [String: FieldValue]

    public init(name: String, arguments: [String: FieldValue]) {
        self.name = name
        self.arguments = arguments
    }
}

public struct BindingDeclaration: Hashable, Sendable {
    public let exchange: String
    public let queue: String
    public let key: String

    public init(exchange: String, queue: String, key: String) {
        self.exchange = exchange
        self.queue = queue
        self.key = key
    }
}

/// Declared again after every reconnect.
public struct Declarations: Hashable, Sendable {
    public var exchanges: [ExchangeDeclaration]
    public var queues: [QueueDeclaration]
    public var bindings: [BindingDeclaration]

    public init(
        exchanges: [ExchangeDeclaration] = [], queues: [QueueDeclaration] = [], bindings: [BindingDeclaration] = []
    ) {
        self.exchanges = exchanges
        self.queues = queues
        self.bindings = bindings
    }

    /// In an order in which each finds what it needs.
    var methods: [Method] {
        exchanges.map { .declareExchange($0) } + queues.map { .declareQueue($0, passive: false) }
            + bindings.map { .bind($0) }
    }

    /// - Throws: ``BrokerError`` with reason `invalid`; nothing was sent.
    func validate() throws {
        let names =
            exchanges.flatMap { [$0.name, $0.kind] } + queues.map(\.name)
            + bindings.flatMap { [$0.exchange, $0.queue, $0.key] }
        if let long = names.first(where: { $0.utf8.count > Publication.shortTextLimit }) {
            throw BrokerError(.invalid, "a name is longer than 255 bytes: \(long.prefix(40))...")
        }
        for queue in queues {
            if let fault = FieldValue.table(queue.arguments).fault {
                throw BrokerError(.invalid, "arguments of queue \(queue.name): \(fault)")
            }
        }
    }
}
