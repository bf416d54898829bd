import Contracts
import DispatcherDomain
import Foundation
import Hummingbird
import Kernel
import ServiceKit

/// `/api/dispatch/v1/departments`, `skills`, `territories`: the lists that everybody chooses from, and that
/// administrators keep.
struct DepartmentRoutes: Sendable {
    let api: PeopleAPI
    let departments: AdministerDepartments
    let references: KeepReferences

    func add(to routes: RouterGroup<RequestScope>) {
        routes.get("departments", use: list)
        routes.post("departments", use: make)
        routes.get("departments/{code}", use: show)
        routes.put("departments/{code}", use: change)
        routes.get("skills", use: skills)
        routes.put("skills/{code}", use: keepSkill)
        routes.get("territories", use: territories)
        routes.get("territories/serving", use: serving)
        routes.put("territories/{code}", use: keepTerritory)
    }

    @Sendable private func list(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await api.caller(request, context)
        return try .json(ListJSON(items: try await departments.list(for: caller).map(DepartmentJSON.init)))
    }

    @Sendable private func make(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await api.caller(request, context)
        let body = try await request.json(DepartmentDraftJSON.self, limit: PeopleAPI.bodyLimit)
        let made = try await departments.make(body.draft(body.code ?? ""), for: caller)
        return try .json(
            DepartmentJSON(made), status: .created, headers: [.location: "\(PeopleAPI.path)/departments/\(made.code)"])
    }

    @Sendable private func show(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await api.caller(request, context)
        let code = try PeopleAPI.code(context, of: "such department")
        return try .json(
            DepartmentJSON(try PeopleAPI.found(try await departments.find(code, for: caller), "such department")))
    }

    @Sendable private func change(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await api.caller(request, context)
        let code = try PeopleAPI.code(context, of: "such department")
        let body = try await request.json(DepartmentDraftJSON.self, limit: PeopleAPI.bodyLimit)
        let version = try body.expectedVersion.required
        _ = try PeopleAPI.found(try await departments.find(code, for: caller), "such department")
        let changed = try await PeopleAPI.changing(current: {
            try await departments.find(code, for: caller).map(DepartmentJSON.init)
        }) {
            try await departments.change(body.draft(code), expectedVersion: version, for: caller)
        }
        return try .json(DepartmentJSON(changed))
    }

    @Sendable private func skills(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await api.caller(request, context)
        return try .json(ListJSON(items: try await references.skills(for: caller).map(SkillJSON.init)))
    }

    @Sendable private func keepSkill(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await api.caller(request, context)
        let code = try PeopleAPI.code(context, of: "such skill")
        let body = try await request.json(SkillDraftJSON.self, limit: PeopleAPI.bodyLimit)
        let skill = try await references.keepSkill(
            code, chineseName: body.name?.zh, englishName: body.name?.en, isActive: body.isActive ?? true, for: caller)
        return try .json(SkillJSON(skill))
    }

    @Sendable private func territories(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await api.caller(request, context)
        return try .json(ListJSON(items: try await references.territories(for: caller).map(TerritoryJSON.init)))
    }

    /// `?region=310115&address=…`: who serves a place; 404 when nobody does.
    @Sendable private func serving(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await api.caller(request, context)
        var query = QueryReader(request)
        let region = query.text("region", limit: 12)
        let address = query.text("address", limit: 500)
        try query.check()
        let all = try await references.territories(for: caller)
        let found = Territory.serving(region: region, address: address, among: all)
        return try .json(TerritoryJSON(try PeopleAPI.found(found, "territory for this place")))
    }

    @Sendable private func keepTerritory(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await api.caller(request, context)
        let code = try PeopleAPI.code(context, of: "such territory")
        let body = try await request.json(TerritoryDraftJSON.self, limit: PeopleAPI.bodyLimit)
        let territory = try await references.keepTerritory(
            .init(
                code: code, chineseName: body.name?.zh, englishName: body.name?.en, regions: body.regions ?? [],
                places: body.places ?? [], departments: body.departments ?? [], isActive: body.isActive ?? true),
            for: caller)
        return try .json(TerritoryJSON(territory))
    }
}

/// A skill as it is to be.
struct SkillDraftJSON: Decodable, Sendable {
    var name: NameJSON?
    var isActive: Bool?
}

/// A territory as it is to be.
struct TerritoryDraftJSON: Decodable, Sendable {
    var name: NameJSON?
    var isActive: Bool?
    var regions: [String]?
    var places: [String]?
    var departments: [String]?
}

struct SkillJSON: Encodable, Sendable {
    let code: String
    let name: NameJSON
    let isActive: Bool

    init(_ skill: Skill) {
        code = skill.code
        name = NameJSON(skill.name)
        isActive = skill.isActive
    }
}

struct TerritoryJSON: Encodable, Sendable {
    let code: String
    let name: NameJSON
    let regions: [String]
    let places: [String]
    let departments: [String]
    let isActive: Bool

    init(_ territory: Territory) {
        code = territory.code
        name = NameJSON(territory.name)
        regions = territory.regions
        places = territory.places
        departments = territory.departments
        isActive = territory.isActive
    }
}
