import Synchronization

/// Lets one of many through in each stretch of time, and counts the others.
final class Rarely: Sendable {
    private struct State {
        var next: ContinuousClock.Instant?
        var held = 0
    }

    private let pause: Duration
    private let state = Mutex(State())

    init(every pause: Duration) { self.pause = pause }

    /// - Returns: how many were held back since the last that went through; nil when this one is held back, too.
    func take(now: ContinuousClock.Instant) -> Int? {
        state.withLock { state in
            if let next = state.next, now < next {
                state.held += 1
                return nil
            }
            defer { state = State(next: now + pause, held: 0) }
            return state.held
        }
    }
}
