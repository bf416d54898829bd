/// A channel goes through its steps one by one: each is sent when the one before is answered.
struct Channel {
    enum Purpose: Equatable {
        case declarations
        case operation(Int)
        case publisher
        case consumer(Int)
        /// The consumer is gone; its unanswered deliveries can still be acknowledged.
        case draining
        /// We closed it; what still comes is ignored until close-ok.
        case leaving
    }

    let generation: UInt64
    var purpose: Purpose
    let steps: [Method]
    var step = 0
    var replyDeadline: Duration?
    var acks = AckLedger()
    /// Of the subscription, once the broker has named it.
    var consumerTag: String?
    /// Whether the broker was asked if the channel is still there.
    var isAsked = false
    /// When the broker last said something on it, or was asked.
    var heardAt: Duration

    mutating func delivered(_ tag: UInt64, now: Duration) {
        acks.delivered(tag)
        heardAt = now
    }

    mutating func asked(now: Duration, answerBy deadline: Duration) {
        (isAsked, heardAt, replyDeadline) = (true, now, deadline)
    }

    mutating func answeredQuestion() { (isAsked, replyDeadline) = (false, nil) }
}

extension ConnectionMachine {
    /// Opens a fresh channel and begins with its steps.
    ///
    /// - Returns: its number; nil when there are too many.
    @discardableResult mutating func openChannel(_ purpose: Channel.Purpose, _ steps: [Method], now: Duration)
        -> UInt16?
    {
        guard let number = (1...channelLimit).first(where: { channels[$0] == nil }) else { return nil }
        generation += 1
        let deadline = now + configuration.replyTimeout
        channels[number] = Channel(
            generation: generation, purpose: purpose, steps: [.openChannel] + steps, replyDeadline: deadline,
            heardAt: now)
        actions.append(.send(.openChannel, channel: number))
        return number
    }

    mutating func leave(_ number: UInt16, now: Duration) {
        channels[number]?.purpose = .leaving
        channels[number]?.replyDeadline = now + configuration.replyTimeout
        actions.append(.send(.closeChannel, channel: number))
    }

    /// A complete method from the broker, with its content if it has one.
    mutating func received(_ assembled: ContentAssembler.Assembled, channel number: UInt16, now: Duration) {
        switch assembled.method {
        case .blocked(let reason):
            isBlocked = true
            actions.append(.report(.blocked(reason)))
        case .unblocked:
            isBlocked = false
            actions.append(.report(.unblocked))
        case .closesConnection(let code, let text):
            actions.append(.send(.closeConnectionOk, channel: 0))
            lost("\(code) \(text)", now: now)
        case .connectionClosed:
            if case .closing = phase { finishStopping("stopped") }
        case .closesChannel(let code, let text):
            actions.append(.send(.closeChannelOk, channel: number))
            if let channel = channels.removeValue(forKey: number) { closed(channel, number, code, text, now: now) }
        case .channelClosed:
            if channels[number]?.purpose == .leaving { channels[number] = nil }
        default:
            guard let channel = channels[number], channel.purpose != .leaving else { return }
            received(assembled, on: channel, number, now: now)
        }
    }

    private mutating func received(
        _ assembled: ContentAssembler.Assembled, on channel: Channel, _ number: UInt16, now: Duration
    ) {
        switch assembled.method {
        case .done, .queue, .consuming: answered(assembled.method, number, now: now)
        case .acknowledged(let last, let multiple): confirm(last, multiple, .confirmed, number, now: now)
        case .refused(let last, let multiple): confirm(last, multiple, .refused, number, now: now)
        case .returned(let code, let text, let exchange, let routingKey):
            guard channel.purpose == .publisher else { return }
            window.returned(
                code: code, text: text, exchange: exchange, routingKey: routingKey,
                messageID: assembled.properties?.messageID)
        case .deliver(let tag, let isRedelivered, let exchange, let routingKey):
            guard case .consumer(let id) = channel.purpose else { return }
            channels[number]?.delivered(tag, now: now)
            let message = ReceivedMessage(
                body: assembled.body, properties: assembled.properties ?? MessageProperties(), exchange: exchange,
                routingKey: routingKey, isRedelivered: isRedelivered,
                tag: DeliveryTag(channel: number, generation: channel.generation, number: tag))
            actions.append(.deliver(message, consumer: id))
        case .cancelled: consumerCancelled(channel, number, now: now)
        case .cancelsConsumer:
            guard case .consumer(let id) = channel.purpose else { return }
            leave(number, now: now)
            consumerLost(id, reason: "the broker cancelled the consumer; is the queue deleted?", now: now)
        default: break
        }
    }

