import Messaging
import Postgres

extension PostgresPool {
    /// A transaction in which something is decided for a person; a test build can be ended before and after its commit.
    ///
    /// - Throws: as `transaction`.
    func deciding<Result: Sendable>(_ body: @Sendable (Transaction) async throws -> Result) async throws -> Result {
        #if DEBUG
            let result = try await transaction { transaction in
                let result = try await body(transaction)
                Failpoint.commandDecided.hit()
                return result
            }
            Failpoint.commandCommitted.hit()
            return result
        #else
            return try await transaction(body)
        #endif
    }
}
