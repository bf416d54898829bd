import Contracts
import DispatcherDomain
import Foundation
import Kernel
import ServiceKit

/// A part; its price is whole fen.
struct PartJSON: Encodable, Sendable {
    let code: String
    let name: NameJSON
    let price: Int64
    let hasSerials: Bool
    let isActive: Bool

    init(_ part: Part) {
        code = part.code
        name = NameJSON(part.name)
        price = part.price.amount
        hasSerials = part.hasSerials
        isActive = part.isActive
    }
}

struct PartDraftJSON: Decodable, Sendable {
    var name: NameJSON?
    var price: Int64?
    var hasSerials: Bool?
    var isActive: Bool?
}

struct StockLineJSON: Encodable, Sendable {
    let part: String
    let place: String
    let quantity: Int64
}

struct MovementDraftJSON: Decodable, Sendable {
    /// The sender's own, so that it can be sent again; absent: a new one.
    var id: ID<StockMovement>?
    var kind: String?
    var quantity: Int?
    var from: String?
    var to: String?
    var workOrder: ID<WorkOrder>?
    var visit: Int?
    var oldSerial: String?
    var newSerial: String?
    var note: String?
}

struct MovementJSON: Encodable, Sendable {
    let id: String
    let kind: String
    let part: String
    let quantity: Int
    let from: String?
    let to: String?
    let workOrder: String?
    let visit: Int?
    let oldSerial: String?
    let newSerial: String?
    let note: String?
    let by: Person
    let at: Date

    init(_ movement: StockMovement) {
        id = movement.id.description
        kind = movement.kind.rawValue
        part = movement.part
        quantity = movement.quantity
        from = movement.from?.text
        to = movement.to?.text
        workOrder = movement.order?.description
        visit = movement.visit
        oldSerial = movement.oldSerial
        newSerial = movement.newSerial
        note = movement.note
        by = movement.by
        at = movement.at
    }
}

/// An old piece that waits to be sent back or written off.
struct OldPartJSON: Encodable, Sendable {
    let part: String
    let serial: String
    let place: String?
    /// What it came out for.
    let workOrder: String?
    /// Who took it out or sent it on last.
    let by: String
    let since: Date

    init(_ piece: PartPiece) {
        part = piece.part
        serial = piece.serial
        place = piece.place?.text
        workOrder = piece.order?.description
        by = piece.by
        since = piece.at
    }
}

struct PartWishJSON: Decodable, Sendable {
    var id: ID<PartRequest>?
    var part: String?
    var quantity: Int?
    var isUrgent: Bool?
    var visit: Int?
    var note: String?
}

struct PartStepJSON: Decodable, Sendable {
    var from: String?
    var carrier: String?
    var tracking: String?
    var reason: String?
}

struct PartRequestJSON: Encodable, Sendable {
    let id: String
    let workOrder: String
    let visit: Int?
    let part: String
    let quantity: Int
    let isUrgent: Bool
    let note: String?
    let askedBy: Person
    let askedAt: Date
    let state: String
    let from: String?
    let carrier: String?
    let tracking: String?
    let reason: String?
    let changedBy: Person
    let changedAt: Date

    init(_ request: PartRequest) {
        id = request.id.description
        workOrder = request.order.description
        visit = request.visit
        part = request.part
        quantity = request.quantity
        isUrgent = request.isUrgent
        note = request.note
        askedBy = request.askedBy
        askedAt = request.askedAt
        state = request.state.rawValue
        from = request.from?.text
        carrier = request.carrier
        tracking = request.tracking
        reason = request.reason
        changedBy = request.changedBy
        changedAt = request.changedAt
    }
}
