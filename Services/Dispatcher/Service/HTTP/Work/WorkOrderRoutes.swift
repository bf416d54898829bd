import Contracts
import DispatcherDomain
import Foundation
import Hummingbird
import Kernel
import ServiceKit

/// `/api/dispatch/v1/work-orders`: lists, one work order, every command. For signed-in staff.
struct WorkOrderRoutes: Sendable {
    static let bodyLimit = 262_144

    let identity: IdentityCheck
    let runWork: RunWork
    let lookUp: LookUpWork
    let tickOff: TickOffErrand

    func add(to api: RouterGroup<RequestScope>) {
        let routes = api.group("work-orders")
        routes.get(use: list)
        routes.get("{id}", use: show)
        // Whoever may not ask learns nothing of what would have been wrong with the path.
        routes.post("{id}/actions/{action}") { request, context in
            _ = try await identity.require(request)
            let action = try Self.word("action", context)
            return try await run(request, context) { body, room in try await room.command(action, .work, body) }
        }
        routes.post("{id}/visits/{number}/actions/{action}") { request, context in
            _ = try await identity.require(request)
            let action = try Self.word("action", context)
            let number = try Self.number(context)
            return try await run(request, context) { body, room in
                try await room.command(action, .visit(number), body)
            }
        }
        addStanding(to: routes)
        routes.post("{id}/approvals/{number}/grant") { request, context in
            _ = try await identity.require(request)
            let number = try Self.number(context)
            return try await run(request, context) { _, _ in .grant(approval: number) }
        }
        routes.post("{id}/approvals/{number}/refusal") { request, context in
            _ = try await identity.require(request)
            let number = try Self.number(context)
            return try await run(request, context) { body, _ in .refuse(approval: number, reason: body.reason ?? "") }
        }
        routes.post("{id}/errands/{number}/done", use: errandDone)
        api.get("notices", use: notices)
    }

    /// What the standing rules of a process allow in many steps alike.
    private func addStanding(to routes: RouterGroup<RequestScope>) {
        for command in StandingCommand.allCases {
            routes.post("{id}/\(command.rawValue)") { request, context in
                try await run(request, context) { body, room in try await command.command(body, in: room) }
            }
        }
    }

    /// 200 with the work order after the command, or as it stands when the caller had taken this action before.
    private func run(
        _ request: Request, _ context: RequestScope,
        _ make: @escaping @Sendable (WorkCommandJSON, WorkRoom) async throws -> ProcessCommand
    ) async throws -> Response {
        let caller = try await identity.require(request)
        let id = try Self.id(context)
        let body =
            try await request.hasBody
            ? request.json(WorkCommandJSON.self, limit: Self.bodyLimit) : WorkCommandJSON()
        try body.check()
        let seen = try await runWork(id, for: caller, expected: body.expectedRevision) { try await make(body, $0) }
        guard let seen else { throw Problem.noWorkOrder }
        return try .work(seen, to: request)
    }

    /// `?view=pool|mine|open|done|approvals` (open when absent) `&limit=1…200` (50 when absent), or `?ticket=T1000001`.
    @Sendable private func list(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await identity.require(request)
        var query = QueryReader(request)
        let number = query.text("ticket", limit: 40)
        let view = query.word("view", of: WorkOrderView.self) ?? .open
        let limit = query.number("limit", in: 1...200) ?? 50
        try query.check()
        let orders =
            if let number {
                try await lookUp.find(ticketNumber: number, for: caller)
            } else {
                try await lookUp.list(view, for: caller, limit: limit)
            }
        return try .json(ListJSON(items: orders.map { WorkOrderJSON($0) }))
    }

    /// One work order with its history; 404 when the caller's departments have nothing to do with it.
    @Sendable private func show(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await identity.require(request)
        guard let found = try await lookUp.find(try Self.id(context), for: caller) else { throw Problem.noWorkOrder }
        return try .json(WorkOrderJSON(found.seen, events: found.events, errands: found.errands))
    }

    /// 200 with the work order and its errands, also when it was ticked off before.
    @Sendable private func errandDone(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await identity.require(request)
        let (id, number) = (try Self.id(context), try Self.number(context))
        let body =
            try await request.hasBody
            ? request.json(ErrandDoneJSON.self, limit: Self.bodyLimit) : ErrandDoneJSON(note: nil)
        switch try await tickOff(Int64(number), of: id, note: try body.checked(), for: caller) {
        case .done: return try await show(request, context)
        case .unknown: throw Problem.notFound("such errand in your departments")
        case .roleMissing(let role):
            throw Problem(
                .forbidden, type: "role-missing", title: "Not allowed", detail: "This errand is for the role \(role).")
        }
    }

    /// `?limit=1…200` (50 when absent): what processes tell the caller, the last first.
    @Sendable private func notices(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await identity.require(request)
        var query = QueryReader(request)
        let limit = query.number("limit", in: 1...200) ?? 50
        try query.check()
        return try .json(ListJSON(items: try await lookUp.notices(for: caller, limit: limit).map(NoticeJSON.init)))
    }

    static func id(_ context: RequestScope) throws -> ID<WorkOrder> {
        guard let id = context.parameters.get("id").flatMap({ ID<WorkOrder>($0) }) else { throw Problem.noWorkOrder }
        return id
    }

    private static func word(_ name: String, _ context: RequestScope) throws -> String {
        guard let word = context.parameters.get(name), word.utf8.count <= 60, !word.isUnfitForText else {
            throw Problem.notFound("such \(name)")
        }
        return word
    }

    static func number(_ context: RequestScope) throws -> Int {
        guard let number = context.parameters.get("number").flatMap({ Int($0) }), (1...1_000_000).contains(number)
        else {
            throw Problem.notFound("such number")
        }
        return number
    }
}

struct ErrandDoneJSON: Decodable, Sendable {
    let note: String?

    /// - Throws: a 422 problem for a note that is too long.
    func checked() throws -> String? {
        guard let note, !note.isEmpty else { return nil }
        return try WrittenText.checked(note, "/note", limit: TickOffErrand.noteLimit)
    }
}

/// Texts of several lines that come with a command: a note, a reason.
enum WrittenText {
    /// - Parameter limit: characters.
    /// - Throws: `InvalidInput`.
    static func checked(_ text: String, _ field: String, limit: Int) throws -> String {
        if text.count > limit || text.utf8.count > limit * 4 {
            throw InvalidInput([FieldFault(field: field, code: "tooLong", message: "At most \(limit) characters.")])
        }
        if let flaw = TextFlaw.first(in: text, isLine: false) {
            throw InvalidInput([FieldFault(field: field, code: "malformed", message: flaw.words.en)])
        }
        return text
    }
}

extension StringProtocol {
    /// PostgreSQL's text holds every character but NUL. What people write has the stricter rule of `TextFlaw`.
    var isUnfitForText: Bool { utf8.contains(0) }
}

extension Request {
    /// False for a request that says nothing beyond its path.
    var hasBody: Bool {
        let length = headers[.contentLength].flatMap { Int($0) } ?? 0
        return length > 0 || headers[.transferEncoding] != nil || headers[.contentType] != nil
    }
}
