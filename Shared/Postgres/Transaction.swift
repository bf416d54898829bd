private import Kernel
internal import Synchronization

/// What the body of ``PostgresPool/transaction(role:_:)`` does its work with.
public struct Transaction: Sendable {
    let course: Course

    /// - Throws: ``PostgresError``, after which nothing but the rollback is possible; `CancellationError`.
    @discardableResult public func query(_ sql: SQL) async throws -> QueryResult { try await course.run([sql])[0] }

    /// One round trip.
    @discardableResult public func pipeline(_ statements: [SQL]) async throws -> [QueryResult] {
        try await course.run(statements)
    }

    /// These statements together with the COMMIT, in one round trip; nothing may follow.
    @discardableResult public func commit(with statements: [SQL]) async throws -> [QueryResult] {
        try await course.commit(with: statements)
    }

    /// Runs once after the commit (not after a rollback): waking the relay, for example.
    public func afterCommit(_ action: @escaping @Sendable () -> Void) {
        course.state.withLock { $0.afterCommit.append(action) }
    }

    /// The one run of a transaction on its connection.
    final class Course: Sendable {
        struct State: Sendable {
            var isOver = false
            var failure: PostgresError?
            var afterCommit: [@Sendable () -> Void] = []
        }

        let pool: PostgresPool
        let connection: Connection
        let state = Mutex(State())

        init(pool: PostgresPool, connection: Connection, role: String?) {
            self.pool = pool
            self.connection = connection
            connection.begin(
                with: ["begin"] + (role.map { ["set local role \(unescaped: SQL.quoted(identifier: $0))"] } ?? []))
        }

        func run(_ statements: [SQL]) async throws -> [QueryResult] {
            try Operation.validate(statements)
            guard !state.withLock({ $0.isOver }) else {
                throw PostgresError(.programming, "The transaction is over")
            }
            if statements.isEmpty { return [] }
            return try await send(statements)
        }

        func commit(with statements: [SQL]) async throws -> [QueryResult] {
            try Operation.validate(statements)
            let wasOver = state.withLock { state in
                defer { state.isOver = true }
                return state.isOver
            }
            guard !wasOver else { throw PostgresError(.programming, "The transaction is over") }
            // Nothing was ever sent: nothing is to be committed.
            if statements.isEmpty, connection.withdrawBegin() { return [] }
            let results = try await send(statements + ["commit"], cancellable: !statements.isEmpty)
            // A failed transaction answers COMMIT with ROLLBACK and no error.
            guard results.last?.tag == "COMMIT" else {
                throw state.withLock { $0.failure }
                    ?? PostgresError(.programming, "The transaction had failed and was rolled back")
            }
            return results.dropLast()
        }

        func commitUnlessOver() async throws {
            if !state.withLock({ $0.isOver }) { _ = try await commit(with: []) }
        }

        /// Ends the transaction without its effects; a connection that cannot do that is not used again.
        func rollBack() async {
            state.withLock { $0.isOver = true }
            if connection.withdrawBegin() || !connection.isUsable { return }
            if connection.transactionStatus == .idle { return }
            do {
                _ = try await pool.run(.batch(["rollback"]), on: connection, patience: .seconds(5), cancellable: false)
            } catch {
                connection.taint()
            }
        }

        private func send(_ statements: [SQL], cancellable: Bool = true) async throws -> [QueryResult] {
            do {
                return try await pool.run(
                    .batch(statements), on: connection, patience: pool.patience, cancellable: cancellable)
            } catch let error as PostgresError {
                state.withLock { $0.failure = $0.failure ?? error }
                throw error
            }
        }
    }
}

extension PostgresPool {
    /// One transaction, rolled back when `body` throws; BEGIN travels with the first statement.
    ///
    /// `body` runs again (up to 3 times) on a serialization failure or a deadlock, so it must have no effect outside the
    /// database. When the connection is lost it never runs again: whether the COMMIT arrived is then not known.
    ///
    /// - Parameter role: taken on by `set local role` for requests of people.
    /// - Throws: what `body` throws, unchanged, or a ``PostgresError``; nothing was changed, except after
    ///   `connectionLost`, when it is not known.
    @discardableResult
    public func transaction<Result: Sendable>(
        role: String? = nil, _ body: @Sendable (Transaction) async throws -> Result
    ) async throws -> Result {
        let backoff = Backoff(base: .milliseconds(10), cap: .milliseconds(200))
        var failures = 0
        while true {
            do {
                return try await transactionOnce(role: role, body)
            } catch let error as PostgresError where (error.isConflict || error.isStalePlan) && failures < 3 {
                failures += 1
                try await Task.sleep(for: backoff.wait(failures: failures, share: .random(in: 0..<1)))
            }
        }
    }

    private func transactionOnce<Result: Sendable>(
        role: String?, _ body: @Sendable (Transaction) async throws -> Result
    ) async throws -> Result {
        let connection = try await lease()
        let course = Transaction.Course(pool: self, connection: connection, role: role)
        let result: Result
        do {
            result = try await body(Transaction(course: course))
            try await course.commitUnlessOver()
        } catch {
            await course.rollBack()
            release(connection)
            throw error
        }
        release(connection)
        for action in course.state.withLock({ $0.afterCommit }) { action() }
        return result
    }
}
