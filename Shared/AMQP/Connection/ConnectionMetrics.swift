import Logging
import Metrics

/// What one connection tells operators, in numbers and in words.
struct ConnectionMetrics {
    private let connected: Gauge
    private let blocked: Gauge
    private let reconnects: Counter
    private let returns: Counter
    private let latency: Timer
    private let outcomes: [String: Counter]

    init(connection: String) {
        let dimension = [("connection", connection)]
        connected = Gauge(label: "paidan_amqp_connected", dimensions: dimension)
        blocked = Gauge(label: "paidan_amqp_blocked", dimensions: dimension)
        reconnects = Counter(label: "paidan_amqp_reconnects_total", dimensions: dimension)
        returns = Counter(label: "paidan_amqp_returns_total")
        latency = Timer(label: "paidan_amqp_confirm_seconds")
        outcomes = Dictionary(
            uniqueKeysWithValues: ["confirmed", "refused", "unroutable", "unknown"].map {
                ($0, Counter(label: "paidan_amqp_publishes_total", dimensions: [("outcome", $0)]))
            })
    }

    func count(_ settled: [PublishOutcome]) {
        var counts: [String: Int] = [:]
        for outcome in settled { counts[outcome.label, default: 0] += 1 }
        for (label, count) in counts { outcomes[label]?.increment(by: count) }
    }

    func observe(isReady: Bool, isBlocked: Bool, returned: Int, latency duration: Duration?) {
        connected.record(isReady ? 1 : 0)
        blocked.record(isBlocked ? 1 : 0)
        if returned > 0 { returns.increment(by: returned) }
        if let duration { latency.record(duration: duration) }
    }

    func count(_ report: ConnectionMachine.Report, logger: Logger, name: String) {
        var logger = logger
        logger[metadataKey: "connection"] = "\(name)"
        func seconds(_ duration: Duration) -> Logger.MetadataValue {
            "\(Int(duration / .milliseconds(1)))"
        }
        switch report {
        case .connected: logger.debug("Signed in to the broker")
        case .ready: logger.info("Connected to the broker")
        case .lost(let reason, let wait):
            reconnects.increment()
            logger.warning(
                "No connection to the broker; trying again. Look at the broker and the broker.* settings if it goes on",
                metadata: ["error": "\(reason)", "retry.ms": seconds(wait)])
        case .declarationRefused(let method, let code, let text):
            logger.error(
                "The broker refused a declaration; compare it with what exists (paidan topology diff), or grant the right",
                metadata: ["declaration": "\(method.subject)", "error": "\(code) \(text)"])
        case .publisherClosed(let code, let text):
            logger.error(
                "The broker refused a publication and closed the channel; see the error for which",
                metadata: ["error": "\(code) \(text)"])
        case .consumerLost(let queue, let reason, let wait):
            logger.warning(
                "A subscription was lost; trying again. Declare the queue if it is missing",
                metadata: ["queue": "\(queue)", "error": "\(reason)", "retry.ms": seconds(wait)])
        case .blocked(let reason):
            logger.warning(
                "The broker takes no messages; free its memory or disk", metadata: ["error": "\(reason)"])
        case .unblocked: logger.info("The broker takes messages again")
        }
    }
}

extension Method {
    /// What a declaration is about, for the log.
    var subject: String {
        switch self {
        case .declareExchange(let exchange): "exchange \(exchange.name)"
        case .declareQueue(let queue, _): "queue \(queue.name)"
        case .bind(let binding): "binding \(binding.exchange) \(binding.key) \(binding.queue)"
        default: "channel"
        }
    }
}
