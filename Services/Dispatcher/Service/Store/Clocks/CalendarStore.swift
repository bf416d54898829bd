import BusinessTime
import Contracts
import Foundation
import Kernel
import Postgres

/// Reads and writes tables calendar and calendar_version.
struct CalendarStore: Sendable {
    /// A calendar in one of its versions.
    struct Kept: Sendable {
        /// Who keeps it.
        let department: String
        let calendar: WorkCalendar
        /// One word: put, dates, import.
        let cause: String
        let note: String?
        let madeAt: Date
        /// The suite's time when it was read or made.
        let seenAt: Date

        /// Of this year and the next, those whose holidays are not known.
        var uncoveredYears: [Int] { calendar.uncoveredYears(at: seenAt) }
    }

    /// `key`, `version`.
    let newest: SQL = "select key, version from dispatch.calendar order by key"

    /// The newest versions, by key.
    func list(in transaction: Transaction) async throws -> [Kept] {
        try kept(
            await transaction.query(
                """
                select c.department, v.body, v.cause, v.note, v.made_at, dispatch.suite_now()
                from dispatch.calendar c
                join dispatch.calendar_version v on v.key = c.key and v.version = c.version
                order by c.key
                """))
    }

    /// - Parameter version: nil for the newest.
    func find(_ key: String, version: Int? = nil, in transaction: Transaction) async throws -> Kept? {
        try kept(
            await transaction.query(
                """
                select c.department, v.body, v.cause, v.note, v.made_at, dispatch.suite_now()
                from dispatch.calendar c
                join dispatch.calendar_version v
                  on v.key = c.key and v.version = coalesce(\(version)::int, c.version)
                where c.key = \(key)
                """)
        ).first
    }

    /// The newest first.
    func versions(of key: String, limit: Int, in transaction: Transaction) async throws -> [Kept] {
        try kept(
            await transaction.query(
                """
                select c.department, v.body, v.cause, v.note, v.made_at, dispatch.suite_now()
                from dispatch.calendar c
                join dispatch.calendar_version v on v.key = c.key
                where c.key = \(key)
                order by v.version desc
                limit \(limit)
                """))
    }

    func version(_ ref: CalendarRef, in transaction: Transaction) async throws -> WorkCalendar? {
        try await transaction.query(
            "select body from dispatch.calendar_version where key = \(ref.key) and version = \(ref.version)"
        ).first.map { try Self.read($0.value("body")) }
    }

    /// Makes the calendar, or its next version.
    ///
    /// - Returns: false when another has made this version meanwhile.
    func keep(
        _ calendar: WorkCalendar, department: String, cause: String, note: String?, by actor: UUID?,
        in transaction: Transaction
    ) async throws -> Bool {
        let body = String(decoding: try WireJSON.encode(calendar), as: UTF8.self)
        let results = try await transaction.pipeline([
            """
            insert into dispatch.calendar (key, department, version)
            values (\(calendar.key), \(department), \(calendar.version))
            on conflict (key) do update
            set version = excluded.version,
              department = excluded.department,
              changed_at = now()
            where dispatch.calendar.version = excluded.version - 1
            """,
            """
            insert into dispatch.calendar_version (key, version, body, cause, note, actor)
            select \(calendar.key), \(calendar.version), \(body), \(cause), \(note), \(actor)
            from dispatch.calendar
            where key = \(calendar.key) and version = \(calendar.version)
            on conflict (key, version) do nothing
            """,
        ])
        return results[0].affected == 1
    }

    private func kept(_ result: QueryResult) throws -> [Kept] {
        try result.map { row in
            let (department, body, cause, note, madeAt, seenAt) = try row.decode(
                String.self, String.self, String.self, String?.self, Date.self, Date.self)
            return Kept(
                department: department, calendar: try Self.read(body), cause: cause, note: note, madeAt: madeAt,
                seenAt: seenAt)
        }
    }

    private static func read(_ body: String) throws -> WorkCalendar {
        try WireJSON.decode(WorkCalendar.self, from: Array(body.utf8))
    }
}
