internal import Postgres

/// The answers under idempotency keys.
enum AnswerStore {
    /// How long an answer is kept; after that the key may be used for another request.
    static let days: Int32 = 3

    /// Removes up to 5,000 old ones.
    ///
    /// - Returns: how many were removed.
    static func removeOld(in pool: PostgresPool) async throws -> Int {
        try await pool.query(
            """
            delete from intake.idempotency_key
            where ctid = any(array(
              select ctid
              from intake.idempotency_key
              where created_at < now() - make_interval(days => \(days))
              limit 5000))
            """
        ).affected
    }
}
