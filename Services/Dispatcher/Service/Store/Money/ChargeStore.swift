import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Postgres

/// Reads and writes tables charge and settlement.
enum ChargeStore {
    private static let columns = """
        c.id, c.work_order, c.visit, c.station, c.kind, c.text, c.quantity, c.price, c.amount, c.inside, c.bearer,
        c.bearer_reason, c.state, c.entered_by, c.entered_by_name, c.entered_at, c.reviewed_by, c.reviewed_by_name,
        c.reviewed_at, c.review_reason, c.month, c.corrects
        """

    /// Of a work order, the oldest first.
    static func list(of order: ID<WorkOrder>) -> SQL {
        """
        select \(unescaped: columns)
        from dispatch.charge c
        where c.work_order = \(order.value)
        order by c.entered_at, c.id
        """
    }

    /// One, locked until the transaction ends.
    static func lock(_ id: ID<Charge>) -> SQL {
        """
        select \(unescaped: columns)
        from dispatch.charge c
        where c.id = \(id.value)
        for update
        """
    }

    /// What a month of a station has, with the tickets' numbers.
    static func month(_ month: SettlementMonth, of station: String) -> SQL {
        """
        select \(unescaped: columns), o.ticket_number
        from dispatch.charge c
        join dispatch.work_order o on o.id = c.work_order
        where c.station = \(station)
          and c.month = \(month.text)
        order by o.ticket_number, c.entered_at, c.id
        """
    }

    /// Lines that nobody has reviewed, entered before a moment.
    static func unreviewed(of station: String, before time: Date) -> SQL {
        """
        select count(*)
        from dispatch.charge
        where station = \(station)
          and state in ('entered', 'sent-back')
          and entered_at < \(time)
        """
    }

    static func charge(_ row: Row) throws -> Charge {
        let (
            id, order, visit, station, kind, text, quantity, price, amount, inside, bearer, bearerReason, state, by,
            byName, at
        ) = try (
            row.value("id") as UUID, row.value("work_order") as UUID, row.value("visit") as Int32?,
            row.value("station") as String, row.value("kind") as String, row.value("text") as String,
            row.value("quantity") as Int64, row.value("price") as Int64, row.value("amount") as Int64,
            row.value("inside") as Bool, row.value("bearer") as String, row.value("bearer_reason") as String?,
            row.value("state") as String, row.value("entered_by") as UUID, row.value("entered_by_name") as String,
            row.value("entered_at") as Date
        )
        let month: String? = try row.value("month")
        let corrects: UUID? = try row.value("corrects")
        return Charge(
            id: ID(id), order: ID(order), visit: visit.map(Int.init), station: station,
            kind: Charge.Kind(rawValue: kind) ?? .labour, text: text, quantity: Int(quantity), price: Fen(price),
            amount: Fen(amount), isInside: inside, bearer: Charge.Bearer(rawValue: bearer) ?? .company,
            bearerReason: bearerReason, state: Charge.State(rawValue: state) ?? .entered,
            enteredBy: Person(id: ID(by), name: byName), enteredAt: at, verdict: try verdict(row),
            month: month.flatMap(SettlementMonth.init), corrects: corrects.map { ID($0) })
    }

    private static func verdict(_ row: Row) throws -> Charge.Verdict? {
        guard let by: UUID = try row.value("reviewed_by"), let name: String = try row.value("reviewed_by_name"),
            let at: Date = try row.value("reviewed_at")
        else { return nil }
        return Charge.Verdict(by: Person(id: ID(by), name: name), at: at, reason: try row.value("review_reason"))
    }

    /// One that is there already stays as it is.
    static func insert(_ charge: Charge) -> SQL {
        """
        insert into dispatch.charge (
          id, work_order, visit, station, kind, text, quantity, price, amount, inside, bearer, bearer_reason, state,
          entered_by, entered_by_name, entered_at, reviewed_by, reviewed_by_name, reviewed_at, review_reason, month,
          corrects)
        values (
          \(charge.id.value), \(charge.order.value), \(charge.visit.map(Int64.init)), \(charge.station),
          \(charge.kind.rawValue), \(charge.text), \(charge.quantity), \(charge.price.amount), \(charge.amount.amount),
          \(charge.isInside), \(charge.bearer.rawValue), \(charge.bearerReason), \(charge.state.rawValue),
          \(charge.enteredBy.id.value), \(charge.enteredBy.name), \(charge.enteredAt),
          \(charge.verdict?.by.id.value), \(charge.verdict?.by.name), \(charge.verdict?.at), \(charge.verdict?.reason),
          \(charge.month?.text), \(charge.corrects?.value))
        on conflict do nothing
        """
    }

    static func update(_ charge: Charge) -> SQL {
        """
        update dispatch.charge
        set inside = \(charge.isInside),
          bearer = \(charge.bearer.rawValue),
          bearer_reason = \(charge.bearerReason),
          state = \(charge.state.rawValue),
          reviewed_by = \(charge.verdict?.by.id.value),
          reviewed_by_name = \(charge.verdict?.by.name),
          reviewed_at = \(charge.verdict?.at),
          review_reason = \(charge.verdict?.reason),
          month = \(charge.month?.text)
        where id = \(charge.id.value)
        """
    }

    // MARK: Months

    /// Reviews, corrections and the closing of one station come one after the other.
    static func turn(of station: String) -> SQL {
        "select pg_advisory_xact_lock(hashtextextended('settlement/' || \(station), 0))"
    }

    static func closed(of station: String) -> SQL {
        """
        select month, lines, total, payable, closed_at, closed_by, closed_by_name
        from dispatch.settlement
        where station = \(station)
        order by month
        """
    }

    static func close(_ statement: Statement, by person: Person, at time: Date) -> SQL {
        """
        insert into dispatch.settlement (
          station, month, lines, total, payable, closed_at, closed_by, closed_by_name)
        values (
          \(statement.station), \(statement.month.text), \(statement.lines.count), \(statement.total.amount),
          \(statement.payable.amount), \(time), \(person.id.value), \(person.name))
        """
    }
}
