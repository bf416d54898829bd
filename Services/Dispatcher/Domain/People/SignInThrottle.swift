import Kernel

/// How long a login waits after failed sign-ins: nothing for the first ones, then a minute that doubles up to an hour.
public enum SignInThrottle {
    public static let freeFailures = 5
    private static let lock = Backoff(base: .seconds(60), cap: .seconds(3600))

    /// The wait after `failures` failures in a row; nil when the next try may come at once.
    public static func wait(failures: Int) -> Duration? {
        failures < freeFailures ? nil : lock.ceiling(failures: failures - freeFailures + 1)
    }
}
