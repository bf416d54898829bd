public import Postgres

/// The tables that every service's schema holds: outbox, outbox_sent, inbox, stream_position, deferred, dead_letter,
/// timer, clock. A service's migrations begin with these.
public enum MessagingSchema {
    public static let migrations = [Migration(name: "V000_messaging", sql: PackageResources.messaging_sql)]
}
