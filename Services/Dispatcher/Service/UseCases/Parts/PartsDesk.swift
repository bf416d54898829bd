import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Postgres
import ServiceKit

/// Parts: what there is, what went where, and what is asked for. Each act is one transaction; a movement and the stock it
/// changes are never apart.
struct PartsDesk: Sendable {
    let desk: PeopleDesk
    let scope = WorkScope()

    var pool: PostgresPool { desk.pool }

    /// What a part is to be, as it came in.
    struct PartDraft: Sendable {
        let chineseName: String?
        let englishName: String?
        let price: Int64?
        let hasSerials: Bool
        let isActive: Bool
    }

    /// - Throws: `InvalidInput`, ``MoneyRefusal``; nothing was changed.
    func keep(_ code: String, _ draft: PartDraft, for caller: Caller) async throws -> Part {
        try await desk.act(for: caller) { work in
            let part = try Part.keep(
                code, chineseName: draft.chineseName, englishName: draft.englishName, price: draft.price,
                hasSerials: draft.hasSerials, isActive: draft.isActive, by: work.actor)
            try await PeopleScope().leave(work.transaction)
            try await work.transaction.query(StockStore.keep(part))
            try await work.record(
                AuditStore.Entry(
                    act: .partKept, subject: code, department: work.actor.department,
                    details: ["price": "\(part.price.amount)", "active": "\(part.isActive)"]))
            return part
        }
    }

    /// Told again with the same id, it is the movement that was told then.
    ///
    /// - Returns: nil for a part or a work order that is not there for him.
    /// - Throws: `InvalidInput`, ``MoneyRefusal``; nothing was changed.
    func move(
        _ draft: StockRules.Draft, of part: String, id: ID<StockMovement>, for identity: Identity
    ) async throws -> StockMovement? {
        try await pool.deciding { transaction in
            let staff = try await scope.staff(identity, in: transaction)
            guard let part = try await transaction.query(StockStore.part(part)).first.map(StockStore.part) else {
                return nil
            }
            var visits = 0
            if let order = draft.order {
                guard let place = try await MoneyDesk.place(order, identity, in: transaction) else { return nil }
                visits = place.order.state.visits.count
            }
            let now: Date = try await transaction.query(WorkOrderStore.now)[0].value("now")
            let movement = try StockRules.move(
                draft, part, id: id, visits: visits, by: staff, at: now.wholeMillisecond)
            if let to = movement.to, try await transaction.query(StockStore.exists(to)).isEmpty {
                throw InvalidInput([FieldFault(field: "/to", code: "unknownValue", message: "There is no such place.")])
            }
            return try await Self.keep(movement, in: transaction)
        }
    }

    /// - Returns: the movement, or the one that was told before with its id.
    /// - Throws: ``MoneyRefusal``: `not-enough` with who took the last, `other-request`.
    private static func keep(
        _ movement: StockMovement, in transaction: Transaction
    ) async throws -> StockMovement {
        guard !(try await transaction.query(StockStore.insert(movement)).isEmpty) else {
            let known = try await transaction.query(StockStore.movement(movement.id)).first.map(StockStore.movement)
            guard let known, movement.isSame(as: known) else {
                throw MoneyRefusal(.otherRequest, zh: "这个编号已用于另一次移动", en: "this id was used for another movement")
            }
            return known
        }
        if !movement.serials.isEmpty {
            let results = try await transaction.pipeline([
                PieceStore.turn(of: movement.part), PieceStore.pieces(of: movement.part, movement.serials),
            ])
            let pieces = try movement.pieces(after: results[1].map(PieceStore.piece))
            _ = try await transaction.pipeline(pieces.map(PieceStore.keep))
        }
        if movement.isOfOldPiece { return movement }
        if let from = movement.from {
            guard try await transaction.query(StockStore.take(movement, from: from)).affected == 1 else {
                let rows = try await transaction.query(
                    StockStore.shortage(of: movement.part, at: from))
                let (there, name, ticket) = try rows[0].decode(Int64.self, String?.self, String?.self)
                throw StockRules.notEnough(
                    movement.part, there: Int(there), last: name.map { ($0, ticket) })
            }
        }
        if let to = movement.to { try await transaction.query(StockStore.put(movement, to: to)) }
        return movement
    }

    // MARK: Requests

    struct Wish: Sendable {
        let part: String?
        let quantity: Int?
        let isUrgent: Bool
        let note: String?
        let visit: Int?
    }

    /// Told again with the same id, it is the request that was told then.
    ///
    /// - Throws: `InvalidInput`, ``MoneyRefusal``; nothing was changed.
    func ask(
        _ wish: Wish, id: ID<PartRequest>, on order: ID<WorkOrder>, for identity: Identity
    ) async throws -> PartRequest? {
        try await pool.deciding { transaction in
            guard let place = try await MoneyDesk.place(order, identity, in: transaction) else { return nil }
            try await MoneyDesk.checkOwn(place, in: transaction)
            guard let part = try await transaction.query(StockStore.part(wish.part ?? "")).first.map(StockStore.part)
            else {
                throw InvalidInput([
                    FieldFault(field: "/part", code: "unknownValue", message: "There is no such part.")
                ])
            }
            let request = try PartRequest.ask(
                part, quantity: wish.quantity, isUrgent: wish.isUrgent, note: wish.note, id: id, on: order,
                visit: wish.visit, visits: place.order.state.visits.count, by: place.staff, at: place.now)
            try await transaction.query(StockStore.insert(request))
            let kept = try await transaction.query(StockStore.lockRequest(id)).first.map(StockStore.request)
            guard let kept, kept.isSame(as: request) else {
                throw MoneyRefusal(.otherRequest, zh: "这个编号已用于另一个申请", en: "this id was used for another request")
            }
            return kept
        }
    }

    /// - Returns: nil for a request that he does not see.
    /// - Throws: `InvalidInput`, ``MoneyRefusal``; nothing was changed.
    func take(
        _ step: PartRequest.Step, _ id: ID<PartRequest>, _ draft: PartRequest.StepDraft, for identity: Identity
    ) async throws -> PartRequest? {
        try await pool.deciding { transaction in
            guard let request = try await transaction.query(StockStore.lockRequest(id)).first.map(StockStore.request),
                let place = try await MoneyDesk.place(request.order, identity, in: transaction)
            else { return nil }
            let (after, movement) = try request.taking(step, draft, by: place.staff, at: place.now)
            if let movement { _ = try await Self.keep(movement, in: transaction) }
            try await transaction.query(StockStore.update(after))
            return after
        }
    }
}
