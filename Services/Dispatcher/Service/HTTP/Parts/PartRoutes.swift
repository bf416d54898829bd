import Contracts
import DispatcherDomain
import Foundation
import Hummingbird
import Kernel
import ServiceKit

/// `/api/dispatch/v1`: parts, what lies where, what went where, and requests for jobs.
struct PartRoutes: Sendable {
    static let request = "such request in your departments"

    let api: PeopleAPI
    let desk: PartsDesk

    private var identity: IdentityCheck { api.identity }

    func add(to routes: RouterGroup<RequestScope>) {
        routes.get("parts", use: parts)
        routes.put("parts/{code}", use: keep)
        routes.get("stock", use: stock)
        routes.get("old-parts", use: oldParts)
        routes.get("parts/{code}/movements", use: movements)
        routes.post("parts/{code}/movements", use: move)
        routes.get("part-requests", use: open)
        routes.get("work-orders/{id}/part-requests", use: requests)
        routes.post("work-orders/{id}/part-requests", use: ask)
        for step in PartRequest.Step.allCases {
            routes.post("part-requests/{id}/\(step.rawValue)") { request, context in
                try await take(step, request, context)
            }
        }
    }

    @Sendable private func parts(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await identity.require(request)
        return try .json(ListJSON(items: try await desk.parts(for: caller).map(PartJSON.init)))
    }

    @Sendable private func keep(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await api.caller(request, context)
        let code = try PeopleAPI.code(context, of: "such part")
        let body = try await request.json(PartDraftJSON.self, limit: PeopleAPI.bodyLimit)
        let part = try await desk.keep(
            code,
            .init(
                chineseName: body.name?.zh, englishName: body.name?.en, price: body.price,
                hasSerials: body.hasSerials ?? false, isActive: body.isActive ?? true), for: caller)
        return try .json(PartJSON(part))
    }

    /// `?part=&place=`
    @Sendable private func stock(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await identity.require(request)
        var query = QueryReader(request)
        let part = query.text("part", limit: 40)
        let place = query.text("place", limit: 60)
        try query.check()
        let lines = try await desk.stock(of: part, at: place, for: caller)
        return try .json(
            ListJSON(items: lines.map { StockLineJSON(part: $0.part, place: $0.place, quantity: $0.quantity) }))
    }

    /// `?part=&place=`
    @Sendable private func oldParts(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await identity.require(request)
        var query = QueryReader(request)
        let part = query.text("part", limit: 40)
        let place = query.text("place", limit: 60)
        try query.check()
        return try .json(
            ListJSON(items: try await desk.oldPieces(of: part, at: place, for: caller).map(OldPartJSON.init)))
    }

    /// `?place=&before=&limit=`, the newest first.
    @Sendable private func movements(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await identity.require(request)
        let code = try PeopleAPI.code(context, of: "such part")
        var query = QueryReader(request)
        let place = query.text("place", limit: 60)
        let before: Int64 = query.number("before", in: 1...Int64.max) ?? .max
        let limit: Int64 = query.number("limit", in: 1...200) ?? 50
        try query.check()
        let found = try PeopleAPI.found(
            try await desk.movements(of: code, at: place, before: before, limit: limit, for: caller), "such part")
        return try .json(
            ListJSON(
                items: found.map { MovementJSON($0.movement) },
                next: Int64(found.count) == limit ? found.last.map { String($0.number) } : nil))
    }

    /// 200 with the movement, also when it was told before with this id.
    @Sendable private func move(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await identity.require(request)
        let code = try PeopleAPI.code(context, of: "such part")
        let body = try await request.json(MovementDraftJSON.self, limit: PeopleAPI.bodyLimit)
        let draft = StockRules.Draft(
            kind: body.kind, quantity: body.quantity, from: body.from, to: body.to, order: body.workOrder,
            visit: body.visit, oldSerial: body.oldSerial, newSerial: body.newSerial, note: body.note)
        let moved = try await desk.move(draft, of: code, id: body.id ?? ID(UUID()), for: caller)
        return try .json(
            MovementJSON(try PeopleAPI.found(moved, "such part, or no such work order in your departments")))
    }

    @Sendable private func open(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await identity.require(request)
        return try .json(ListJSON(items: try await desk.openRequests(for: caller).map(PartRequestJSON.init)))
    }

    @Sendable private func requests(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await identity.require(request)
        guard let found = try await desk.requests(of: try MoneyRoutes.order(context), for: caller) else {
            throw Problem.noWorkOrder
        }
        return try .json(ListJSON(items: found.map(PartRequestJSON.init)))
    }

    /// 200 with the request, also when it was told before with this id.
    @Sendable private func ask(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await identity.require(request)
        let order: ID<WorkOrder> = try MoneyRoutes.order(context)
        let body = try await request.json(PartWishJSON.self, limit: PeopleAPI.bodyLimit)
        let wish = PartsDesk.Wish(
            part: body.part, quantity: body.quantity, isUrgent: body.isUrgent ?? false, note: body.note,
            visit: body.visit)
        guard let made = try await desk.ask(wish, id: body.id ?? ID(UUID()), on: order, for: caller) else {
            throw Problem.noWorkOrder
        }
        return try .json(PartRequestJSON(made))
    }

    private func take(
        _ step: PartRequest.Step, _ request: Request, _ context: RequestScope
    ) async throws -> Response {
        let caller = try await identity.require(request)
        let id: ID<PartRequest> = try PeopleAPI.id(context, of: Self.request)
        let body =
            try await request.hasBody
            ? request.json(PartStepJSON.self, limit: PeopleAPI.bodyLimit) : PartStepJSON()
        let draft = PartRequest.StepDraft(
            from: body.from, carrier: body.carrier, tracking: body.tracking,
            reason: try body.reason.map { try WrittenText.checked($0, "/reason", limit: 500) })
        let taken = try await desk.take(step, id, draft, for: caller)
        return try .json(PartRequestJSON(try PeopleAPI.found(taken, Self.request)))
    }
}
