import AMQP
import Synchronization

/// Messages that wait a little for each other beside those that are handled at once; see ``Route/gathered(every:)``.
/// Bounded by the consumer's prefetch. For one reader.
final class Gathering: Sendable {
    private struct State {
        var messages: [ReceivedMessage] = []
        var isEnded = false
    }

    private let pace: Duration
    private let limit: Int
    private let state = Mutex(State())
    private let signal = Signal()
    private let nextAt = Mutex(ContinuousClock.now)

    /// - Parameters:
    ///   - pace: from the begin of a batch to that of the next, unless that is full before.
    ///   - limit: messages in a batch.
    init(pace: Duration, limit: Int) {
        self.pace = pace
        self.limit = limit
    }

    func add(_ messages: [ReceivedMessage]) {
        if messages.isEmpty { return }
        let mustWake = state.withLock { state in
            let before = state.messages.count
            state.messages += messages
            return before == 0 || (before < limit && state.messages.count >= limit)
        }
        if mustWake { signal.raise() }
    }

    /// What is there is still to be handled, without waiting.
    func end() {
        state.withLock { $0.isEnded = true }
        signal.raise()
    }

    /// Nil after ``end()`` and the last one, and when the task is cancelled.
    func next() async -> [ReceivedMessage]? {
        while !Task.isCancelled {
            let (count, isEnded) = state.withLock { ($0.messages.count, $0.isEnded) }
            let rest = nextAt.withLock { $0 } - .now
            if count >= limit || isEnded || (count > 0 && rest <= .zero) { return take() }
            await signal.wait(upTo: count > 0 ? rest : .seconds(3600))
        }
        return nil
    }

    private func take() -> [ReceivedMessage]? {
        nextAt.withLock { $0 = .now + pace }
        return state.withLock { state in
            let batch = Array(state.messages.prefix(limit))
            state.messages.removeFirst(batch.count)
            return batch.isEmpty ? nil : batch
        }
    }
}
