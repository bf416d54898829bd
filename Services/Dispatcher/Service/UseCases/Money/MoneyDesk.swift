import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Postgres
import ServiceKit

/// Charges and payments of work orders: load, decide, save, each in one transaction.
struct MoneyDesk: Sendable {
    let pool: PostgresPool
    let scope = WorkScope()

    /// A work order as somebody sees it who deals with its parts or money.
    struct Place: Sendable {
        let order: WorkOrderRecord
        let staff: StaffActor
        let now: Date

        var isUnderWarranty: Bool { order.facts["product.warranty"] == .flag(true) }

        /// Whose line it is: of the department that had the visit; what a station enters is its own, wherever the work is by
        /// then; else of the department that has the work.
        func station(_ visit: Int?) -> String {
            visit.flatMap { order.state[.visit($0)]?.department } ?? staff.stations.min() ?? order.state.work.department
        }
    }

    /// - Returns: nil when his departments have nothing to do with it; afterwards the transaction is the service's.
    static func place(
        _ order: ID<WorkOrder>, _ identity: Identity, in transaction: Transaction
    ) async throws -> Place? {
        let scope = WorkScope()
        let staff = try await scope.staff(identity, in: transaction)
        let found = try await scope.look(
            as: staff, [WorkOrderStore.find(order, departments: staff.departments.sorted())],
            then: [WorkOrderStore.now], in: transaction)
        guard let record = try found[0].first.map(WorkOrderStore.record) else { return nil }
        let now: Date = try found[1][0].value("now")
        return Place(order: record, staff: staff, now: now.wholeMillisecond)
    }

    /// - Throws: ``MoneyRefusal``: `not-owner`, for an engineer who has nothing to do with the work order.
    static func checkOwn(_ place: Place, in transaction: Transaction) async throws {
        let acted = try await transaction.query(WorkOrderStore.hasActed(place.staff.person.id, on: place.order.id))
        try MoneyRefusal.checkOwn(place.order.state, place.staff, hasActed: try acted[0].value("acted"))
    }

    // MARK: Charges

    func charges(of order: ID<WorkOrder>, for identity: Identity) async throws -> [Charge]? {
        try await pool.transaction { transaction in
            guard try await Self.place(order, identity, in: transaction) != nil else { return nil }
            return try await transaction.query(ChargeStore.list(of: order)).map(ChargeStore.charge)
        }
    }

    /// - Parameter id: the sender's own; told again it is the line that was entered then.
    /// - Throws: `InvalidInput`, ``MoneyRefusal``; nothing was changed.
    func enter(
        _ draft: ChargeRules.Draft, id: ID<Charge>, on order: ID<WorkOrder>, for identity: Identity
    ) async throws -> Charge? {
        try await pool.deciding { transaction in
            guard let place = try await Self.place(order, identity, in: transaction) else { return nil }
            try await Self.checkOwn(place, in: transaction)
            let charge = try ChargeRules.enter(
                draft, id: id, on: order, visits: place.order.state.visits.count, station: place.station(draft.visit),
                isUnderWarranty: place.isUnderWarranty, by: place.staff, at: place.now)
            let known = try await transaction.query(ChargeStore.list(of: order)).map(ChargeStore.charge)
            if known.count >= ChargeRules.mostLines, !known.contains(where: { $0.id == id }) {
                throw InvalidInput([
                    FieldFault(
                        field: "", code: "tooLong", message: "A work order has at most \(ChargeRules.mostLines) lines.")
                ])
            }
            try await transaction.query(ChargeStore.insert(charge))
            guard let kept = try await transaction.query(ChargeStore.lock(id)).first.map(ChargeStore.charge) else {
                return nil
            }
            try charge.checkRepetition(of: kept)
            return kept
        }
    }

    /// What becomes of one line.
    enum Change: Sendable {
        case decide(isInside: Bool?, bearer: String?, reason: String?)
        case review(passes: Bool?, reason: String?)
        case withdraw
        case correct(amount: Int64?, reason: String?, id: ID<Charge>)
    }

