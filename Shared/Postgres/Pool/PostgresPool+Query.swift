private import Synchronization

extension PostgresPool {
    /// One statement, its own transaction.
    ///
    /// - Throws: ``PostgresError``; nothing was changed, except after `connectionLost`, when it is not known.
    ///   `CancellationError` when the task was cancelled and the statement did not finish.
    @discardableResult public func query(_ sql: SQL) async throws -> QueryResult {
        try await pipeline([sql])[0]
    }

    /// Several statements in one round trip and one implicit transaction.
    ///
    /// - Throws: as ``query(_:)``; the error's `statement` says which.
    @discardableResult public func pipeline(_ statements: [SQL]) async throws -> [QueryResult] {
        try Operation.validate(statements)
        if statements.isEmpty { return [] }
        let request = newRequest()
        // The next caller's statement is sent by the thread that reads this one's answer, without waiting for a task.
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                acquire(request) { [self, patience] grant in
                    switch grant {
                    case .failure(let error): continuation.resume(throwing: error)
                    case .success(let connection):
                        connection.submit(
                            Operation(id: request, work: .batch(statements), patience: patience) { [self] result in
                                release(connection)
                                continuation.resume(with: result)
                            })
                    }
                }
                if Task.isCancelled { cancel(request) }
            }
        } onCancel: {
            cancel(request)
        }
    }

    /// Ends without an error when a connection works now.
    public func ping() async throws { try await query("select 1") }

    /// How long the server may be silent: it ends a slow statement itself, so this is for one that does not answer.
    var patience: Duration? { settings.patience }

    /// A connection for the caller alone, until ``release(_:)``.
    func lease() async throws -> Connection {
        let request = newRequest()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                acquire(request) { continuation.resume(with: $0) }
                if Task.isCancelled { cancel(request) }
            }
        } onCancel: {
            cancel(request)
        }
    }

    /// Does `work` on a leased connection.
    ///
    /// - Parameter cancellable: false for what must be heard to its end, such as ROLLBACK.
    func run(
        _ work: Operation.Work, on connection: Connection, patience: Duration?, cancellable: Bool = true
    ) async throws -> [QueryResult] {
        let id = newRequest()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                connection.submit(
                    Operation(id: id, work: work, patience: patience) { continuation.resume(with: $0) })
                if cancellable, Task.isCancelled { connection.cancel(id) }
            }
        } onCancel: {
            if cancellable { connection.cancel(id) }
        }
    }
}

extension Operation {
    /// - Throws: what made a value unfit to be bound.
    static func validate(_ statements: [SQL]) throws {
        for (place, sql) in statements.enumerated() {
            guard var fault = sql.parameters.fault else { continue }
            fault.statement = place
            throw fault
        }
    }
}
