import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Postgres

/// Reads and writes tables chosen_password, staff_password (one-time ones) and staff_identity, as the service itself.
struct PasswordStore: Sendable {
    enum Kind: Sendable { case chosen, oneTime }

    /// What a typed password is compared with.
    struct Stored: Sendable {
        let staff: ID<Staff>
        let salt: [UInt8]
        let hash: [UInt8]
    }

    func find(_ kind: Kind, of login: String, in pool: PostgresPool) async throws -> Stored? {
        let statement: SQL =
            switch kind {
            case .chosen:
                """
                select p.staff, p.salt, p.hash
                from dispatch.chosen_password p
                join dispatch.staff s on s.id = p.staff
                where s.login = \(login)
                """
            case .oneTime:
                """
                select p.staff, p.salt, p.hash
                from dispatch.staff_password p
                join dispatch.staff s on s.id = p.staff
                where s.login = \(login)
                """
            }
        return try await pool.query(statement).first.map { row in
            let (staff, salt, hash) = try row.decode(UUID.self, [UInt8].self, [UInt8].self)
            return Stored(staff: ID(staff), salt: salt, hash: hash)
        }
    }

    func hasChosen(_ staff: ID<Staff>, in transaction: Transaction) async throws -> Bool {
        try await !transaction.query(
            """
            select 1 as one
            from dispatch.chosen_password
            where staff = \(staff.value)
            """
        ).isEmpty
    }

    /// Uses a one-time password up: one conditional update, so that of many who hold it one gets in.
    ///
    /// - Returns: false when it was used, replaced or has expired.
    func consume(_ password: Stored, in transaction: Transaction) async throws -> Bool {
        try await transaction.query(
            """
            update dispatch.staff_password
            set used_at = now()
            where staff = \(password.staff.value)
              and hash = \(password.hash)
              and used_at is null
              and expires_at > now()
            """
        ).affected == 1
    }

    /// The one before is void.
    func issueOneTime(
        _ password: Stored, hoursValid: Int, in transaction: Transaction
    ) async throws {
        try await transaction.query(
            """
            insert into dispatch.staff_password (staff, salt, hash, expires_at)
            values (
              \(password.staff.value), \(password.salt), \(password.hash),
              now() + \(hoursValid)::bigint * interval '1 hour')
            on conflict (staff) do update
            set salt = excluded.salt,
              hash = excluded.hash,
              issued_at = now(),
              expires_at = excluded.expires_at,
              used_at = null
            """)
    }

    /// Replaces the chosen password, and makes a one-time password void that was still open.
    func choose(_ password: Stored, in transaction: Transaction) async throws {
        try await transaction.pipeline([
            """
            insert into dispatch.chosen_password (staff, salt, hash)
            values (\(password.staff.value), \(password.salt), \(password.hash))
            on conflict (staff) do update
            set salt = excluded.salt,
              hash = excluded.hash,
              changed_at = now()
            """,
            """
            delete from dispatch.staff_password
            where staff = \(password.staff.value)
            """,
        ])
    }

    /// Who is meant by a provider's subject: the one it was bound to, else the active member with this e-mail address,
    /// whom it is bound to now.
    func staff(issuer: String, subject: String, email: String?, in transaction: Transaction) async throws -> ID<Staff>?
    {
        let bound = try await transaction.query(
            """
            select staff
            from dispatch.staff_identity
            where issuer = \(issuer)
              and subject = \(subject)
            """)
        if let row = bound.first { return try row.decode(ID<Staff>.self) }
        guard let email else { return nil }
        return try await transaction.query(
            """
            insert into dispatch.staff_identity (issuer, subject, staff)
            select \(issuer)::text, \(subject)::text, id
            from dispatch.staff
            where lower(email) = lower(\(email))
              and active
            on conflict do nothing
            returning staff
            """
        ).first?.decode(ID<Staff>.self)
    }
}
