import AMQP
import Contracts
import Logging
import Synchronization

/// Deliveries of one queue that can be stopped without a redelivery.
///
/// A quorum queue gives deliveries back, marked as redelivered, that were on their way to a consumer when it was
/// cancelled; and the broker tells nobody whether there are any. One thing is certain: nothing is on its way to a consumer
/// that has been sent all that it may. So a stop holds acknowledgements back, publishes as many messages without meaning to
/// the queue as the window has room for, and cancels when the window is full. Whoever receives one acknowledges it unseen,
/// another instance as well.
final class Subscription: Sendable {
    private struct State {
        var isHolding = false
        var held: [DeliveryTag] = []
    }

    /// A stop waits no longer for a window to fill, as when there is no broker.
    private static let patience = Duration.seconds(4)
    /// Fillers that another instance took are sent again after this.
    private static let round = Duration.milliseconds(100)

    private let queue: String
    private let broker: BrokerClient
    private let consumption: Consumption
    private let logger: Logger
    private let state = Mutex(State())

    init(_ queue: String, prefetch: Int, _ broker: BrokerClient, logger: Logger) {
        self.queue = queue
        self.logger = logger
        self.broker = broker
        consumption = broker.consume(queue, prefetch: prefetch)
    }

    /// At least one; nil after ``stop()`` and the last one.
    func nextBatch(upTo limit: Int) async throws -> [ReceivedMessage]? {
        while let batch = try await consumption.nextBatch(upTo: limit) {
            let (fillers, messages) = (batch.filter(isFiller), batch.filter { !isFiller($0) })
            acknowledge(fillers.map(\.tag))
            if !messages.isEmpty { return messages }
        }
        return nil
    }

    func acknowledge(_ tags: [DeliveryTag]) {
        state.withLock { state in
            if state.isHolding { state.held += tags } else { consumption.acknowledge(tags) }
        }
    }

    /// Takes nothing more; what was received can still be handled and acknowledged.
    func stop() async {
        state.withLock { $0.isHolding = true }
        await fill()
        await consumption.cancel()
        state.withLock { state in
            state.isHolding = false
            consumption.acknowledge(state.held)
            state.held = []
        }
    }

    private func fill() async {
        let end = ContinuousClock.now + Self.patience
        while consumption.room > 0, await consumption.isActive, .now < end, !Task.isCancelled {
            let fillers = Array(repeating: filler, count: consumption.room)
            let outcomes = await broker.publish(fillers, timeout: end - .now)
            // A full queue fills the window by itself.
            guard outcomes.allSatisfy({ [.confirmed, .refused].contains($0) }) else { break }
            await wait(upTo: Self.round) { consumption.room == 0 }
        }
        guard consumption.room > 0, await consumption.isActive else { return }
        logger.info(
            "The window could not be filled before its consumer was cancelled; the broker may deliver some messages again",
            metadata: ["queue": "\(queue)", "room": "\(consumption.room)"])
    }

    private var filler: Publication {
        var properties = MessageProperties()
        properties.isPersistent = false
        return Publication(
            exchange: Topology.ExchangeName.dead, routingKey: Topology.fillerKey(of: queue), properties: properties,
            body: [])
    }

    private func isFiller(_ message: ReceivedMessage) -> Bool {
        message.exchange == Topology.ExchangeName.dead && message.routingKey == Topology.fillerKey(of: queue)
    }

    private func wait(upTo limit: Duration, for condition: () -> Bool) async {
        let end = ContinuousClock.now + limit
        while !condition(), .now < end {
            // The broker says nothing when there is nothing more; a cancelled task need not be polite.
            guard (try? await Task.sleep(for: .milliseconds(5))) != nil else { return }
        }
    }
}
