import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Postgres

/// Reads and writes table payment.
enum PaymentStore {
    private static let columns = """
        id, work_order, amount, means, note, recorded_by, recorded_by_name, recorded_at, state, decided_by,
        decided_by_name, decided_at, reason
        """

    static func list(of order: ID<WorkOrder>) -> SQL {
        """
        select \(unescaped: columns)
        from dispatch.payment
        where work_order = \(order.value)
        order by recorded_at, id
        """
    }

    /// One, locked until the transaction ends.
    static func lock(_ id: ID<Payment>) -> SQL {
        """
        select \(unescaped: columns)
        from dispatch.payment
        where id = \(id.value)
        for update
        """
    }

    static func payment(_ row: Row) throws -> Payment {
        let (id, order, amount, means, note, by, name, at, state, decidedBy, decidedName, decidedAt, reason) =
            try row.decode(
                UUID.self, UUID.self, Int64.self, String.self, String?.self, UUID.self, String.self, Date.self,
                String.self, UUID?.self, String?.self, Date?.self, String?.self)
        var decider: Person?
        if let decidedBy, let decidedName { decider = Person(id: ID(decidedBy), name: decidedName) }
        return Payment(
            id: ID(id), order: ID(order), amount: Fen(amount), means: Payment.Means(rawValue: means) ?? .cash,
            note: note, recordedBy: Person(id: ID(by), name: name), recordedAt: at,
            state: Payment.State(rawValue: state) ?? .recorded, decidedBy: decider, decidedAt: decidedAt, reason: reason
        )
    }

    /// - Returns: a row when it was inserted now.
    static func insert(_ payment: Payment) -> SQL {
        """
        insert into dispatch.payment (
          id, work_order, amount, means, note, recorded_by, recorded_by_name, recorded_at, state)
        values (
          \(payment.id.value), \(payment.order.value), \(payment.amount.amount), \(payment.means.rawValue),
          \(payment.note), \(payment.recordedBy.id.value), \(payment.recordedBy.name), \(payment.recordedAt),
          \(payment.state.rawValue))
        on conflict do nothing
        returning id
        """
    }

    static func decide(_ payment: Payment) -> SQL {
        """
        update dispatch.payment
        set state = \(payment.state.rawValue),
          decided_by = \(payment.decidedBy?.id.value),
          decided_by_name = \(payment.decidedBy?.name),
          decided_at = \(payment.decidedAt),
          reason = \(payment.reason)
        where id = \(payment.id.value)
        """
    }
}
