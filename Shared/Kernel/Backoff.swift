/// How long to wait before the next try: doubling, capped, and spread out so that many waiters do not return at once.
public struct Backoff: Sendable, Equatable {
    /// The longest possible wait before the second try.
    public let base: Duration
    /// No wait is longer than this.
    public let cap: Duration

    public init(base: Duration, cap: Duration) {
        self.base = base
        self.cap = cap
    }

    /// The upper bound of the wait after `failures` failures (1 or more).
    public func ceiling(failures: Int) -> Duration {
        let doublings = min(max(failures - 1, 0), 30)
        return min(base * (1 << doublings), cap)
    }

    /// The wait after `failures` failures, anywhere between zero and the ceiling ("full jitter").
    ///
    /// - Parameter share: a random number in 0..<1, drawn by the caller, so that rules stay repeatable.
    public func wait(failures: Int, share: Double) -> Duration {
        ceiling(failures: failures) * min(max(share, 0), 1)
    }
}
