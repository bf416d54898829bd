import Synchronization

/// Between a connection's thread and whoever reads one consumption: filled in batches, emptied in batches.
/// Bounded by the prefetch.
final class DeliveryBuffer: Sendable {
    private struct Waiter {
        let id: Int
        let limit: Int
        let continuation: CheckedContinuation<[ReceivedMessage]?, any Error>
    }

    private struct State {
        var messages = FIFO<ReceivedMessage>()
        var waiters: [Waiter] = []
        var nextWaiter = 0
        /// Waiters that were cancelled before they began to wait.
        var cancelled: Set<Int> = []
        var isEnded = false
        /// Delivered and not yet acknowledged, on the channel of this generation.
        var open = 0
        var generation: UInt64?
    }

    private let state = Mutex(State())

    func append(_ messages: [ReceivedMessage]) {
        let ready = state.withLock { state in
            if state.isEnded { return [(Waiter, [ReceivedMessage])]() }
            state.open += messages.count
            state.generation = messages.last?.tag.generation
            state.messages.append(contentsOf: messages)
            var ready: [(Waiter, [ReceivedMessage])] = []
            while !state.waiters.isEmpty, !state.messages.isEmpty {
                let waiter = state.waiters.removeFirst()
                ready.append((waiter, Self.take(&state, waiter.limit)))
            }
            return ready
        }
        for (waiter, batch) in ready { waiter.continuation.resume(returning: batch) }
    }

    /// The broker will deliver again what is still here.
    func discard() {
        state.withLock { state in
            state.messages.removeAll()
            state.open = 0
            state.generation = nil
        }
    }

    func acknowledged(_ tags: [DeliveryTag]) {
        state.withLock { state in state.open = max(0, state.open - tags.count { $0.generation == state.generation }) }
    }

    /// How many deliveries the broker waits to be answered.
    var open: Int { state.withLock(\.open) }

    /// What is still here can be taken, then comes nil.
    func end() {
        let waiters = state.withLock { state in
            state.isEnded = true
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.continuation.resume(returning: nil) }
    }

    /// - Throws: `CancellationError` when the task is cancelled while it waits; nothing is lost.
    func take(upTo limit: Int) async throws -> [ReceivedMessage]? {
        let id = state.withLock {
            $0.nextWaiter += 1
            return $0.nextWaiter
        }
        defer { if Task.isCancelled { state.withLock { _ = $0.cancelled.remove(id) } } }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let result: Result<[ReceivedMessage]?, any Error>? = state.withLock { state in
                    if !state.messages.isEmpty { return .success(Self.take(&state, max(limit, 1))) }
                    if state.isEnded { return .success(nil) }
                    if state.cancelled.remove(id) != nil { return .failure(CancellationError()) }
                    state.waiters.append(Waiter(id: id, limit: max(limit, 1), continuation: continuation))
                    return nil
                }
                if let result { continuation.resume(with: result) }
            }
        } onCancel: {
            let waiter: Waiter? = state.withLock { state in
                guard let index = state.waiters.firstIndex(where: { $0.id == id }) else {
                    state.cancelled.insert(id)
                    return nil
                }
                return state.waiters.remove(at: index)
            }
            waiter?.continuation.resume(throwing: CancellationError())
        }
    }

    private static func take(_ state: inout State, _ limit: Int) -> [ReceivedMessage] {
        let count = min(limit, state.messages.count)
        var batch: [ReceivedMessage] = []
        batch.reserveCapacity(count)
        for _ in 0..<count { if let message = state.messages.popFirst() { batch.append(message) } }
        return batch
    }
}
