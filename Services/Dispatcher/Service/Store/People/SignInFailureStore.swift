import Contracts
import DispatcherDomain
import Kernel
import Postgres

/// Reads and writes table sign_in_failure.
struct SignInFailureStore: Sendable {
    /// What a try counts against.
    struct Counter: Sendable, Hashable {
        let rule: SignInThrottle
        let key: String
    }

    /// Counts a sign-in as failed before it is tried, so that many at once cannot try more than one after another
    /// could; ``forgive(_:in:)`` takes the count back. Nothing is counted while one of the counters is locked. Counts
    /// older than a day are dropped on the way.
    ///
    /// - Returns: how long to wait; nil when it may be tried.
    func begin(_ counters: [Counter], in pool: PostgresPool) async throws -> Duration? {
        let keys = counters.sorted { $0.key < $1.key }
        let names = keys.map(\.key)
        let results = try await pool.pipeline([
            """
            delete from dispatch.sign_in_failure
            where key in (
              select key
              from dispatch.sign_in_failure
              where changed_at < now() - interval '1 day'
              limit 100
              for update skip locked)
            """,
            """
            insert into dispatch.sign_in_failure as present (key, failures)
            select key, 1
            from unnest(\(names)::text[]) with ordinality as t (key, place)
            where not exists (
              select from dispatch.sign_in_failure f
              where f.key = any(\(names)::text[])
                and f.locked_until > now())
            order by place
            on conflict (key) do update
            set failures = present.failures + 1,
              locked_until = (
                select now() + least(
                  r.cap, \(Self.base)::bigint * power(2, least(present.failures + 1 - r.free, 20))::bigint
                ) * interval '1 second'
                from unnest(
                  \(names)::text[], \(keys.map(\.rule.freeFailures))::bigint[],
                  \(keys.map { Int($0.rule.cap.components.seconds) })::bigint[]
                ) as r (key, free, cap)
                where r.key = present.key
                  and present.failures + 1 >= r.free),
              changed_at = now()
            where present.locked_until is null
              or present.locked_until <= now()
            returning key
            """,
            """
            select ceil(extract(epoch from max(locked_until) - now()))::bigint
            from dispatch.sign_in_failure
            where key = any(\(names)::text[])
              and locked_until > now()
            """,
        ])
        if results[1].count == names.count { return nil }
        guard let row = results[2].first else { return .seconds(1) }
        let seconds: Int? = try row.decode(Int?.self)
        return .seconds(max(seconds ?? 1, 1))
    }

    /// Takes a count back after a sign-in that went well: the pair starts anew, the others lose one.
    func forgive(_ counters: [Counter], in transaction: Transaction) async throws {
        let pairs = counters.filter { $0.rule == .pair }.map(\.key)
        let others = counters.filter { $0.rule != .pair }.map(\.key).sorted()
        try await transaction.pipeline([
            """
            delete from dispatch.sign_in_failure
            where key = any(\(pairs)::text[])
            """,
            """
            update dispatch.sign_in_failure
            set failures = greatest(failures - 1, 0),
              locked_until = null
            where key = any(\(others)::text[])
            """,
        ])
    }

    /// Forgets what was counted against a login: an operator or administrator has given it a new password.
    func forget(login: String, in transaction: Transaction) async throws {
        try await transaction.query(
            """
            delete from dispatch.sign_in_failure
            where key = \(Self.key(login: login))
              or key like \(Self.escaped(Self.key(login: login)) + " %")
            """)
    }

    static func key(login: String) -> String { "login " + login }
    static func key(address: String) -> String { "address " + address }
    static func key(login: String, from source: String) -> String { key(login: login) + " " + source }

    private static let base = Int(SignInThrottle.base.components.seconds)

    private static func escaped(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("%", with: "\\%").replacing("_", with: "\\_")
    }
}
