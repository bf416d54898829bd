import Contracts
import DispatcherDomain
import Foundation
import Hummingbird
import Kernel
import ServiceKit

/// `/api/dispatch/v1/offers`: what waits for one's word, yes and no; who was asked for a work order, and whom to ask.
struct OfferRoutes: Sendable {
    static let what = "such offer to you"

    let identity: IdentityCheck
    let desk: OfferDesk
    let find: FindEngineers

    func add(to routes: RouterGroup<RequestScope>) {
        routes.get("offers", use: waiting)
        routes.post("offers/{id}/acceptance", use: accept)
        routes.post("offers/{id}/refusal", use: refuse)
        routes.get("work-orders/{id}/offers", use: history)
        routes.get("work-orders/{id}/engineers", use: engineers)
    }

    /// `?limit=1…200` (50 when absent), the oldest first.
    @Sendable private func waiting(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await identity.require(request)
        var query = QueryReader(request)
        let limit = query.number("limit", in: 1...200) ?? 50
        try query.check()
        return try .json(ListJSON(items: try await desk.waiting(for: caller, limit: limit).map(OfferLineJSON.init)))
    }

    /// 200 with the work order, also when it was his before; 409 `taken` says whose it is.
    @Sendable private func accept(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await identity.require(request)
        let id: ID<WorkOffer> = try PeopleAPI.id(context, of: Self.what)
        return try .work(PeopleAPI.found(try await desk.accept(id, for: caller), Self.what), to: request)
    }

    /// 200 with the work order after the no, also when it was said before.
    @Sendable private func refuse(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await identity.require(request)
        let id: ID<WorkOffer> = try PeopleAPI.id(context, of: Self.what)
        let body = try await request.json(OfferRefusalJSON.self, limit: PeopleAPI.bodyLimit)
        let note = try body.note.map { try WrittenText.checked($0, "/note", limit: 2000) }
        let seen = try await desk.refuse(id, reason: body.reason, note: note, for: caller)
        return try .work(PeopleAPI.found(seen, Self.what), to: request)
    }

    @Sendable private func history(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await identity.require(request)
        guard let id = context.parameters.get("id").flatMap({ ID<WorkOrder>($0) }),
            let offers = try await desk.history(of: id, for: caller)
        else { throw Problem.noWorkOrder }
        return try .json(ListJSON(items: offers.map(OfferJSON.init)))
    }

    /// `?visit=&minutes=&from=&until=&limit=1…200` (20 when absent).
    @Sendable private func engineers(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await identity.require(request)
        var query = QueryReader(request)
        var question = FindEngineers.Question()
        question.visit = query.number("visit", in: 1...50)
        question.minutes = query.number("minutes", in: 5...10_080)
        question.from = query.time("from")
        question.until = query.time("until")
        let limit = query.number("limit", in: 1...200) ?? 20
        try query.check()
        if let until = question.until, until <= question.from ?? .distantPast {
            throw Problem.invalid([FieldFault(field: "/until", code: "malformed", message: "It must be after from.")])
        }
        guard let id = context.parameters.get("id").flatMap({ ID<WorkOrder>($0) }),
            let answer = try await find(id, question, for: caller)
        else { throw Problem.noWorkOrder }
        return try .json(SuggestionJSON(answer, limit: limit))
    }
}

struct OfferRefusalJSON: Decodable, Sendable {
    /// A word of ``OfferRefusal``.
    let reason: String?
    let note: String?
}
