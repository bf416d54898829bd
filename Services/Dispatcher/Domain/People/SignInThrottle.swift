import Kernel

/// How long a sign-in waits after failures that count against the same thing.
///
/// Failures count against the pair of login and address, against the address, and against the login. Whoever comes from
/// a device or an address from which this login has signed in before, or with a one-time password, which cannot be
/// guessed, is not held up by what strangers do to his login: so nobody can lock another out for good.
public enum SignInThrottle: Sendable, Hashable, CaseIterable {
    case pair, address, login

    /// Failures in a row for which nobody waits.
    public var freeFailures: Int {
        switch self {
        case .pair: 5
        // Many people may share one address.
        case .address: 30
        case .login: 20
        }
    }

    public static let base = Duration.seconds(60)

    /// No wait is longer.
    public var cap: Duration {
        switch self {
        case .pair: .seconds(3600)
        case .address, .login: .seconds(900)
        }
    }

    /// The wait after `failures` failures in a row: a minute that doubles up to the cap; nil when the next try may come
    /// at once.
    public func wait(failures: Int) -> Duration? {
        failures < freeFailures
            ? nil : Backoff(base: Self.base, cap: cap).ceiling(failures: failures - freeFailures + 1)
    }

    /// What a try counts against.
    ///
    /// - Parameters:
    ///   - isKnown: it comes from a device or an address from which this login has signed in before.
    ///   - isOneTime: it brings what may be a one-time password.
    public static func counters(isKnown: Bool, isOneTime: Bool) -> [SignInThrottle] {
        isKnown ? [.pair] : isOneTime ? [.address] : allCases
    }
}
