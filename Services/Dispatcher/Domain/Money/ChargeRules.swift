import Contracts
public import Foundation
public import Kernel

/// Who enters, decides and reviews the lines of a job's charges.
public enum ChargeRules {
    static let writers: [StaffRole] = [.engineer, .station, .manager]
    static let reviewers: [StaffRole] = [.supervisor]
    static let deciders: [StaffRole] = [.supervisor, .manager]
    static let settlers: [StaffRole] = [.finance]

    /// Lines of one job.
    public static let mostLines = 200

    public struct Draft: Hashable, Sendable {
        public var visit: Int?
        public var kind: String?
        public var text: String?
        public var quantity: Int?
        /// Fen.
        public var price: Int64?

        public init(visit: Int?, kind: String?, text: String?, quantity: Int?, price: Int64?) {
            self.visit = visit
            self.kind = kind
            self.text = text
            self.quantity = quantity
            self.price = price
        }
    }

    /// Who bears what, as warranty data say: inside the three guarantees the company, outside the customer; a subsidy is the
    /// company's in any case.
    public static func bearer(of kind: Charge.Kind, isUnderWarranty: Bool) -> (isInside: Bool, bearer: Charge.Bearer) {
        if kind == .subsidy { return (isUnderWarranty, .company) }
        return isUnderWarranty ? (true, .company) : (false, .customer)
    }

    /// A new line.
    ///
    /// - Parameter station: the department that has the job.
    /// - Throws: `InvalidInput` with the field of each fault, ``MoneyRefusal``.
    public static func enter(
        _ draft: Draft, id: ID<Charge>, on order: ID<WorkOrder>, visits: Int, station: String, isUnderWarranty: Bool,
        by staff: StaffActor, at time: Date
    ) throws -> Charge {
        try MoneyRefusal.need(writers, staff)
        var reader = DraftReader()
        let kind = reader.word(draft.kind, "/kind", of: Charge.Kind.self)
        let text = reader.text(draft.text, "/text", limit: 200)
        let quantity = draft.quantity ?? 1
        if !(1...9999).contains(quantity) { reader.fault("/quantity", "malformed", "A number from 1 to 9999.") }
        if let visit = draft.visit, !(1...max(visits, 1)).contains(visit) || visits == 0 {
            reader.fault("/visit", "unknownValue", "There is no such visit.")
        }
        let price = Fen(draft.price ?? -1)
        if draft.price == nil {
            reader.fault("/price", "required", "It is missing: fen, a whole number.")
        } else if price < .zero || price > .most {
            reader.fault("/price", "malformed", "Fen, from 0 to \(Fen.most.amount).")
        }
        let amount = price.times(max(1, min(quantity, 9999)))
        if amount == nil, draft.price != nil {
            reader.fault("/quantity", "malformed", "The line comes to more than \(Fen.most.amount) fen.")
        }
        try reader.check()
        // They are there, or the check has thrown.
        guard let kind, let amount else { throw InvalidInput([]) }
        let (isInside, bearer) = bearer(of: kind, isUnderWarranty: isUnderWarranty)
        return Charge(
            id: id, order: order, visit: draft.visit, station: station, kind: kind, text: text, quantity: quantity,
            price: price, amount: amount, isInside: isInside, bearer: bearer, bearerReason: nil, state: .entered,
            enteredBy: staff.person, enteredAt: time, verdict: nil, month: nil, corrects: nil)
    }

    /// Somebody decides otherwise than warranty data do.
    ///
    /// - Throws: `InvalidInput`, ``MoneyRefusal``: `role-missing`, `reason-missing`, `decided`.
    public static func decide(
        _ charge: Charge, isInside: Bool?, bearer: String?, reason: String?, by staff: StaffActor
    ) throws -> Charge {
        try MoneyRefusal.need(deciders, staff)
        try needOpen(charge)
        var reader = DraftReader()
        let bearer = reader.word(bearer, "/bearer", of: Charge.Bearer.self)
        if isInside == nil { reader.fault("/inside", "required", "True or false.") }
        try reader.check()
        guard let isInside, let bearer else { throw InvalidInput([]) }
        var after = charge
        after.bearerReason = try MoneyRefusal.need(reason)
        after.isInside = isInside
        after.bearer = bearer
        return after
    }

