import Contracts
import DispatcherDomain
import Foundation
import Kernel

/// A line of a job's charges; amounts are whole fen.
struct ChargeJSON: Encodable, Sendable {
    let id: String
    let workOrder: String
    let visit: Int?
    let station: String
    let kind: String
    let text: String
    let quantity: Int
    let price: Int64
    let amount: Int64
    /// Of the three guarantees.
    let inside: Bool
    let bearer: String
    let bearerReason: String?
    let state: String
    let enteredBy: Person
    let enteredAt: Date
    let reviewedBy: Person?
    let reviewedAt: Date?
    let reviewReason: String?
    let month: String?
    let corrects: String?

    init(_ charge: Charge) {
        id = charge.id.description
        workOrder = charge.order.description
        visit = charge.visit
        station = charge.station
        kind = charge.kind.rawValue
        text = charge.text
        quantity = charge.quantity
        price = charge.price.amount
        amount = charge.amount.amount
        inside = charge.isInside
        bearer = charge.bearer.rawValue
        bearerReason = charge.bearerReason
        state = charge.state.rawValue
        enteredBy = charge.enteredBy
        enteredAt = charge.enteredAt
        reviewedBy = charge.verdict?.by
        reviewedAt = charge.verdict?.at
        reviewReason = charge.verdict?.reason
        month = charge.month?.text
        corrects = charge.corrects?.description
    }
}

struct ChargeDraftJSON: Decodable, Sendable {
    /// The sender's own, so that it can be sent again; absent: a new one.
    var id: ID<Charge>?
    var visit: Int?
    var kind: String?
    var text: String?
    var quantity: Int?
    var price: Int64?
}

struct BearerJSON: Decodable, Sendable {
    var inside: Bool?
    var bearer: String?
    var reason: String?
}

struct ReviewJSON: Decodable, Sendable {
    var passes: Bool?
    var reason: String?
}

struct CorrectionJSON: Decodable, Sendable {
    var id: ID<Charge>?
    var amount: Int64?
    var reason: String?
}

struct PaymentJSON: Encodable, Sendable {
    let id: String
    let workOrder: String
    let amount: Int64
    let means: String
    let note: String?
    let recordedBy: Person
    let recordedAt: Date
    let state: String
    let decidedBy: Person?
    let decidedAt: Date?
    let reason: String?

    init(_ payment: Payment) {
        id = payment.id.description
        workOrder = payment.order.description
        amount = payment.amount.amount
        means = payment.means.rawValue
        note = payment.note
        recordedBy = payment.recordedBy
        recordedAt = payment.recordedAt
        state = payment.state.rawValue
        decidedBy = payment.decidedBy
        decidedAt = payment.decidedAt
        reason = payment.reason
    }
}

struct PaymentDraftJSON: Decodable, Sendable {
    var id: ID<Payment>?
    var amount: Int64?
    var means: String?
    var note: String?
}

struct ConfirmationJSON: Decodable, Sendable {
    var received: Bool?
    var reason: String?
}

/// A station's month.
struct StatementJSON: Encodable, Sendable {
    let station: String
    let month: String
    let total: Int64
    /// What the company owes the station.
    let payable: Int64
    let byBearer: [String: Int64]
    let byKind: [String: Int64]
    let lines: [LineJSON]
    /// Lines of the month or before that wait for review or were sent back.
    let unreviewed: Int
    let closing: ClosingJSON?

    struct LineJSON: Encodable, Sendable {
        let ticket: String
        let charge: ChargeJSON
    }

    struct ClosingJSON: Encodable, Sendable {
        let at: Date
        let by: Person
        let total: Int64
        let payable: Int64
    }

    init(_ seen: SettleMonths.Seen) {
        let statement = seen.statement
        station = statement.station
        month = statement.month.text
        total = statement.total.amount
        payable = statement.payable.amount
        byBearer = Dictionary(uniqueKeysWithValues: statement.byBearer.map { ($0.rawValue, $1.amount) })
        byKind = Dictionary(uniqueKeysWithValues: statement.byKind.map { ($0.rawValue, $1.amount) })
        lines = statement.lines.map { LineJSON(ticket: seen.tickets[$0.id] ?? "", charge: ChargeJSON($0)) }
        unreviewed = seen.unreviewed
        closing = seen.closing.map {
            ClosingJSON(at: $0.at, by: $0.by, total: $0.total.amount, payable: $0.payable.amount)
        }
    }
}
