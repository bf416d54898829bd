import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Postgres

/// Why a session is over.
enum SessionEnd: String, Sendable {
    case signedOut, endedByOwner, endedByAdministrator, passwordChanged, staffChanged, tokenReused
}

/// How somebody has shown who he is.
enum SignInMeans: String, Sendable {
    case password, oneTime, oidc
}

/// A session as its owner sees it.
struct SessionRecord: Sendable {
    let id: UUID
    let means: String
    let createdAt: Date
    let renewedAt: Date
    let expiresAt: Date
    let address: String?
    let agent: String?
}

/// Reads and writes table sign_in_session, as the service itself.
struct SessionStore: Sendable {
    /// Where a sign-in or a renewal comes from.
    struct Origin: Sendable {
        var address: String?
        var agent: String?
    }

    func open(
        _ id: UUID, staff: ID<Staff>, means: SignInMeans, life: Duration, origin: Origin, in transaction: Transaction
    ) async throws {
        try await transaction.query(
            """
            insert into dispatch.sign_in_session (id, staff, means, expires_at, address, agent)
            values (
              \(id), \(staff.value), \(means.rawValue),
              now() + \(Int(life.components.seconds))::bigint * interval '1 second', \(origin.address),
              \(origin.agent))
            """)
    }

    enum Renewal: Sendable {
        /// The generation of the token that is good now.
        case renewed(staff: ID<Staff>, generation: Int)
        /// No such session, ended, too old, or not used for too long.
        case over
        /// A token that was used long ago: somebody has a copy. The session is ended.
        case reused(staff: ID<Staff>)
    }

    /// Uses a refresh token of `generation` up.
    ///
    /// - Parameter grace: for so long after a renewal the token before it still gives the same new one: two pages that
    ///   renew at once, or an answer that was lost, are no theft.
    func renew(
        _ id: UUID, generation: Int, idle: Duration, grace: Duration, origin: Origin, in transaction: Transaction
    ) async throws -> Renewal {
        let rows = try await transaction.query(
            """
            select
              n.staff, n.generation, n.renewed_at > now() - \(grace / .seconds(1)) * interval '1 second',
              n.ended_at is null
                and n.expires_at > now()
                and n.renewed_at > now() - \(idle / .seconds(1)) * interval '1 second'
                and s.active
            from dispatch.sign_in_session n
            join dispatch.staff s on s.id = n.staff
            where n.id = \(id)
            for update of n
            """)
        guard let row = rows.first else { return .over }
        let (staff, present, isFresh, isGood) = try row.decode(ID<Staff>.self, Int.self, Bool.self, Bool.self)
        guard isGood else { return .over }
        if generation == present {
            try await transaction.query(
                """
                update dispatch.sign_in_session
                set generation = generation + 1,
                  renewed_at = now(),
                  address = \(origin.address),
                  agent = \(origin.agent)
                where id = \(id)
                """)
            return .renewed(staff: staff, generation: present + 1)
        }
        if generation == present - 1, isFresh { return .renewed(staff: staff, generation: present) }
        try await end(.tokenReused, of: staff, only: [id], in: transaction)
        return .reused(staff: staff)
    }

    /// - Parameters:
    ///   - only: nil: all of them.
    ///   - except: one that goes on.
    /// - Returns: how many were open until now.
    @discardableResult func end(
        _ why: SessionEnd, of staff: ID<Staff>, only: [UUID]? = nil, except: UUID? = nil, in transaction: Transaction
    ) async throws -> Int {
        try await transaction.query(
            """
            update dispatch.sign_in_session
            set ended_at = now(),
              ended_because = \(why.rawValue)
            where staff = \(staff.value)
              and ended_at is null
              and (\(only)::uuid[] is null or id = any(\(only)::uuid[]))
              and id is distinct from \(except)::uuid
            """
        ).affected
    }

    func end(_ id: UUID, because why: SessionEnd, in transaction: Transaction) async throws {
        try await transaction.query(
            """
            update dispatch.sign_in_session
            set ended_at = now(),
              ended_because = \(why.rawValue)
            where id = \(id)
              and ended_at is null
            """)
    }

    /// Those that can be renewed, the last used first.
    func list(of staff: ID<Staff>, idle: Duration, in transaction: Transaction) async throws -> [SessionRecord] {
        try await transaction.query(
            """
            select id, means, created_at, renewed_at, expires_at, address, agent
            from dispatch.sign_in_session
            where staff = \(staff.value)
              and ended_at is null
              and expires_at > now()
              and renewed_at > now() - \(idle / .seconds(1)) * interval '1 second'
            order by renewed_at desc
            limit 200
            """
        ).map { row in
            let (id, means, created, renewed, expires, address, agent) = try row.decode(
                UUID.self, String.self, Date.self, Date.self, Date.self, String?.self, String?.self)
            return SessionRecord(
                id: id, means: means, createdAt: created, renewedAt: renewed, expiresAt: expires, address: address,
                agent: agent)
        }
    }

    /// Whether this login has signed in from this address within three months.
    func isKnown(address: String, login: String, in pool: PostgresPool) async throws -> Bool {
        try await !pool.query(
            """
            select 1 as one
            from dispatch.sign_in_session n
            join dispatch.staff s on s.id = n.staff
            where s.login = \(login)
              and n.address = \(address)
              and n.renewed_at > now() - interval '90 days'
            limit 1
            """
        ).isEmpty
    }

    /// Whether the session was opened by a one-time password just now.
    func isFreshReset(_ id: UUID, within time: Duration, in pool: PostgresPool) async throws -> Bool {
        try await !pool.query(
            """
            select 1 as one
            from dispatch.sign_in_session
            where id = \(id)
              and means = 'oneTime'
              and ended_at is null
              and created_at > now() - \(time / .seconds(1)) * interval '1 second'
            """
        ).isEmpty
    }

    /// Drops what was over for three months.
    func trim(in pool: PostgresPool) async throws {
        try await pool.query(
            """
            delete from dispatch.sign_in_session
            where id in (
              select id
              from dispatch.sign_in_session
              where renewed_at < now() - interval '90 days'
              limit 100
              for update skip locked)
            """)
    }
}
