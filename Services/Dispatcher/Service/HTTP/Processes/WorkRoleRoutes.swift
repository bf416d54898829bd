import Contracts
import DispatcherDomain
import Hummingbird
import Kernel
import ServiceKit

/// `/api/dispatch/v1/work-roles`: who has the roles that processes name beyond the built-in ones.
struct WorkRoleRoutes: Sendable {
    let api: PeopleAPI
    let roles: KeepWorkRoles

    func add(to routes: RouterGroup<RequestScope>) {
        routes.get("work-roles", use: list)
        routes.put("work-roles/{code}", use: set)
    }

    @Sendable private func list(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await api.caller(request, context)
        return try .json(ListJSON(items: try await roles.list(for: caller).map(WorkRoleJSON.init)))
    }

    @Sendable private func set(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await api.caller(request, context)
        let code = try PeopleAPI.code(context, of: "such role")
        let body = try await request.json(WorkRoleMembersJSON.self, limit: PeopleAPI.bodyLimit)
        try await roles.set(code, for: caller, to: { try body.checked() })
        return Response(status: .noContent)
    }
}

struct WorkRoleJSON: Encodable, Sendable {
    let code: String
    let title: Phrase
    let staff: [Person]

    init(_ role: KeepWorkRoles.Role) {
        code = role.code
        title = role.title
        staff = role.members
    }
}

struct WorkRoleMembersJSON: Decodable, Sendable {
    let members: [String]?

    /// - Throws: a 422 problem for none, for what is no id, and for too many.
    func checked() throws -> [ID<Staff>] {
        guard let members else {
            throw Problem.invalid([FieldFault(field: "/members", code: "required", message: "A list of ids.")])
        }
        guard members.count <= KeepWorkRoles.limit else {
            throw Problem.invalid([
                FieldFault(field: "/members", code: "tooLong", message: "At most \(KeepWorkRoles.limit).")
            ])
        }
        return try members.enumerated().map { place, text in
            guard let id = ID<Staff>(text) else {
                throw Problem.invalid([FieldFault(field: "/members/\(place)", code: "malformed", message: "A UUID.")])
            }
            return id
        }
    }
}
