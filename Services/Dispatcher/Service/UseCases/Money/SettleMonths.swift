import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Postgres
import ServiceKit

/// A station's months: what they come to, their lines, and their closing.
struct SettleMonths: Sendable {
    struct Seen: Sendable {
        let statement: Statement
        let tickets: [ID<Charge>: String]
        /// Nil while the month is open.
        let closing: Closing?
        let unreviewed: Int
    }

    struct Closing: Sendable {
        let at: Date
        let by: Person
        let total: Fen
        let payable: Fen
    }

    let pool: PostgresPool
    let scope = WorkScope()

    private static let readers: Set<String> = ["finance", "manager", "supervisor", "station", "general-manager"]

    /// - Returns: nil for a station that is not his, and for who has nothing to do with money.
    func statement(
        of station: String, _ month: SettlementMonth, for identity: Identity
    ) async throws -> Seen? {
        try await pool.transaction { transaction in
            guard let staff = try await reader(identity, station, in: transaction) else { return nil }
            _ = staff
            return try await read(station, month, in: transaction)
        }
    }

    /// Closes the month: its lines never change again. Closed before, it stays as it was closed.
    ///
    /// - Throws: ``MoneyRefusal``: `role-missing`, `month-not-over`, `unreviewed`; nothing was changed.
    func close(_ station: String, _ month: SettlementMonth, for identity: Identity) async throws -> Seen? {
        try await pool.deciding { transaction in
            guard let staff = try await reader(identity, station, in: transaction) else { return nil }
            let now: Date = try await transaction.query(WorkOrderStore.now)[0].value("now")
            let months = try await MoneyDesk.months(of: station, at: now, in: transaction)
            let seen = try await read(station, month, in: transaction)
            if seen.closing != nil, staff.roles.contains(StaffRole.finance.rawValue) { return seen }
            try seen.statement.checkClosing(
                unreviewed: seen.unreviewed, current: months.current, isClosed: seen.closing != nil, by: staff)
            try await transaction.query(ChargeStore.close(seen.statement, by: staff.person, at: now))
            return try await read(station, month, in: transaction)
        }
    }

    private func reader(
        _ identity: Identity, _ station: String, in transaction: Transaction
    ) async throws -> StaffActor? {
        let staff = try await scope.staff(identity, in: transaction)
        return staff.departments.contains(station) && !staff.roles.isDisjoint(with: Self.readers) ? staff : nil
    }

    private func read(
        _ station: String, _ month: SettlementMonth, in transaction: Transaction
    ) async throws -> Seen {
        let zone = try await EngineerStore().zone(of: station, in: transaction)
        let end = LocalDay("\(month.next.text)-01")?.moment(minute: 0, in: zone) ?? .distantFuture
        let results = try await transaction.pipeline([
            ChargeStore.month(month, of: station), ChargeStore.closed(of: station),
            ChargeStore.unreviewed(of: station, before: end),
        ])
        let lines = try results[0].map(ChargeStore.charge)
        let numbers = try results[0].map { try $0.value("ticket_number") as String }
        let closing = try results[1].first { try $0.value("month") as String == month.text }.map { row in
            Closing(
                at: try row.value("closed_at"),
                by: Person(id: ID(try row.value("closed_by") as UUID), name: try row.value("closed_by_name")),
                total: Fen(try row.value("total")), payable: Fen(try row.value("payable")))
        }
        return Seen(
            statement: Statement(station: station, month: month, lines: lines),
            tickets: Dictionary(zip(lines.map(\.id), numbers)) { first, _ in first }, closing: closing,
            unreviewed: try results[2][0].decode(Int.self))
    }
}
