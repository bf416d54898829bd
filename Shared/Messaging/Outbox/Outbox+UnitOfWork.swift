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
        if statements.isEmpty { return }
        announce(work, written: try await work.transaction.pipeline(statements))
    }

    /// ``save(_:)``, what else there is to write, and the commit, in one round trip.
    func commit(_ work: UnitOfWork, with others: [SQL] = []) async throws {
        announce(work, written: try await work.transaction.commit(with: closing(work) + others))
    }

    private func closing(_ work: UnitOfWork) -> [SQL] {
        let messages = work.ledger.messages
        let timers = work.ledger.timers
        var statements = messages.isEmpty ? [] : [statement(messages)]
        statements += work.ledger.writes
        if !timers.isEmpty { statements.append(TimerStore(schema: schema).set(timers)) }
        return statements
    }

    /// Relay and timers hear of it after the commit.
    private func announce(_ work: UnitOfWork, written: [QueryResult]) {
        let messages = work.ledger.messages
        if !messages.isEmpty, let first = written.first {
            announce(messages, written: first, in: work.transaction)
        }
        if !work.ledger.timers.isEmpty { announceTimers(in: work.transaction) }
    }
}
