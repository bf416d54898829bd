import Foundation
import Postgres

/// What the workers of one provider account share.
struct ProviderAccountStore: Sendable {
    struct Token: Sendable {
        let text: String
        let goodFor: Duration
    }

    let pool: PostgresPool

    func token(of account: String) async throws -> Token? {
        try Self.token(
            in: await pool.query(
                """
                select token, extract(epoch from token_expires_at - clock_timestamp())::float8
                from notify.provider_account
                where id = \(account)
                """))
    }

    /// The account's token after `fresh` has looked at the stored one: nil from it keeps what is there. The row is locked
    /// meanwhile, so of all processes one asks the platform. When `fresh` throws, nothing is changed.
    func replacingToken(
        of account: String, by fresh: @Sendable (Token?) async throws -> Token?
    ) async throws -> String {
        try await pool.transaction { transaction in
            try await transaction.query(
                "insert into notify.provider_account (id) values (\(account)) on conflict do nothing")
            let stored = try Self.token(
                in: await transaction.query(
                    """
                    select token, extract(epoch from token_expires_at - clock_timestamp())::float8
                    from notify.provider_account
                    where id = \(account)
                    for update
                    """))
            guard let token = try await fresh(stored) else { return stored?.text ?? "" }
            try await transaction.query(
                """
                update notify.provider_account
                set token = \(token.text),
                    token_expires_at = clock_timestamp() + make_interval(secs => \(token.goodFor / .seconds(1)))
                where id = \(account)
                """)
            return token.text
        }
    }

    private static func token(in rows: QueryResult) throws -> Token? {
        guard let row = rows.first else { return nil }
        let (text, seconds) = try row.decode(String?.self, Double?.self)
        guard let text, let seconds else { return nil }
        return Token(text: text, goodFor: .seconds(max(seconds, 0)))
    }
}
