internal import Hummingbird
internal import ServiceKit

/// `/api/reports/v1`: reports for programs; the caller sees the tickets of his departments.
struct ReportRoutes: Sendable {
    let queries: ReportQueries
    let identity: IdentityCheck

    func add(to router: Router<RequestScope>) {
        router.get("/api/reports/v1/tickets", use: list)
        router.get("/api/reports/v1/tickets/:number/timeline", use: timeline)
    }

    @Sendable private func list(_ request: Request, _ context: RequestScope) async throws -> Response {
        let staff = try await identity.require(request)
        let limit = request.uri.queryParameters["limit"].flatMap { Int($0) } ?? 50
        return try .json(
            TicketListJSON(
                tickets: await queries.tickets(limit: min(max(limit, 1), 500), departments: staff.departments)))
    }

    @Sendable private func timeline(_ request: Request, _ context: RequestScope) async throws -> Response {
        let staff = try await identity.require(request)
        let number = try context.parameters.require("number")
        guard let timeline = try await queries.timeline(number: number, departments: staff.departments) else {
            throw Problem.notFound("such ticket in your departments")
        }
        return try .json(timeline)
    }
}
