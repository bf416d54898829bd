/// Every broker object of the suite (architecture.md section 4), as values. Nothing here talks to a broker.
public struct Topology: Hashable, Sendable {
    public static let vhost = "paidan"

    public struct Exchange: Hashable, Sendable {
        public let name: String
        public let kind: Kind
        public enum Kind: String, Sendable { case topic, direct }
    }

    public struct Queue: Hashable, Sendable {
        public let name: String
        /// Dead letters of this queue go to `paidan.dead` with this key; nil for a queue of dead letters itself.
        public let deadLetterKey: String?
    }

    public struct Binding: Hashable, Sendable {
        public let exchange: String
        public let queue: String
        public let key: String
    }

    public let exchanges: [Exchange]
    public let queues: [Queue]
    public let bindings: [Binding]

    public enum ExchangeName {
        public static let inbound = "paidan.inbound"
        public static let events = "paidan.events"
        public static let commands = "paidan.commands"
        public static let dead = "paidan.dead"
        public static let replies = "paidan.replies"
    }

    /// The services, by the name in front of their queues.
    public static let services = ["intake", "dispatcher", "notifier", "followup", "reporting"]

    /// A redelivery beyond this many ends in the dead letters: the last guard against a message that kills its consumer.
    public static let deliveryLimit = 50

    /// The whole suite.
    public static let suite = Topology(
        exchanges: [
            Exchange(name: ExchangeName.inbound, kind: .topic),
            Exchange(name: ExchangeName.events, kind: .topic),
            Exchange(name: ExchangeName.commands, kind: .direct),
            Exchange(name: ExchangeName.dead, kind: .direct),
            Exchange(name: ExchangeName.replies, kind: .direct),
        ],
        work: [
            "intake.inbound": [(ExchangeName.inbound, "inbound.#")],
            "intake.events": [(ExchangeName.events, "work.#")],
            "dispatcher.events": [(ExchangeName.events, "ticket.#"), (ExchangeName.events, "callback.done.v1")],
            "notifier.events": [(ExchangeName.events, "ticket.#"), (ExchangeName.events, "work.#")],
            "followup.events": [(ExchangeName.events, "work.#")],
            "reporting.events": [(ExchangeName.events, "#")],
        ].merging(NotifyChannel.allCases.map { ($0.queue, [(ExchangeName.commands, $0.queue)]) }) { first, _ in first }
    )

    private init(exchanges: [Exchange], work: [String: [(exchange: String, key: String)]]) {
        let names = work.keys.sorted()
        self.exchanges = exchanges
        queues = names.flatMap { name in
            [Queue(name: name, deadLetterKey: name), Queue(name: Self.deadQueue(of: name), deadLetterKey: nil)]
        }
        bindings = names.flatMap { name in
            (work[name] ?? []).map { Binding(exchange: $0.exchange, queue: name, key: $0.key) }
                + [Binding(exchange: ExchangeName.dead, queue: Self.deadQueue(of: name), key: name)]
                + [name, Self.deadQueue(of: name)].map {
                    Binding(exchange: ExchangeName.dead, queue: $0, key: Self.fillerKey(of: $0))
                }
        }
    }

    /// The part that one service declares and listens to.
    public func owned(by service: String) -> Topology {
        let mine = Set(queues.map(\.name).filter { $0.hasPrefix(service + ".") })
        return Topology(
            exchanges: exchanges, queues: queues.filter { mine.contains($0.name) },
            bindings: bindings.filter { mine.contains($0.queue) })
    }

    private init(exchanges: [Exchange], queues: [Queue], bindings: [Binding]) {
        self.exchanges = exchanges
        self.queues = queues
        self.bindings = bindings
    }

    /// Where the dead letters of `queue` wait for the archive.
    public static func deadQueue(of queue: String) -> String { queue + ".dead" }

    /// Takes a message without meaning from `paidan.dead` into `queue`. A consumer that stops fills its window with them and
    /// is sure then that nothing is on its way to it.
    public static func fillerKey(of queue: String) -> String { "filler.\(queue)" }

    /// The only queue that an adapter may read.
    public static func replyQueue(of adapter: String) -> String { "reply.\(adapter)" }
}
