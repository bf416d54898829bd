import Contracts
import DispatcherDomain
import Foundation
import Hummingbird
import Kernel
import ServiceKit

/// `/api/dispatch/v1/staff/{id}/limits` and `/api/dispatch/v1/job-needs`: how much engineers may have, what jobs need.
struct EngineerRoutes: Sendable {
    let api: PeopleAPI
    let engineers: KeepEngineers

    func add(to routes: RouterGroup<RequestScope>) {
        routes.get("staff/{id}/limits", use: limits)
        routes.put("staff/{id}/limits", use: keepLimits)
        routes.get("job-needs", use: needs)
        routes.put("job-needs/{code}", use: keepNeed)
    }

    @Sendable private func limits(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await api.caller(request, context)
        let id: ID<Staff> = try PeopleAPI.id(context, of: "such member of staff in your departments")
        return try .json(LimitsJSON(try await engineers.limits(of: id, for: caller)))
    }

    @Sendable private func keepLimits(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await api.caller(request, context)
        let id: ID<Staff> = try PeopleAPI.id(context, of: "such member of staff in your departments")
        let body = try await request.json(LimitsDraftJSON.self, limit: PeopleAPI.bodyLimit)
        let kept = try await engineers.keepLimits(
            EngineerLimits(open: body.open, hourly: body.hourly), of: id, for: caller)
        return try .json(LimitsJSON(kept))
    }

    @Sendable private func needs(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await api.caller(request, context)
        return try .json(ListJSON(items: try await engineers.needs(for: caller).map(JobNeedJSON.init)))
    }

    @Sendable private func keepNeed(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await api.caller(request, context)
        let code = try PeopleAPI.code(context, of: "such job need")
        let body = try await request.json(JobNeedDraftJSON.self, limit: PeopleAPI.bodyLimit)
        let need = try await engineers.keepNeed(
            code,
            JobNeed.Draft(
                kinds: body.kinds ?? [], models: body.models ?? [],
                skills: (body.skills ?? []).map { JobNeed.SkillNeed(skill: $0.skill, level: $0.level) },
                minutes: body.minutes, warrantyOrganisations: body.warrantyOrganisations ?? [],
                isActive: body.isActive ?? true), for: caller)
        return try .json(JobNeedJSON(need))
    }
}

/// Null: any number.
struct LimitsJSON: Encodable, Sendable {
    let open: Int?
    let hourly: Int?

    init(_ limits: EngineerLimits?) {
        open = limits?.open
        hourly = limits?.hourly
    }
}

struct LimitsDraftJSON: Decodable, Sendable {
    var open: Int?
    var hourly: Int?
}

struct JobNeedJSON: Encodable, Sendable {
    let code: String
    let kinds: [String]
    let models: [String]
    let skills: [SuggestionJSON.SkillNeedJSON]
    let minutes: Int
    let warrantyOrganisations: [String]
    let isActive: Bool

    init(_ need: JobNeed) {
        code = need.code
        kinds = need.kinds
        models = need.models
        skills = need.skills.map { SuggestionJSON.SkillNeedJSON(skill: $0.skill, level: $0.level) }
        minutes = need.minutes
        warrantyOrganisations = need.warrantyOrganisations
        isActive = need.isActive
    }
}

struct JobNeedDraftJSON: Decodable, Sendable {
    var kinds: [String]?
    var models: [String]?
    var skills: [SkillDraftJSON]?
    var minutes: Int?
    var warrantyOrganisations: [String]?
    var isActive: Bool?

    struct SkillDraftJSON: Decodable, Sendable {
        let skill: String
        let level: Int
    }
}
