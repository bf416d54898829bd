import AMQP
import Synchronization

/// Deliveries of one queue that can be stopped without a redelivery.
///
/// A quorum queue gives deliveries back, marked as redelivered, that were on their way to a consumer when it was
/// cancelled. So acknowledgements are held back first: without them the broker has soon sent all that it may. Then comes
/// the cancellation, then the acknowledgements.
final class Subscription: Sendable {
    private struct State {
        var isHolding = false
        var held: [DeliveryTag] = []
    }

    /// Where the broker has less to send than it may, silence says that nothing is under way: this long after the last
    /// delivery, longer than even a busy broker pauses between two.
    private static let quiet = Duration.milliseconds(200)
    /// A stop waits no longer for that.
    private static let longestWait = Duration.seconds(2)

    private let consumption: Consumption
    private let state = Mutex(State())

    init(_ consumption: Consumption) { self.consumption = consumption }

    /// Nil after ``stop()`` and the last one.
    func nextBatch(upTo limit: Int) async throws -> [ReceivedMessage]? { try await consumption.nextBatch(upTo: limit) }

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
        let start = ContinuousClock.now
        while !consumption.isFull, .now - start < Self.longestWait,
            .now - max(consumption.lastArrival ?? start, start) < Self.quiet
        {
            // The broker tells nobody when it has nothing more under way; a cancelled task need not be polite.
            guard (try? await Task.sleep(for: .milliseconds(20))) != nil else { break }
        }
        await consumption.cancel()
        let held = state.withLock { state in
            state.isHolding = false
            defer { state.held = [] }
            return state.held
        }
        await consumption.acknowledge(held)
    }
}
