public import Logging
public import ServiceLifecycle
import Synchronization

/// Two connections to the broker, one to publish and one to consume, kept for as long as `run()` runs.
///
/// Two, because a broker in need stops reading from those that publish, and acknowledgements must not wait behind that.
public final class BrokerClient: Service, Sendable {
    public struct Status: Sendable, Hashable {
        public let isPublisherReady: Bool
        public let isConsumerReady: Bool
        /// The broker has told us to wait: it is short of memory or disk.
        public let isBlocked: Bool
    }

    private let publisher: Connection
    private let consumer: Connection
    private let nextConsumer = Mutex(0)

    /// Connects when ``run()`` is called.
    public init(_ settings: BrokerSettings, declarations: Declarations, logger: Logger) {
        func connection(_ name: String, publishes: Bool) -> Connection {
            var settings = settings
            settings.connectionName += " \(name)"
            let configuration = ConnectionMachine.Configuration(
                publishes: publishes, declarations: declarations.methods)
            return Connection(settings, configuration, name: name, logger: logger)
        }
        publisher = connection("publish", publishes: true)
        consumer = connection("consume", publishes: false)
    }

    /// Runs until graceful shutdown or cancellation; then waits up to five seconds for outstanding confirms and closes
    /// both connections. Not to be called twice.
    public func run() async throws {
        await publisher.start()
        await consumer.start()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.watch() }
            // The only error is the cancellation, which ends the service as well.
            try? await gracefulShutdown()
            await consumer.stop()
            await publisher.stop()
            group.cancelAll()
        }
    }

    private func watch() async {
        while !Task.isCancelled {
            publisher.look()
            consumer.look()
            // Ends early only by cancellation, which the condition sees.
            try? await Task.sleep(for: .seconds(1))
        }
    }

    public var status: Status {
        get async {
            await Status(
                isPublisherReady: publisher.isReady, isConsumerReady: consumer.isReady,
                isBlocked: publisher.isBlocked)
        }
    }

    /// As of the last turn of its thread; does not wait.
    public var isPublisherReady: Bool { publisher.wasReady.load(ordering: .relaxed) }

    /// Persistent, mandatory, confirmed. Waits until every one is settled or `timeout` has passed (then `.unknown`).
    /// Outcomes in the order of `messages`. Never throws on loss: the outcome says `unknown`.
    ///
    /// Messages wait for a connection within their time. Up to 1,024 of them, or 8 MiB, are in flight at once.
    public func publish(_ messages: [Publication], timeout: Duration = .seconds(5)) async -> [PublishOutcome] {
        await publisher.publish(messages, timeout: timeout)
    }

    /// Deliveries of one queue on a channel of its own, over reconnects, until `cancel()`. Prefetch is the back-pressure.
    public func consume(_ queue: String, prefetch: Int) -> Consumption {
        let id = nextConsumer.withLock {
            $0 += 1
            return $0
        }
        return Consumption(queue: queue, prefetch: prefetch, id: id, connection: consumer)
    }

    /// Declares once, now; used by the operators' tool and tests. Waits up to ten seconds for a connection.
    ///
    /// - Throws: ``BrokerError`` with the broker's words on a mismatch (406) or a missing right (403); what came before
    ///   in the order exchanges, queues, bindings is declared.
    public func declare(_ declarations: Declarations) async throws {
        try declarations.validate()
        _ = try await consumer.perform(declarations.methods)
    }

    /// (messages ready, consumers) by passive declare; nil when there is no such queue.
    public func inspect(queue: String) async throws -> (messages: Int, consumers: Int)? {
        do {
            let declaration = QueueDeclaration(name: queue, arguments: [:])
            let answer = try await consumer.perform([.declareQueue(declaration, passive: true)])
            guard case .queue(let messages, let consumers) = answer else { return nil }
            return (messages, consumers)
        } catch let error as BrokerError where error.reason == .refused(code: 404) {
            return nil
        }
    }

    /// No error when there is no such queue.
    public func delete(queue: String) async throws { _ = try await consumer.perform([.deleteQueue(queue)]) }

    public func purge(queue: String) async throws { _ = try await consumer.perform([.purgeQueue(queue)]) }
}
