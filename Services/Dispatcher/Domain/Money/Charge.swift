public import Contracts
public import Foundation
public import Kernel

/// One line of what a job costs: parts, labour, travel, subsidy, inside or outside of the three guarantees, and who bears it
/// (S0.43).
public struct Charge: Hashable, Sendable {
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        case part, labour, travel
        /// 工时补贴: what the company gives the station for its time.
        case subsidy
    }

    public enum Bearer: String, Hashable, Sendable, CaseIterable {
        case company, station, customer, vendor
    }

    public enum State: String, Hashable, Sendable, CaseIterable {
        /// Waits for the supervisor.
        case entered
        case passed
        /// The supervisor wants it put right.
        case sentBack = "sent-back"
        case withdrawn
    }

    /// A supervisor's word on it.
    public struct Verdict: Hashable, Sendable {
        public let by: Person
        public let at: Date
        public let reason: String?

        public init(by: Person, at: Date, reason: String?) {
            self.by = by
            self.at = at
            self.reason = reason
        }
    }

    public let id: ID<Charge>
    public let order: ID<WorkOrder>
    public let visit: Int?
    /// The department that is paid or pays: a station, an agent, or one of one's own.
    public let station: String
    public let kind: Kind
    public let text: String
    public let quantity: Int
    public let price: Fen
    /// Quantity times price; of a correction also below zero.
    public let amount: Fen
    public var isInside: Bool
    public var bearer: Bearer
    /// Why somebody has decided otherwise than warranty data do; nil: they decided.
    public var bearerReason: String?
    public var state: State
    public let enteredBy: Person
    public let enteredAt: Date
    public var verdict: Verdict?
    /// Whose statement has it; nil until it is passed.
    public var month: SettlementMonth?
    /// The line of a closed month that it puts right.
    public let corrects: ID<Charge>?

    public init(
        id: ID<Charge>, order: ID<WorkOrder>, visit: Int?, station: String, kind: Kind, text: String, quantity: Int,
        price: Fen, amount: Fen, isInside: Bool, bearer: Bearer, bearerReason: String?, state: State,
        enteredBy: Person, enteredAt: Date, verdict: Verdict?, month: SettlementMonth?, corrects: ID<Charge>?
    ) {
        self.id = id
        self.order = order
        self.visit = visit
        self.station = station
        self.kind = kind
        self.text = text
        self.quantity = quantity
        self.price = price
        self.amount = amount
        self.isInside = isInside
        self.bearer = bearer
        self.bearerReason = bearerReason
        self.state = state
        self.enteredBy = enteredBy
        self.enteredAt = enteredAt
        self.verdict = verdict
        self.month = month
        self.corrects = corrects
    }

    /// Told once more, it is what was told before, whatever has been decided about it since.
    ///
    /// - Throws: ``MoneyRefusal``: `other-request` when the id was used for another line.
    public func checkRepetition(of known: Charge) throws(MoneyRefusal) {
        guard known.order == order, known.visit == visit, known.kind == kind, known.text == text,
            known.quantity == quantity, known.price == price, known.corrects == corrects
        else { throw MoneyRefusal(.otherRequest, zh: "这个编号已用于另一笔费用", en: "this id was used for another line") }
    }
}

/// A month of a station's statement: `2026-11`.
public struct SettlementMonth: Hashable, Sendable, Comparable {
    public let year: Int
    public let month: Int

    public init?(_ text: String) {
        guard text.utf8.count == 7, let day = LocalDay("\(text)-01") else { return nil }
        (year, month) = (day.year, day.month)
    }

    /// That of a moment, where the station is.
    public init?(_ moment: Date, in zone: TimeZone) {
        guard let day = LocalDay(moment, in: zone) else { return nil }
        (year, month) = (day.year, day.month)
    }

    private init(year: Int, month: Int) { (self.year, self.month) = (year, month) }

    public var text: String { "\(year)-\(month < 10 ? "0" : "")\(month)" }

    public var next: SettlementMonth {
        month == 12 ? SettlementMonth(year: year + 1, month: 1) : SettlementMonth(year: year, month: month + 1)
    }

    public static func < (one: SettlementMonth, other: SettlementMonth) -> Bool {
        (one.year, one.month) < (other.year, other.month)
    }
}
