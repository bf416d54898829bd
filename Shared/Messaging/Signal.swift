import Synchronization

/// Wakes one waiting loop; many wakes before it looks count as one.
final class Signal: Sendable {
    private struct State {
        var isRaised = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    func raise() {
        let waiter = state.withLock { state in
            state.isRaised = state.waiter == nil
            return state.waiter.take()
        }
        waiter?.resume()
    }

    /// Returns when raised (or raised since the last time), when `limit` has passed, or when the task is cancelled.
    /// For one waiter at a time; a second would let the first one go.
    func wait(upTo limit: Duration) async {
        if take() { return }
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                // Cancellation is how the sleep ends when the signal comes first.
                try? await Task.sleep(for: limit)
            }
            group.addTask { await self.wait() }
            await group.next()
            group.cancelAll()
        }
    }

    private func take() -> Bool {
        state.withLock { state in
            defer { state.isRaised = false }
            return state.isRaised
        }
    }

    private func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let former: CheckedContinuation<Void, Never>? = state.withLock { state in
                    if state.isRaised || Task.isCancelled {
                        state.isRaised = false
                        return continuation
                    }
                    return state.waiter.replace(with: continuation)
                }
                former?.resume()
            }
        } onCancel: {
            state.withLock { $0.waiter.take() }?.resume()
        }
    }
}

extension Optional {
    fileprivate mutating func replace(with value: Wrapped) -> Wrapped? {
        defer { self = value }
        return self
    }
}
