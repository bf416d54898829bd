/// Bounds how often somebody may try contacts on a ticket that he knows by its number only: four digits are soon guessed.
///
/// Numbers that no ticket has are counted like others, so that nobody learns which there are. What is counted is wrong
/// contacts; whoever has the right one at first never meets the bound. Times are counted from whenever the caller began.
public struct GuessThrottle: Sendable {
    public static let most = 10
    public static let window = Duration.seconds(900)
    /// Numbers that are remembered at once.
    static let capacity = 10_000

    private struct Failures {
        let since: Duration
        var count: Int
    }

    private var failures: [String: Failures] = [:]

    public init() {}

    /// How long nobody may look at this ticket any more; nil: he may.
    public func wait(on number: String, at now: Duration) -> Duration? {
        guard let known = failures[Self.key(number)], known.count >= Self.most else { return nil }
        let rest = Self.window - (now - known.since)
        return rest > .zero ? rest : nil
    }

    public mutating func noteFailure(on number: String, at now: Duration) {
        let key = Self.key(number)
        if let known = failures[key], now - known.since < Self.window {
            failures[key]?.count += 1
            return
        }
        if failures.count >= Self.capacity { forget(at: now) }
        failures[key] = Failures(since: now, count: 1)
    }

    /// Those whose time is over; all, when that is not enough: to fill the memory takes a thousand times as many tries as
    /// it gives.
    private mutating func forget(at now: Duration) {
        failures = failures.filter { now - $0.value.since < Self.window }
        if failures.count >= Self.capacity { failures = [:] }
    }

    private static func key(_ number: String) -> String { String(number.prefix(40)).uppercased() }
}
