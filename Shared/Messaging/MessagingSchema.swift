public import Postgres

/// The tables that every service's schema holds: outbox, outbox_sent, inbox, stream_position, deferred, dead_letter,
/// timer, clock. A service's migrations begin with these.
public enum MessagingSchema {
    public static let migrations = [Migration(name: "V000_messaging", sql: PackageResources.messaging_sql)]

    /// Timers are set by their key. Came when services had migrations of their own: each has it at its place among them.
    public static func timersByKey(_ name: String) -> Migration {
        Migration(name: name, sql: PackageResources.timers_by_key_sql)
    }

    /// Messages that may have ended a process are handled alone.
    public static func suspects(_ name: String) -> Migration {
        Migration(name: name, sql: PackageResources.suspects_sql)
    }
}
