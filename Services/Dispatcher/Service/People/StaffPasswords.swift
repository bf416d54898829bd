import DispatcherDomain
import Messaging
public import Postgres

/// One-time passwords, for the operators' tool.
public enum StaffPasswords {
    public static let hoursValid = 24

    /// Nobody active has this login.
    public struct UnknownLogin: Error, CustomStringConvertible {
        public let login: String
        public var description: String { "Nobody active has the login \(login)." }
    }

    /// Mints a password that signs in once within 24 hours; the one before is void, and so is a lock after failures.
    ///
    /// - Parameter pool: of the dispatcher's database, as `dispatch_run`.
    /// - Returns: the password in readable groups. It is kept nowhere; who loses it gets a new one.
    /// - Throws: ``UnknownLogin``; nothing was changed.
    public static func issue(login: String, pool: PostgresPool) async throws -> String {
        guard let profile = try await pool.transaction({ try await StaffStore().find(login: login, in: $0) }),
            profile.isActive
        else { throw UnknownLogin(login: login) }
        let desk = PeopleDesk(pool: pool, outbox: Outbox(schema: DispatcherService.schema, relay: nil))
        return try await AdministerStaff(desk: desk).issueOneTimePassword(for: profile.id, by: .operators)
    }
}