    /// The supervisor passes a line or sends it back (S0.43), also one that was passed while its month is open; nobody
    /// reviews what he entered himself.
    ///
    /// - Parameters:
    ///   - month: the first open one of the station, for what is passed.
    ///   - isClosed: whether the line's own month is.
    /// - Throws: `InvalidInput`, ``MoneyRefusal``: `role-missing`, `own-line`, `decided`, `reason-missing`.
    public static func review(
        _ charge: Charge, passes: Bool?, reason: String?, month: SettlementMonth, isClosed: Bool, by staff: StaffActor,
        at time: Date
    ) throws -> Charge {
        try MoneyRefusal.need(reviewers, staff)
        guard let passes else {
            throw InvalidInput([FieldFault(field: "/passes", code: "required", message: "True or false.")])
        }
        guard charge.enteredBy.id != staff.person.id else {
            throw MoneyRefusal(.ownLine, zh: "不能审核自己填写的费用", en: "nobody reviews what he entered himself")
        }
        let isTakenBack = charge.state == .passed && !passes && !isClosed
        guard charge.state == .entered || isTakenBack else { throw decided(charge) }
        var after = charge
        after.state = passes ? .passed : .sentBack
        after.verdict = Charge.Verdict(
            by: staff.person, at: time, reason: passes ? reason?.trimmingWhitespace : try MoneyRefusal.need(reason))
        after.month = passes ? month : nil
        return after
    }

    /// Taken off by who may enter; a new line stands in its place, if any.
    ///
    /// - Throws: ``MoneyRefusal``: `role-missing`, `decided`.
    public static func withdraw(_ charge: Charge, by staff: StaffActor) throws(MoneyRefusal) -> Charge {
        try MoneyRefusal.need(writers, staff)
        try needOpen(charge)
        var after = charge
        after.state = .withdrawn
        return after
    }

    /// What a closed month has wrong is put right by a line of the next open one.
    ///
    /// - Parameters:
    ///   - amount: the difference, in fen; below zero takes away.
    ///   - month: the first open one.
    /// - Throws: `InvalidInput`, ``MoneyRefusal``: `role-missing`, `not-closed`, `reason-missing`.
    public static func correct(
        _ charge: Charge, by amount: Int64?, reason: String?, id: ID<Charge>, isClosed: Bool, month: SettlementMonth,
        by staff: StaffActor, at time: Date
    ) throws -> Charge {
        try MoneyRefusal.need(settlers, staff)
        guard charge.state == .passed, isClosed else {
            throw MoneyRefusal(
                .notClosed, zh: "所在月份尚未结账，请直接修改", en: "its month is not closed: put the line itself right")
        }
        let reason = try MoneyRefusal.need(reason)
        var reader = DraftReader()
        let difference = Fen(amount ?? 0)
        if difference == .zero || difference > .most || difference < -.most {
            reader.fault("/amount", "malformed", "Fen, not 0, at most \(Fen.most.amount) either way.")
        }
        if reason.count > 200 { reader.fault("/reason", "tooLong", "At most 200 characters.") }
        try reader.check()
        return Charge(
            id: id, order: charge.order, visit: charge.visit, station: charge.station, kind: charge.kind, text: reason,
            quantity: 1, price: difference, amount: difference, isInside: charge.isInside, bearer: charge.bearer,
            bearerReason: charge.bearerReason, state: .passed, enteredBy: staff.person, enteredAt: time,
            verdict: Charge.Verdict(by: staff.person, at: time, reason: reason), month: month, corrects: charge.id)
    }

    private static func needOpen(_ charge: Charge) throws(MoneyRefusal) {
        guard charge.state == .entered || charge.state == .sentBack else { throw decided(charge) }
    }

    private static func decided(_ charge: Charge) -> MoneyRefusal {
        let (zh, en) =
            switch charge.state {
            case .passed: ("已审核通过", "was passed")
            case .sentBack: ("已退回，请先改正", "was sent back: enter it anew")
            case .withdrawn: ("已撤销", "was withdrawn")
            case .entered: ("待审核", "waits for review")
            }
        return MoneyRefusal(.decided, zh: "这笔费用\(zh)", en: "the line \(en)")
    }
}
