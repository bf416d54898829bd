import Foundation
import Logging
import Synchronization

/// Performs what ``ConnectionMachine`` decides, on a thread of its own; the only place where frames are sent and read.
actor Connection {
    private let executor = ThreadExecutor()
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private let settings: BrokerSettings
    private let logger: Logger
    private let metrics: ConnectionMetrics
    private let sendGuard = SendGuard()
    /// Connections that the opening threads made, with their attempts.
    private let arrivals = Mutex<[(attempt: Int, Result<Wire, BrokerError>)]>([])
    /// Acknowledgements that wait for the next turn: who gives them need not wait, and several become one. Each costs the
    /// broker a write to its log.
    private let acknowledged = Mutex<(batches: [[DeliveryTag]], count: Int)>(([], 0))
    private static let acknowledgePause = Duration.milliseconds(20)
    /// So many are not kept waiting: the broker may have sent all that it may.
    private static let acknowledgeAtOnce = 16
    private let epoch = ContinuousClock.now
    /// ``isReady`` as of the last turn of the thread.
    nonisolated let wasReady = Atomic(false)

    var machine: ConnectionMachine
    var wire: Wire?
    var assembler = ContentAssembler()
    var sending: Sending?
    private var nextID = 0
    private var batches: [Int: CheckedContinuation<[PublishOutcome], Never>] = [:]
    private var operations: [Int: CheckedContinuation<Incoming, any Error>] = [:]
    private var buffers: [Int: DeliveryBuffer] = [:]
    private var delivered: [Int: [ReceivedMessage]] = [:]
    private var cancels: [Int: [CheckedContinuation<Void, Never>]] = [:]
    private var stops: [CheckedContinuation<Void, Never>] = []

    /// A publication of which not all frames are sent.
    struct Sending {
        let message: Publication
        let channel: UInt16
        var offset = 0
    }

    init(_ settings: BrokerSettings, _ configuration: ConnectionMachine.Configuration, name: String, logger: Logger) {
        self.settings = settings
        self.logger = logger
        metrics = ConnectionMetrics(connection: name)
        machine = ConnectionMachine(configuration, seed: UInt64.random(in: 0 ... .max))
        executor.start(name: "amqp-\(name)") { [weak self] isWritable in
            self?.assumeIsolated { $0.turn(isWritable) }
        }
    }

    deinit { executor.stop() }

    // MARK: For the client

    var isReady: Bool { machine.isReady }
    var isBlocked: Bool { machine.isBlocked }

    func start() { machine.start() }

    /// Returns when the connection is closed.
    func stop() async {
        if machine.phase == .stopped { return }
        await withCheckedContinuation {
            stops.append($0)
            takeAcknowledged()
            machine.stop(now: now)
        }
    }

    /// Ends a call into the library that does not come back; to be called once a second.
    nonisolated func look() {
        if sendGuard.look() {
            logger.error("A send to the broker was stuck and its connection is given up; look at the broker")
        }
    }

    func publish(_ messages: [Publication], timeout: Duration) async -> [PublishOutcome] {
        if messages.isEmpty { return [] }
        let id = makeID()
        return await withCheckedContinuation {
            batches[id] = $0
            machine.publish(batch: id, messages, deadline: now + timeout)
        }
    }

    /// - Throws: ``BrokerError``; the steps before the failed one have been done.
    func perform(_ steps: [Method]) async throws -> Incoming {
        let id = makeID()
        return try await withCheckedThrowingContinuation {
            operations[id] = $0
            machine.perform(operation: id, steps, deadline: now + .seconds(10), now: now)
        }
    }

    func subscribe(_ id: Int, queue: String, prefetch: Int, _ buffer: DeliveryBuffer) {
        buffers[id] = buffer
        machine.subscribe(id, queue: queue, prefetch: prefetch, now: now)
    }

    func isConsuming(_ id: Int) -> Bool { machine.isConsuming(id) }

    /// Returns at once; the thread, which turns every 20 ms while deliveries are open, sends them with its next turn.
    nonisolated func acknowledge(_ tags: [DeliveryTag]) {
        let isMany = acknowledged.withLock {
            $0.batches.append(tags)
            $0.count += tags.count
            return $0.count >= Self.acknowledgeAtOnce
        }
        if isMany { executor.nudge() }
    }

    private func takeAcknowledged() {
        let batches = acknowledged.withLock { acknowledged in
            defer { acknowledged = ([], 0) }
            return acknowledged.batches
        }
        for tags in batches { machine.acknowledge(tags, now: now) }
    }

    func reject(_ tag: DeliveryTag, requeue: Bool) {
        machine.reject(tag, requeue: requeue, now: now)
    }

    func cancel(_ consumer: Int, _ buffer: DeliveryBuffer) async {
        guard buffers[consumer] != nil else { return buffer.end() }
        await withCheckedContinuation {
            cancels[consumer, default: []].append($0)
            machine.cancel(consumer, now: now)
        }
    }

    var now: Duration { ContinuousClock.now - epoch }

    private func makeID() -> Int {
        nextID += 1
        return nextID
    }

    // MARK: A turn of the thread

    private func turn(_ isWritable: Bool) -> ThreadExecutor.Sleep {
        sendGuard.enter()
        defer { sendGuard.leave() }
        adopt()
        takeAcknowledged()
        machine.tick(now: now)
        perform()
        var sleep = ThreadExecutor.Sleep(descriptor: nil, wantsWrite: false, limit: nil)
        let hasMoreToSend = feed(&sleep)
        let hasMoreToRead = drain()
        perform()
        settle()
        sleep.descriptor = wire?.descriptor
        // Reading may have opened the window.
        let mayGoOn = hasMoreToSend || hasMoreToRead || (!sleep.wantsWrite && machine.hasPublication)
        sleep.limit = mayGoOn ? .zero : limit()
        return sleep
    }

    private func limit() -> Duration? {
        var deadline = machine.nextDeadline.map { max($0 - now, .zero) }
        if machine.hasOpenDeliveries { deadline = min(deadline ?? Self.acknowledgePause, Self.acknowledgePause) }
        // The library keeps the heartbeats, but only when it is called.
        guard let heartbeat = wire.map({ $0.heartbeat / 4 }) else { return deadline }
        return min(deadline ?? heartbeat, heartbeat)
    }

    /// Does what the machine decided, and what follows from it.
    private func perform() {
        while true {
            let actions = machine.takeActions()
            if actions.isEmpty { break }
            for action in actions { perform(action) }
        }
        for (id, messages) in delivered { buffers[id]?.append(messages) }
        delivered.removeAll(keepingCapacity: true)
    }

    private func perform(_ action: ConnectionMachine.Action) {
        switch action {
        case .deliver(let message, let consumer): delivered[consumer, default: []].append(message)
        case .send(let method, let channel):
            guard let wire else { return }
            // The broker threw away what it had of the content, and would take the rest for an error.
            if method == .closeChannelOk, sending?.channel == channel { sending = nil }
            do { try wire.send(method, channel: channel) } catch { machine.lost(error.description, now: now) }
        case .connect(let attempt): open(attempt)
        case .disconnect: disconnect()
        case .discard(let consumer):
            delivered[consumer] = nil
            buffers[consumer]?.discard()
        case .end(let consumer):
            if let messages = delivered.removeValue(forKey: consumer) { buffers[consumer]?.append(messages) }
            buffers.removeValue(forKey: consumer)?.end()
            for continuation in cancels.removeValue(forKey: consumer) ?? [] { continuation.resume() }
        case .finish(let operation, let result):
            operations.removeValue(forKey: operation)?.resume(with: result.mapError { $0 })
        case .report(let report): metrics.count(report, logger: logger, name: settings.connectionName)
        }
    }

    private func settle() {
        for settled in machine.window.takeSettled() {
            metrics.count(settled.outcomes)
            batches.removeValue(forKey: settled.batch)?.resume(returning: settled.outcomes)
        }
        wasReady.store(machine.isReady, ordering: .relaxed)
        metrics.observe(
            isReady: machine.isReady, isBlocked: machine.isBlocked, returned: machine.window.takeReturnedCount(),
            latency: machine.window.takeLatency())
        guard machine.phase == .stopped else { return }
        for continuation in stops { continuation.resume() }
        stops = []
    }

    // MARK: The socket

    /// Connecting and signing in block, so a thread does that and ends.
    private func open(_ attempt: Int) {
        guard !settings.hosts.isEmpty else { return machine.lost("no host is configured", now: now) }
        let host = settings.hosts[attempt % settings.hosts.count]
        let settings = settings
        let thread = Thread { [weak self] in
            let result: Result<Wire, BrokerError>
            do throws(BrokerError) { result = .success(try Wire.open(host, settings)) } catch {
                result = .failure(error)
            }
            self?.arrived(attempt, result)
        }
        thread.name = "amqp-open"
        thread.start()
    }

    private nonisolated func arrived(_ attempt: Int, _ result: Result<Wire, BrokerError>) {
        arrivals.withLock { $0.append((attempt, result)) }
        executor.wake()
    }

    private func adopt() {
        let arrived = arrivals.withLock { arrivals in
            defer { arrivals = [] }
            return arrivals
        }
        for (attempt, result) in arrived where attempt == machine.attempts - 1 && machine.phase == .opening {
            switch result {
            case .failure(let error): machine.lost(error.description, now: now)
            case .success(let wire):
                self.wire = wire
                assembler = ContentAssembler()
                sendGuard.watch(wire.descriptor)
                machine.connected(channelLimit: wire.channelLimit, now: now)
            }
        }
    }

    private func disconnect() {
        sendGuard.forget()
        (wire, sending) = (nil, nil)
    }
}
