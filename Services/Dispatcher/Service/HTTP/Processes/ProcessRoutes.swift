import Contracts
import DispatcherDomain
import Foundation
import Hummingbird
import HummingbirdCore
import Kernel
import NIOCore
import ServiceKit

/// `/api/dispatch/v1/processes`: definitions, what is wrong with one, putting one in force, moving running work.
struct ProcessRoutes: Sendable {
    static let what = "such version of a process"
    /// Bytes of a definition's request.
    static let bodyLimit = 524_288

    let api: PeopleAPI
    let processes: AdministerProcesses

    func add(to routes: RouterGroup<RequestScope>) {
        let group = routes.group("processes")
        group.get(use: list)
        group.post(use: putInForce)
        group.post("check", use: check)
        group.delete("{code}/in-force", use: takeOutOfForce)
        group.get("{code}/versions/{version}", use: show)
        group.post("{code}/versions/{version}/in-force", use: putVersionInForce)
        group.get("{code}/versions/{version}/diagram", use: diagram)
        group.get("{code}/versions/{version}/simulation", use: simulation)
        group.get("{code}/versions/{version}/move-plan", use: plan)
        group.post("{code}/versions/{version}/move", use: move)
    }

    @Sendable private func list(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await api.caller(request, context)
        return try .json(ListJSON(items: try await processes.list(for: caller).map(StoredProcessJSON.init)))
    }

    /// 201, or 422 with every mistake: line and column, and what would be right.
    @Sendable private func putInForce(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await api.caller(request, context)
        let body = try await request.json(DefinitionTextJSON.self, limit: Self.bodyLimit)
        let read = try await processes.putInForce(try body.checked(), for: caller)
        return try .json(ReadDefinitionJSON(read), status: .created)
    }

    /// What is wrong or odd about a definition; nothing is kept.
    @Sendable private func check(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await api.caller(request, context)
        let body = try await request.json(DefinitionTextJSON.self, limit: Self.bodyLimit)
        do {
            return try .json(ReadDefinitionJSON(try await processes.check(try body.checked(), for: caller)))
        } catch ProcessRejected.invalid(let faults) {
            return try .json(ReadDefinitionJSON(faults: faults))
        }
    }

    @Sendable private func takeOutOfForce(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await api.caller(request, context)
        let what = "such process"
        guard try await processes.takeOutOfForce(try PeopleAPI.code(context, of: what), for: caller) else {
            throw Problem.notFound(what)
        }
        return Response(status: .noContent)
    }

    @Sendable private func show(_ request: Request, _ context: RequestScope) async throws -> Response {
        let (text, definition) = try await found(request, context)
        return try .json(
            DefinitionJSON(
                code: definition.code, version: definition.version, title: definition.title,
                departments: definition.departments, kinds: definition.kinds, text: text))
    }

    @Sendable private func putVersionInForce(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await api.caller(request, context)
        guard try await processes.putInForce(try await key(context, caller), for: caller) else {
            throw Problem.notFound(Self.what)
        }
        return Response(status: .noContent)
    }

    /// `?language=zh|en`: SVG.
    @Sendable private func diagram(_ request: Request, _ context: RequestScope) async throws -> Response {
        var query = QueryReader(request)
        let language = query.word("language", of: Language.self) ?? .chinese
        try query.check()
        let svg = ProcessDiagram.svg(try await found(request, context).definition, language)
        return Response(
            status: .ok,
            headers: [
                .contentType: "image/svg+xml", .contentSecurityPolicy: "default-src 'none'; style-src 'unsafe-inline'",
            ],
            body: ResponseBody(byteBuffer: ByteBuffer(string: svg)))
    }

    /// `?kind=repair`: what becomes of such a ticket if nobody does anything.
    @Sendable private func simulation(_ request: Request, _ context: RequestScope) async throws -> Response {
        var query = QueryReader(request)
        let kind = query.text("kind", limit: 40)
        try query.check()
        let definition = try await found(request, context).definition
        var facts: [String: FieldValue] = [:]
        if let kind { facts["ticket.kind"] = .text(kind) }
        let run = try Simulation.idle(
            definition, facts: facts, start: Date(timeIntervalSince1970: 1_795_392_000),
            due: { LimitReckoning.office.due($0, from: $1) })
        return try .json(SimulationJSON(run))
    }

    /// `?to=2`: where running work of this version would be under the other.
    @Sendable private func plan(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await api.caller(request, context)
        let key = try await key(context, caller)
        var query = QueryReader(request)
        let to = query.number("to", in: 1...100_000)
        if to == nil { query.missing("to") }
        try query.check()
        let plan = try await processes.plan(key.code, from: key.version, to: to ?? 0, for: caller)
        return try .json(MovePlanJSON(try PeopleAPI.found(plan, Self.what), moved: nil))
    }

    @Sendable private func move(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await api.caller(request, context)
        let key = try await key(context, caller)
        let body = try await request.json(MoveJSON.self, limit: PeopleAPI.bodyLimit)
        guard (1...100_000).contains(body.to) else {
            throw Problem.invalid([FieldFault(field: "/to", code: "malformed", message: "A version, from 1.")])
        }
        let done = try await processes.move(key.code, from: key.version, to: body.to, for: caller)
        let (plan, moved) = try PeopleAPI.found(done, Self.what)
        return try .json(MovePlanJSON(plan, moved: moved))
    }

    private func found(
        _ request: Request, _ context: RequestScope
    ) async throws -> (text: String, definition: ProcessDefinition) {
        let caller = try await api.caller(request, context)
        return try PeopleAPI.found(try await processes.find(try await key(context, caller), for: caller), Self.what)
    }

    /// A version by its number, or the `newest` there is.
    private func key(_ context: RequestScope, _ caller: Caller) async throws -> ProcessStore.Key {
        let code = try PeopleAPI.code(context, of: Self.what)
        let word = context.parameters.get("version") ?? ""
        if word == "newest" { return try PeopleAPI.found(try await processes.newest(code, for: caller), Self.what) }
        guard let version = Int(word), (1...100_000).contains(version) else { throw Problem.notFound(Self.what) }
        return ProcessStore.Key(code: code, version: version)
    }
}
