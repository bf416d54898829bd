import Contracts
import DispatcherDomain
import Foundation
import Hummingbird
import Kernel
import ServiceKit

/// `/api/dispatch/v1/leaves`: one's own, and for those who plan and decide that of their departments.
struct LeaveRoutes: Sendable {
    static let what = "such leave that you may see"

    let api: PeopleAPI
    let leave: TakeLeave

    func add(to routes: RouterGroup<RequestScope>) {
        routes.get("leaves", use: list)
        routes.post("leaves", use: ask)
        routes.get("leaves/{id}", use: show)
        for step in Leave.Step.allCases {
            routes.post("leaves/{id}/\(step.rawValue)") { request, context in
                try await take(step, request, context)
            }
        }
    }

    /// `?staff=&state=&from=&until=&limit=`, the last begun first.
    @Sendable private func list(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await api.caller(request, context)
        var query = QueryReader(request)
        var filter = LeaveStore.Filter()
        filter.staff = query.id("staff", of: Staff.self)
        filter.state = query.word("state", of: Leave.State.self)?.rawValue
        if let from = query.time("from") { filter.from = from }
        if let until = query.time("until") { filter.until = until }
        filter.limit = query.number("limit", in: 1...500) ?? 100
        try query.check()
        return try .json(ListJSON(items: try await leave.list(filter, for: caller).map(LeaveJSON.init)))
    }

    @Sendable private func ask(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await api.caller(request, context)
        let body = try await request.json(LeaveDraftJSON.self, limit: PeopleAPI.bodyLimit)
        let made = try await leave.request(
            .init(kind: body.kind, start: body.from, end: body.until, reason: body.reason), staff: body.staff,
            deputy: body.deputy, for: caller)
        return try .json(
            LeaveJSON(made), status: .created, headers: [.location: "\(PeopleAPI.path)/leaves/\(made.id)"])
    }

    @Sendable private func show(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await api.caller(request, context)
        let id: ID<Leave> = try PeopleAPI.id(context, of: Self.what)
        return try .json(LeaveJSON(try PeopleAPI.found(try await leave.find(id, for: caller), Self.what)))
    }

    private func take(_ step: Leave.Step, _ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await api.caller(request, context)
        let id: ID<Leave> = try PeopleAPI.id(context, of: Self.what)
        let body = try await request.hasBody ? request.json(StepRequestJSON.self, limit: 16_384) : StepRequestJSON()
        if let note = body.note { _ = try WrittenText.checked(note, "/note", limit: 500) }
        let decided = try await PeopleAPI.changing(current: {
            try await leave.find(id, for: caller).map(LeaveJSON.init)
        }) {
            try await leave.decide(
                id, step, note: body.note, expectedVersion: body.expectedVersion, for: caller)
        }
        return try .json(LeaveJSON(try PeopleAPI.found(decided, Self.what)))
    }
}

struct LeaveJSON: Encodable, Sendable {
    let id: String
    let staff: Person
    let department: String
    let kind: String
    let from: Date
    let until: Date
    let reason: String?
    let deputy: Person?
    let state: String
    let version: Int64
    let requestedAt: Date
    let decidedBy: Person?
    let decidedAt: Date?
    let note: String?

    init(_ leave: Leave) {
        id = leave.id.description
        staff = leave.staff
        department = leave.department
        kind = leave.kind.rawValue
        from = leave.span.start
        until = leave.span.end
        reason = leave.reason
        deputy = leave.deputy
        state = leave.state.rawValue
        version = leave.version
        requestedAt = leave.requestedAt
        decidedBy = leave.decidedBy
        decidedAt = leave.decidedAt
        note = leave.note
    }
}

struct LeaveDraftJSON: Decodable, Sendable {
    /// Absent: the caller himself.
    var staff: ID<Staff>?
    var kind: String?
    var from: Date?
    var until: Date?
    var reason: String?
    var deputy: ID<Staff>?
}
