import DispatcherDomain
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
        var generator = SystemRandomNumberGenerator()
        let password = OneTimePassword(using: &generator)
        let salt = PasswordHash.newSalt()
        let hash = try await PasswordHash.hash(password.secret, salt: salt)
        let known = try await StaffStore().setPassword(
            login: login, salt: salt, hash: hash, hoursValid: hoursValid, in: pool)
        guard known else { throw UnknownLogin(login: login) }
        return password.shown
    }
}