    /// - Returns: the line after it, of a correction the new one; nil for one that he does not see.
    /// - Throws: `InvalidInput`, ``MoneyRefusal``; nothing was changed.
    func change(_ id: ID<Charge>, _ change: Change, for identity: Identity) async throws -> Charge? {
        try await pool.deciding { transaction in
            guard let charge = try await transaction.query(ChargeStore.lock(id)).first.map(ChargeStore.charge),
                let place = try await Self.place(charge.order, identity, in: transaction)
            else { return nil }
            let staff = place.staff
            switch change {
            case .decide(let isInside, let bearer, let reason):
                let after = try ChargeRules.decide(
                    charge, isInside: isInside, bearer: bearer, reason: reason, by: staff)
                try await transaction.query(ChargeStore.update(after))
                return after
            case .withdraw:
                try await Self.checkOwn(place, in: transaction)
                let after = try ChargeRules.withdraw(charge, by: staff)
                try await transaction.query(ChargeStore.update(after))
                return after
            case .review(let passes, let reason):
                let months = try await Self.months(of: charge.station, at: place.now, in: transaction)
                let after = try ChargeRules.review(
                    charge, passes: passes, reason: reason, month: months.open,
                    isClosed: charge.month.map(months.closed.contains) ?? false, by: staff, at: place.now)
                try await transaction.query(ChargeStore.update(after))
                return after
            case .correct(let amount, let reason, let id):
                let months = try await Self.months(of: charge.station, at: place.now, in: transaction)
                let line = try ChargeRules.correct(
                    charge, by: amount, reason: reason, id: id,
                    isClosed: charge.month.map(months.closed.contains) ?? false, month: months.open, by: staff,
                    at: place.now)
                try await transaction.query(ChargeStore.insert(line))
                let kept = try await transaction.query(ChargeStore.lock(id)).first.map(ChargeStore.charge)
                if let kept { try line.checkRepetition(of: kept) }
                return kept
            }
        }
    }

    /// The months of a station, in its turn: what is closed, what is open now.
    static func months(
        of station: String, at time: Date, in transaction: Transaction
    ) async throws -> (closed: Set<SettlementMonth>, current: SettlementMonth, open: SettlementMonth) {
        let results = try await transaction.pipeline([ChargeStore.turn(of: station), ChargeStore.closed(of: station)])
        let closed = Set(try results[1].compactMap { SettlementMonth(try $0.value("month") as String) })
        let zone = try await EngineerStore().zone(of: station, in: transaction)
        guard let current = SettlementMonth(time, in: zone) else {
            throw MoneyRefusal(.monthNotOver, zh: "时间超出范围", en: "the time is out of range")
        }
        return (closed, current, Statement.openMonth(from: current, closed: closed))
    }

    // MARK: Payments

    func payments(of order: ID<WorkOrder>, for identity: Identity) async throws -> [Payment]? {
        try await pool.transaction { transaction in
            guard try await Self.place(order, identity, in: transaction) != nil else { return nil }
            return try await transaction.query(PaymentStore.list(of: order)).map(PaymentStore.payment)
        }
    }

    /// Told again with the same id, it is the payment that was recorded then.
    ///
    /// - Throws: `InvalidInput`, ``MoneyRefusal``; nothing was changed.
    func record(
        _ id: ID<Payment>, on order: ID<WorkOrder>, amount: Int64?, means: String?, note: String?,
        for identity: Identity
    ) async throws -> Payment? {
        try await pool.deciding { transaction in
            guard let place = try await Self.place(order, identity, in: transaction) else { return nil }
            try await Self.checkOwn(place, in: transaction)
            let payment = try Payment.record(
                id: id, on: order, amount: amount, means: means, note: note, by: place.staff, at: place.now)
            try await transaction.query(PaymentStore.insert(payment))
            guard let kept = try await transaction.query(PaymentStore.lock(id)).first.map(PaymentStore.payment) else {
                return nil
            }
            try payment.checkRepetition(of: kept)
            return kept
        }
    }

    /// - Throws: ``MoneyRefusal``; nothing was changed.
    func decide(
        _ id: ID<Payment>, received: Bool?, reason: String?, for identity: Identity
    ) async throws -> Payment? {
        try await pool.deciding { transaction in
            guard let payment = try await transaction.query(PaymentStore.lock(id)).first.map(PaymentStore.payment),
                let place = try await Self.place(payment.order, identity, in: transaction)
            else { return nil }
            let after = try payment.decided(received: received, reason: reason, by: place.staff, at: place.now)
            try await transaction.query(PaymentStore.decide(after))
            return after
        }
    }
}
