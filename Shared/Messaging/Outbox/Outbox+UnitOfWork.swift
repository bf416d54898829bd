public import Postgres

extension Outbox {
    /// A unit of work in a transaction of the caller's own, such as an HTTP request's. ``save(_:)`` writes what was said.
    public func unitOfWork(in transaction: Transaction, source: String) async throws -> UnitOfWork {
        UnitOfWork(
            transaction: transaction, now: try await transaction.now(schema: schema), schema: schema, source: source)
    }

    /// Writes what `work` has said and the timers it has set, in its transaction.
    public func save(_ work: UnitOfWork) async throws {
        let statements = closing(work)
        if !statements.isEmpty { try await work.transaction.pipeline(statements) }
    }

    /// The statements that write what was said; relay and timers are woken after the commit.
    func closing(_ work: UnitOfWork) -> [SQL] {
        var statements: [SQL] = []
        let messages = work.ledger.messages
        let timers = work.ledger.timers
        if !messages.isEmpty {
            statements.append(statement(messages))
            announce(in: work.transaction)
        }
        if !timers.isEmpty {
            statements.append(TimerStore(schema: schema).set(timers))
            announceTimers(in: work.transaction)
        }
        return statements
    }
}
