public import Foundation
public import Postgres

extension Transaction {
    /// The database's clock plus the offset of `schema.clock` (zero outside a development stack); the same during the
    /// whole transaction.
    public func now(schema: String) async throws -> Date {
        guard let row = try await query("select \(unescaped: schema).suite_now() as now").first else {
            throw HandlingError.transient(reason: "\(schema).clock has no row")
        }
        return try row.value("now")
    }
}

/// The suite's time in one schema: the database's clock and how far it was moved ahead.
public struct DatabaseClock: Sendable {
    public struct Reading: Sendable, Hashable {
        public let now: Date
        /// How far `now` is ahead of the database's clock.
        public let ahead: Duration
        public let isAdjustable: Bool
    }

    /// The schema's clock may not be moved: it is no development stack.
    public struct Fixed: Error, Hashable {
        public let schema: String
    }

    private let schema: String

    public init(schema: String) { self.schema = schema }

    public func read(in pool: PostgresPool) async throws -> Reading {
        try await reading(
            pool.query(
                """
                select now() + shift as now, extract(epoch from shift)::double precision as seconds, adjustable
                from \(unescaped: schema).clock
                """))
    }

    /// Moves the time ahead. Timers see it within a second.
    ///
    /// - Throws: ``Fixed`` outside a development stack; nothing has changed then.
    public func advance(by duration: Duration, in pool: PostgresPool) async throws -> Reading {
        try await reading(
            pool.query(
                """
                update \(unescaped: schema).clock
                set shift = shift + make_interval(secs => \(duration / .seconds(1))::double precision)
                where adjustable
                returning now() + shift as now, extract(epoch from shift)::double precision as seconds, adjustable
                """))
    }

    /// Says whether this is a development stack. Taking that back also takes back the offset.
    public func setAdjustable(_ isAdjustable: Bool, in pool: PostgresPool) async throws {
        try await pool.query(
            """
            update \(unescaped: schema).clock
            set adjustable = \(isAdjustable)::boolean,
                shift = case when \(isAdjustable)::boolean then shift else interval '0' end
            """)
    }

    private func reading(_ rows: QueryResult) throws -> Reading {
        guard let row = rows.first else { throw Fixed(schema: schema) }
        let (now, seconds, isAdjustable) = try row.decode(Date.self, Double.self, Bool.self)
        return Reading(now: now, ahead: .seconds(seconds), isAdjustable: isAdjustable)
    }
}
