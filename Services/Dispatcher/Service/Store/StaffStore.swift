import DispatcherDomain
import Foundation
import Kernel
import Postgres

/// A member of staff as table staff has him.
struct StaffRecord: Sendable {
    let id: ID<Staff>
    let login: String
    let name: String
    /// Code of his department.
    let department: String
    let roles: [String]
    let language: String
}

/// Reads and writes tables staff, staff_password and sign_in_attempt, as the service itself.
struct StaffStore: Sendable {
    /// What a typed password is compared with.
    struct Password: Sendable {
        let staff: ID<Staff>
        let salt: [UInt8]
        let hash: [UInt8]
    }

    enum Attempt: Sendable, Equatable {
        case allowed
        case locked(Duration)
    }

    /// Counts a sign-in as failed before it is tried, so that many at once cannot try more than one after another
    /// could; ``consume(_:login:in:)`` takes the count back. Nothing is counted while the login is locked. Counts older
    /// than a day are dropped on the way.
    func beginAttempt(_ login: String, in pool: PostgresPool) async throws -> Attempt {
        let waits = (1...12).map { Int(SignInThrottle.wait(failures: $0)?.components.seconds ?? 0) }
        let results = try await pool.pipeline([
            """
            delete from dispatch.sign_in_attempt
            where login in (
              select login
              from dispatch.sign_in_attempt
              where changed_at < now() - interval '1 day'
              limit 100
              for update skip locked)
            """,
            """
            insert into dispatch.sign_in_attempt as present (login, failures)
            values (\(login), 1)
            on conflict (login) do update
            set failures = present.failures + 1,
              locked_until = now()
                + nullif((\(waits)::bigint[])[least(present.failures + 1, 12)], 0) * interval '1 second',
              changed_at = now()
            where present.locked_until is null
              or present.locked_until <= now()
            returning login
            """,
            """
            select ceil(extract(epoch from locked_until - now()))::bigint
            from dispatch.sign_in_attempt
            where login = \(login)
              and locked_until > now()
            """,
        ])
        if !results[1].isEmpty { return .allowed }
        let seconds = try results[2].first?.decode(Int.self) ?? 1
        return .locked(.seconds(max(seconds, 1)))
    }

    func password(of login: String, in pool: PostgresPool) async throws -> Password? {
        let rows = try await pool.query(
            """
            select p.staff, p.salt, p.hash
            from dispatch.staff_password p
            join dispatch.staff s on s.id = p.staff
            where s.login = \(login)
            """)
        return try rows.first.map { row in
            let (staff, salt, hash) = try row.decode(UUID.self, [UInt8].self, [UInt8].self)
            return Password(staff: ID(staff), salt: salt, hash: hash)
        }
    }

    /// Uses the password up: one conditional update, so that of many who hold it one gets in.
    ///
    /// - Returns: who he is; nil when the password was used, replaced or has expired, or he works here no more.
    func consume(_ password: Password, login: String, in pool: PostgresPool) async throws -> StaffRecord? {
        try await pool.transaction { transaction in
            let used = try await transaction.query(
                """
                update dispatch.staff_password p
                set used_at = now()
                from dispatch.staff s
                where p.staff = \(password.staff.value)
                  and p.hash = \(password.hash)
                  and p.used_at is null
                  and p.expires_at > now()
                  and s.id = p.staff
                  and s.active
                returning s.id, s.login, s.name, s.department, s.roles, s.language
                """)
            guard let row = used.first else { return nil }
            try await transaction.query(
                """
                delete from dispatch.sign_in_attempt
                where login = \(login)
                """)
            return try Self.record(row)
        }
    }

    func find(_ id: ID<Staff>, in pool: PostgresPool) async throws -> StaffRecord? {
        try await pool.query(
            """
            select id, login, name, department, roles, language
            from dispatch.staff
            where id = \(id.value)
              and active
            """
        ).first.map(Self.record)
    }

    /// Gives an active member of staff a password; the one before is void, and so is a lock.
    ///
    /// - Returns: false when nobody active has this login.
    func setPassword(
        login: String, salt: [UInt8], hash: [UInt8], hoursValid: Int, in pool: PostgresPool
    ) async throws -> Bool {
        try await pool.transaction { transaction in
            let results = try await transaction.pipeline([
                """
                insert into dispatch.staff_password (staff, salt, hash, expires_at)
                select id, \(salt)::bytea, \(hash)::bytea, now() + \(hoursValid)::bigint * interval '1 hour'
                from dispatch.staff
                where login = \(login)
                  and active
                on conflict (staff) do update
                set salt = excluded.salt,
                  hash = excluded.hash,
                  issued_at = now(),
                  expires_at = excluded.expires_at,
                  used_at = null
                """,
                """
                delete from dispatch.sign_in_attempt
                where login = \(login)
                """,
            ])
            return results[0].affected == 1
        }
    }

    private static func record(_ row: Row) throws -> StaffRecord {
        let (id, login, name, department, roles, language) = try row.decode(
            UUID.self, String.self, String.self, String.self, [String].self, String.self)
        return StaffRecord(
            id: ID(id), login: login, name: name, department: department, roles: roles, language: language)
    }
}
