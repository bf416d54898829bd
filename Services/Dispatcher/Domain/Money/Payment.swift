public import Contracts
public import Foundation
public import Kernel

/// Money that a customer has paid: recorded by who took it, confirmed by finance (S3.20, S3.21).
public struct Payment: Hashable, Sendable {
    public enum Means: String, Hashable, Sendable, CaseIterable {
        case cash, wechat, alipay, transfer, card
    }

    public enum State: String, Hashable, Sendable, CaseIterable {
        case recorded, confirmed
        case notReceived = "not-received"
    }

    /// The sender's own, so that the same payment told twice is one.
    public let id: ID<Payment>
    public let order: ID<WorkOrder>
    public let amount: Fen
    public let means: Means
    public let note: String?
    public let recordedBy: Person
    public let recordedAt: Date
    public var state: State
    public var decidedBy: Person?
    public var decidedAt: Date?
    public var reason: String?

    public init(
        id: ID<Payment>, order: ID<WorkOrder>, amount: Fen, means: Means, note: String?, recordedBy: Person,
        recordedAt: Date, state: State, decidedBy: Person?, decidedAt: Date?, reason: String?
    ) {
        self.id = id
        self.order = order
        self.amount = amount
        self.means = means
        self.note = note
        self.recordedBy = recordedBy
        self.recordedAt = recordedAt
        self.state = state
        self.decidedBy = decidedBy
        self.decidedAt = decidedAt
        self.reason = reason
    }

    static let takers: [StaffRole] = [.engineer, .desk, .station, .finance, .manager]

    /// - Throws: `InvalidInput`, ``MoneyRefusal``.
    public static func record(
        id: ID<Payment>, on order: ID<WorkOrder>, amount: Int64?, means: String?, note: String?, by staff: StaffActor,
        at time: Date
    ) throws -> Payment {
        try MoneyRefusal.need(takers, staff)
        var reader = DraftReader()
        let means = reader.word(means, "/means", of: Means.self)
        let note = reader.optional(note, "/note", limit: 500, isLine: false)
        let money = Fen(amount ?? 0)
        if money <= .zero || money > .most {
            reader.fault("/amount", amount == nil ? "required" : "malformed", "Fen, from 1 to \(Fen.most.amount).")
        }
        try reader.check()
        guard let means else { throw InvalidInput([]) }
        return Payment(
            id: id, order: order, amount: money, means: means, note: note, recordedBy: staff.person, recordedAt: time,
            state: .recorded, decidedBy: nil, decidedAt: nil, reason: nil)
    }

    /// Told once more, it is what was told before.
    ///
    /// - Throws: ``MoneyRefusal``: `other-request` when the id was used for something else.
    public func checkRepetition(of known: Payment) throws(MoneyRefusal) {
        guard known.order == order, known.amount == amount, known.means == means else {
            throw MoneyRefusal(
                .otherRequest, zh: "这个编号已用于另一笔收款", en: "this id was used for another payment")
        }
    }

    /// Finance says whether the money has come.
    ///
    /// - Throws: `InvalidInput`, ``MoneyRefusal``: `role-missing`, `decided`, `reason-missing` for money that has not.
    public func decided(
        received: Bool?, reason: String?, by staff: StaffActor, at time: Date
    ) throws -> Payment {
        try MoneyRefusal.need(ChargeRules.settlers, staff)
        guard let received else {
            throw InvalidInput([FieldFault(field: "/received", code: "required", message: "True or false.")])
        }
        let wanted: State = received ? .confirmed : .notReceived
        if state == wanted { return self }
        guard state == .recorded else {
            throw MoneyRefusal(.decided, zh: "这笔收款已处理", en: "this payment was decided before")
        }
        var after = self
        after.state = wanted
        after.reason = received ? reason?.trimmingWhitespace : try MoneyRefusal.need(reason)
        after.decidedBy = staff.person
        after.decidedAt = time
        return after
    }
}