    /// The answer to the channel's current step, or to the question whether the channel is still there.
    private mutating func answered(_ reply: Incoming, _ number: UInt16, now: Duration) {
        channels[number]?.heardAt = now
        guard var channel = channels[number] else { return }
        guard channel.step < channel.steps.count else {
            if channel.isAsked { channels[number]?.answeredQuestion() }
            return
        }
        if case .consuming(let tag) = reply { channel.consumerTag = tag }
        channel.step += 1
        channel.replyDeadline = channel.step < channel.steps.count ? now + configuration.replyTimeout : nil
        channels[number] = channel
        if channel.step < channel.steps.count {
            return actions.append(.send(channel.steps[channel.step], channel: number))
        }
        switch channel.purpose {
        case .declarations:
            leave(number, now: now)
            finishSetup(now: now)
        case .operation(let id):
            leave(number, now: now)
            actions.append(.finish(operation: id, .success(reply)))
        case .publisher:
            publisher = .ready(number)
            reportReady()
        case .consumer(let id): if let tag = channel.consumerTag { subscribed(id, number, tag) }
        case .draining, .leaving: break
        }
    }

    private mutating func reportReady() {
        guard isReady, !hasReportedReady else { return }
        hasReportedReady = true
        actions.append(.report(.ready))
    }

    /// The broker closed the channel with an error.
    private mutating func closed(_ channel: Channel, _ number: UInt16, _ code: Int, _ text: String, now: Duration) {
        switch channel.purpose {
        case .declarations:
            // One refused declaration does not keep the others from being made.
            let refused = channel.step
            if channel.steps.indices.contains(refused) {
                actions.append(.report(.declarationRefused(channel.steps[refused], code: code, text: text)))
            }
            let rest = Array(channel.steps.dropFirst(max(refused, 0) + 1))
            rest.isEmpty ? finishSetup(now: now) : runDeclarations(rest, now: now)
        case .operation(let id): fail(id, BrokerError(.refused(code: code), "\(code) \(text)"))
        case .publisher: publisherClosed(code, text, now: now)
        case .consumer(let id): consumerLost(id, reason: "\(code) \(text)", now: now)
        case .draining, .leaving: break
        }
    }

    // MARK: Declarations

    mutating func beginSetup(now: Duration) {
        guard phase == .open, setup != .running else { return }
        runDeclarations(configuration.declarations, now: now)
    }

    private mutating func runDeclarations(_ steps: [Method], now: Duration) {
        if steps.isEmpty { return finishSetup(now: now) }
        setup = .running
        openChannel(.declarations, steps, now: now)
    }

    private mutating func finishSetup(now: Duration) {
        setup = .done
        doneAt = now
        if configuration.publishes, publisher == .absent, phase == .open {
            if let number = openChannel(.publisher, [.selectConfirms], now: now) { publisher = .starting(number) }
        }
        subscribeWaiting(now: now)
        reportReady()
    }

    // MARK: Operations

    /// Runs `steps` on a channel of their own, as soon as there is a connection; the last answer is the result.
    mutating func perform(operation id: Int, _ steps: [Method], deadline: Duration, now: Duration) {
        let operation = Operation(id: id, steps: steps, deadline: deadline)
        switch phase {
        case .open: begin(operation, now: now)
        case .waiting, .opening, .idle: operations.append(operation)
        case .flushing, .closing, .stopped: fail(id, BrokerError(.stopped, "the client was stopped"))
        }
    }

    mutating func begin(_ operation: Operation, now: Duration) {
        if operation.steps.isEmpty { return actions.append(.finish(operation: operation.id, .success(.done))) }
        if openChannel(.operation(operation.id), operation.steps, now: now) == nil {
            fail(operation.id, BrokerError(.connectionLost, "too many channels"))
        }
    }

    mutating func fail(_ operation: Int, _ error: BrokerError) {
        actions.append(.finish(operation: operation, .failure(error)))
    }

    mutating func expireOperations(now: Duration) {
        if operations.isEmpty { return }
        for operation in operations where operation.deadline <= now {
            fail(operation.id, BrokerError(.connectionLost, notConnected))
        }
        operations.removeAll { $0.deadline <= now }
    }
}
