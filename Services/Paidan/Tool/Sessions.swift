import AMQP
import Logging
import Postgres

/// Lends out a database or a broker for the time of one command.
struct Sessions {
    let settings: OperatorSettings
    let logger: Logger

    init() {
        settings = OperatorSettings()
        var logger = Logger(label: "paidan") { StreamLogHandler.standardError(label: $0) }
        // What goes wrong ends the command with a sentence; the clients' own accounts of each try would bury it.
        logger.logLevel = .critical
        self.logger = logger
    }

    /// - Parameter body: gets a pool of one service's database, closed when it returns.
    func withDatabase<Result: Sendable>(
        of service: SuitePart, as role: OperatorSettings.Role = .owner,
        _ body: @Sendable @escaping (PostgresPool) async throws -> Result
    ) async throws -> Result {
        let pool = PostgresPool(
            try settings.database(of: service, role: role), name: "tool", size: 2, logger: logger)
        return try await running(pool.run) { try await body(pool) }
    }

    /// - Parameter body: gets a client of the suite's broker with the operator's rights.
    func withBroker<Result: Sendable>(
        _ body: @Sendable @escaping (BrokerClient) async throws -> Result
    ) async throws -> Result {
        let broker = BrokerClient(try settings.broker(), declarations: Declarations(), logger: logger)
        return try await running(broker.run) { try await body(broker) }
    }

    /// Runs `part` for as long as `body` needs it.
    private func running<Result: Sendable>(
        _ part: @Sendable @escaping () async throws -> Void, _ body: @Sendable @escaping () async throws -> Result
    ) async throws -> Result {
        try await withThrowingTaskGroup(of: Result?.self) { group in
            group.addTask {
                do {
                    try await part()
                } catch is CancellationError {
                    // The command is done.
                }
                return nil
            }
            group.addTask { try await body() }
            while let result = try await group.next() {
                guard let result else { continue }
                group.cancelAll()
                return result
            }
            throw Complaint("The connection ended before the command did; try again.")
        }
    }
}
