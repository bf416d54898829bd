import AMQP
import Synchronization

/// Deliveries of one queue that can be stopped without a redelivery.
///
/// A quorum queue gives deliveries back, marked as redelivered, that were on their way to a consumer when it was
/// cancelled; and the broker tells nobody whether there are any. Two things are certain: nothing is on its way to a
/// consumer that has been sent all that it may and acknowledges nothing, and nothing to one that stands behind another of a
/// higher priority which may be sent more. So a stop holds acknowledgements back. If that fills the window at once, it
/// cancels. If not, a substitute with a higher priority and a window as small as the traffic allows comes first; behind it the
/// consumer is cancelled, and the substitute when it is full.
final class Subscription: Sendable {
    private struct State {
        var isHolding = false
        var held: [DeliveryTag] = []
        var substitute: Consumption?
    }

    /// Long enough to tell how many messages come, and to fill the window of a queue with a backlog.
    private static let look = Duration.milliseconds(250)
    /// A queue that has been quiet for so long is cancelled as it is: the moment in which a message would be given back is
    /// some milliseconds.
    private static let quiet = Duration.seconds(1)
    /// A stop waits no longer for a window to fill.
    private static let longestWait = Duration.seconds(4)

    private let queue: String
    private let broker: BrokerClient
    private let consumption: Consumption
    private let state = Mutex(State())

    init(_ queue: String, prefetch: Int, _ broker: BrokerClient) {
        self.queue = queue
        self.broker = broker
        consumption = broker.consume(queue, prefetch: prefetch)
    }

    /// Nil after ``stop()`` and the last one.
    func nextBatch(upTo limit: Int) async throws -> [ReceivedMessage]? {
        if let batch = try await consumption.nextBatch(upTo: limit) { return batch }
        return try await state.withLock(\.substitute)?.nextBatch(upTo: limit)
    }

    func acknowledge(_ tags: [DeliveryTag]) async {
        let isHeld = state.withLock { state in
            if state.isHolding { state.held += tags }
            return state.isHolding
        }
        if !isHeld { await consumption.acknowledge(tags) }
    }

    /// Takes nothing more; what was received can still be handled and acknowledged.
    func stop() async {
        state.withLock { $0.isHolding = true }
        await end()
        let held = state.withLock { state in
            state.isHolding = false
            defer { state.held = [] }
            return state.held
        }
        await consumption.acknowledge(held)
    }

    private func end() async {
        let start = ContinuousClock.now
        let before = consumption.arrivals
        await wait(upTo: Self.look) { consumption.isFull || isQuiet(consumption) }
        guard !consumption.isFull, !isQuiet(consumption) else { return await consumption.cancel() }
        // As many as have just come: it is full as soon again, and not while the consumer behind it is cancelled.
        let window = max(1, consumption.arrivals - before)
        let substitute = broker.consume(queue, prefetch: window, priority: 1)
        state.withLock { $0.substitute = substitute }
        await substitute.subscribe()
        await wait(upTo: Self.quiet) { await substitute.isActive }
        await consumption.cancel()
        let begin = ContinuousClock.now
        await wait(upTo: Self.longestWait - (begin - start)) {
            substitute.isFull || isQuiet(substitute, since: begin)
        }
        await substitute.cancel()
    }

    private func isQuiet(_ consumption: Consumption, since start: ContinuousClock.Instant? = nil) -> Bool {
        guard let last = [consumption.lastArrival, start].compactMap({ $0 }).max() else { return true }
        return .now - last >= Self.quiet
    }

    private func wait(upTo limit: Duration, for condition: () async -> Bool) async {
        let end = ContinuousClock.now + limit
        while await !condition(), .now < end {
            // The broker says nothing when there is nothing more; a cancelled task need not be polite.
            guard (try? await Task.sleep(for: .milliseconds(10))) != nil else { return }
        }
    }
}
