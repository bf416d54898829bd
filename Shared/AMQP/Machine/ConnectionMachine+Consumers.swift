/// One subscription, kept over channels and connections until it is cancelled.
struct Consumer {
    enum State: Equatable {
        /// For the declarations, or for a connection.
        case waiting
        case starting(UInt16)
        case active(UInt16, tag: String)
        case cancelling(UInt16)
        case retrying(at: Duration)
    }

    let queue: String
    let prefetch: Int
    var state = State.waiting
    var failures = 0

    /// What subscribes on a fresh channel.
    ///
    /// A channel that finds its queue gone subscribes again, by itself, to whatever has that name by then. It tells nobody, and
    /// takes what a new quorum queue sends for repetitions of what the old one had sent: all that is lost until the channel
    /// ends (RabbitMQ 3.10). A channel with a limit of its own may not subscribe to a quorum queue; so it is given one
    /// afterwards, and cannot but cancel.
    var steps: [Method] { [.prefetch(prefetch), .consume(queue: queue), .channelPrefetch] }

    var retryAt: Duration? {
        if case .retrying(let at) = state { at } else { nil }
    }
}

extension ConnectionMachine {
    mutating func subscribe(_ id: Int, queue: String, prefetch: Int, now: Duration) {
        switch phase {
        case .flushing, .closing, .stopped: return actions.append(.end(consumer: id))
        default: break
        }
        consumers[id] = Consumer(queue: queue, prefetch: prefetch)
        if phase == .open, setup == .done { subscribeWaiting(now: now) }
    }

    /// Whether the broker has said that it delivers to this one.
    func isConsuming(_ id: Int) -> Bool {
        if case .active = consumers[id]?.state { true } else { false }
    }

    /// Ends with `.end` when the broker has said that nothing more comes, or at once when nothing was coming.
    mutating func cancel(_ id: Int, now: Duration) {
        switch consumers[id]?.state {
        case .active(let number, let tag):
            consumers[id]?.state = .cancelling(number)
            channels[number]?.isAsked = false
            channels[number]?.replyDeadline = now + configuration.replyTimeout
            actions.append(.send(.cancel(consumerTag: tag), channel: number))
        case .starting(let number):
            leave(number, now: now)
            endConsumer(id)
        case .waiting, .retrying: endConsumer(id)
        case .cancelling: break
        case nil: actions.append(.end(consumer: id))
        }
    }

    /// Tags of one channel, in the order of delivery. Those of a channel that is gone are dropped.
    mutating func acknowledge(_ tags: [DeliveryTag], now: Duration) {
        guard let first = tags.first else { return }
        if tags.allSatisfy({ $0.generation == first.generation }) {
            answer(on: first, now: now) { $0.acknowledge(tags.map(\.number)) }
        } else {
            for group in Dictionary(grouping: tags, by: \.generation).values {
                guard let first = group.first else { continue }
                answer(on: first, now: now) { $0.acknowledge(group.map(\.number)) }
            }
        }
    }

    mutating func reject(_ tag: DeliveryTag, requeue: Bool, now: Duration) {
        answer(on: tag, now: now) { $0.reject(tag.number, requeue: requeue) }
    }

    private mutating func answer(on tag: DeliveryTag, now: Duration, _ methods: (inout AckLedger) -> [Method]) {
        let number = tag.channel
        guard let channel = channels[number], channel.generation == tag.generation, channel.purpose != .leaving,
            var acks = channels[number]?.acks
        else { return }
        for method in methods(&acks) { actions.append(.send(method, channel: number)) }
        channels[number]?.acks = acks
        if channel.purpose == .draining, acks.isSettled { leave(number, now: now) }
    }

    /// Whether the broker waits for an answer to anything it delivered.
    var hasOpenDeliveries: Bool { channels.values.contains { !$0.acks.isSettled } }

    // MARK: What happens to it

    mutating func subscribeWaiting(now: Duration) {
        for id in consumers.keys.sorted() {
            guard let consumer = consumers[id], consumer.state == .waiting, phase == .open else { continue }
            guard let number = openChannel(.consumer(id), consumer.steps, now: now) else { return }
            consumers[id]?.state = .starting(number)
        }
    }

    mutating func subscribed(_ id: Int, _ number: UInt16, _ tag: String) {
        consumers[id]?.state = .active(number, tag: tag)
        consumers[id]?.failures = 0
    }

    /// The broker took the subscription away; a new one follows on a fresh channel, after the declarations.
    mutating func consumerLost(_ id: Int, reason: String, now: Duration) {
        actions.append(.discard(consumer: id))
        guard var consumer = consumers[id] else { return }
        if case .cancelling = consumer.state { return endConsumer(id) }
        consumer.failures += 1
        let wait = wait(failures: consumer.failures)
        consumer.state = .retrying(at: now + wait)
        consumers[id] = consumer
        actions.append(.report(.consumerLost(queue: consumer.queue, reason: reason, retryIn: wait)))
    }

    mutating func consumerConnectionLost(_ id: Int) {
        actions.append(.discard(consumer: id))
        if case .cancelling = consumers[id]?.state { endConsumer(id) } else { consumers[id]?.state = .waiting }
    }

    mutating func consumerCancelled(_ channel: Channel, _ number: UInt16, now: Duration) {
        guard case .consumer(let id) = channel.purpose else { return }
        endConsumer(id)
        channels[number]?.replyDeadline = nil
        channels[number]?.purpose = .draining
        if channel.acks.isSettled { leave(number, now: now) }
    }

    mutating func endConsumer(_ id: Int) {
        consumers[id] = nil
        actions.append(.end(consumer: id))
    }

    /// The broker can lose a channel, as when a queue is deleted under it, and say nothing of it (RabbitMQ 3.10 does so when
    /// the channel's process ends as `normal`): a subscription would wait for ever. So a consumer that hears nothing asks
    /// for the channel's limit again. A broker without the channel answers with an error that closes the connection.
    mutating func askSilentChannels(now: Duration) {
        for consumer in consumers.values {
            guard let number = channelToAsk(consumer), let heardAt = channels[number]?.heardAt,
                heardAt + configuration.silenceLimit <= now
            else { continue }
            channels[number]?.asked(now: now, answerBy: now + configuration.silenceTimeout)
            actions.append(.send(.channelPrefetch, channel: number))
        }
    }

    /// When the next silent channel is asked.
    var nextQuestion: Duration? {
        consumers.values.compactMap { consumer in
            channelToAsk(consumer).flatMap { channels[$0]?.heardAt }.map { $0 + configuration.silenceLimit }
        }.min()
    }

    private func channelToAsk(_ consumer: Consumer) -> UInt16? {
        guard phase == .open, case .active(let number, _) = consumer.state, channels[number]?.replyDeadline == nil
        else { return nil }
        return number
    }

    mutating func retryConsumers(now: Duration) {
        var isDue = false
        for (id, consumer) in consumers {
            guard let at = consumer.retryAt, at <= now else { continue }
            consumers[id]?.state = .waiting
            isDue = true
        }
        if isDue { beginSetup(now: now) }
    }
}
