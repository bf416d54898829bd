import Metrics

/// The relay's figures.
struct OutboxMetrics: Sendable {
    let unsent = Gauge(label: "paidan_outbox_unsent")
    let oldestAge = Gauge(label: "paidan_outbox_oldest_age_seconds")
    /// From publishing a batch to its last confirm.
    let confirmTime = Timer(label: "paidan_outbox_confirm_seconds")
    private let published = Counter(label: "paidan_outbox_published_total")
    private let refused = Counter(label: "paidan_outbox_failed_total", dimensions: [("reason", "refused")])
    private let unroutable = Counter(label: "paidan_outbox_failed_total", dimensions: [("reason", "unroutable")])
    private let unknown = Counter(label: "paidan_outbox_failed_total", dimensions: [("reason", "unknown")])

    func count(_ verdicts: RelayVerdicts) {
        if !verdicts.confirmed.isEmpty { published.increment(by: verdicts.confirmed.count) }
        if verdicts.refused > 0 { refused.increment(by: verdicts.refused) }
        if verdicts.unroutable > 0 { unroutable.increment(by: verdicts.unroutable) }
        if verdicts.inDoubt > 0 { unknown.increment(by: verdicts.inDoubt) }
    }
}

/// One consumer's figures.
struct ConsumerMetrics: Sendable {
    enum Outcome: String, CaseIterable { case handled, duplicate, ignored, dead, deferred }

    private let outcomes: [Outcome: Counter]
    private let batchTime: Timer
    private let batchSize: Recorder

    init(queue: String) {
        outcomes = Dictionary(
            uniqueKeysWithValues: Outcome.allCases.map { outcome in
                (
                    outcome,
                    Counter(
                        label: "paidan_messages_handled_total",
                        dimensions: [("queue", queue), ("outcome", outcome.rawValue)])
                )
            })
        batchTime = Timer(label: "paidan_message_batch_seconds", dimensions: [("queue", queue)])
        batchSize = Recorder(label: "paidan_message_batch_size", dimensions: [("queue", queue)])
    }

    func took(_ duration: Duration, count: Int) {
        batchTime.record(duration: duration)
        batchSize.record(count)
    }

    func count(_ outcome: Outcome, _ number: Int = 1) {
        if number > 0 { outcomes[outcome]?.increment(by: number) }
    }
}
