public import Foundation
public import Postgres

extension Outbox {
    /// A unit of work in a transaction of the caller's own, such as an HTTP request's. ``save(_:)`` or ``commit(_:with:)``
    /// writes what was said.
    ///
    /// - Parameter now: the suite's time, where the caller has read it in this transaction.
    public func unitOfWork(
        in transaction: Transaction, source: String, now: Date? = nil
    ) async throws -> UnitOfWork {
        let time = if let now { now } else { try await transaction.now(schema: schema) }
        return UnitOfWork(transaction: transaction, now: time, schema: schema, source: source)
    }

    /// Writes what `work` has said and the timers it has set, in its transaction.
    public func save(_ work: UnitOfWork) async throws {
        let statements = closing(work)
        if statements.isEmpty { return }
        announce(work, written: try await work.transaction.pipeline(statements))
    }

    /// ``save(_:)``, what else there is to write, and the commit, in one round trip.
    public func commit(_ work: UnitOfWork, with others: [SQL] = []) async throws {
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
        let soon = work.now.addingTimeInterval(Timers.longestSleep / .seconds(1))
        if work.ledger.timers.contains(where: { $0.dueAt.map { $0 <= soon } ?? false }) {
            announceTimers(in: work.transaction)
        }
    }
}
