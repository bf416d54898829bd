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

    /// Far longer than a delivery is under way inside the broker, far shorter than the time a stop may take.
    private static let quiet = Duration.milliseconds(100)

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
        // The broker tells nobody when it has nothing more under way; a cancelled task need not be polite.
        try? await Task.sleep(for: Self.quiet)
        await consumption.cancel()
        let held = state.withLock { state in
            state.isHolding = false
            defer { state.held = [] }
            return state.held
        }
        await consumption.acknowledge(held)
    }
}
