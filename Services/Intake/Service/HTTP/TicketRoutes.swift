internal import Contracts
internal import Foundation
internal import Hummingbird
internal import IntakeDomain
internal import Kernel
internal import ServiceKit

/// `/api/intake/v1/tickets`: opening tickets (anybody) and reading them (staff).
struct TicketRoutes: Sendable {
    let desk: TicketDesk
    let queries: TicketQueries
    let identity: IdentityCheck
    /// Of ticket, that are taken.
    let kinds: [String]

    static let path = "/api/intake/v1/tickets"

    func add(to router: Router<RequestScope>) {
        router.post("\(Self.path)", use: open)
        router.get("\(Self.path)", use: list)
        router.get("\(Self.path)/:number", use: show)
        router.get("/api/intake/v1/customers/:id", use: customer)
    }

    /// `201` with the ticket, or with the same answer again; `409` when the key was used for another request; `422` with
    /// every fault.
    @Sendable private func open(_ request: Request, _ context: RequestScope) async throws -> Response {
        let key = try request.idempotencyKey
        let staff = try await signedIn(request)
        let (body, unknown) = try await request.jsonWithUnknown(SentRequest.self)
        let outcome = try await desk.open(
            TicketRequest(
                draft: TicketDraft(body.request, unread: body.faults + unknown, kinds: kinds),
                channel: Open(staff == nil ? .web : .phone),
                ticket: ID(UUID.timeOrdered()),
                key: IdempotencyKey(
                    caller: staff.map { $0.staff.description } ?? "public", key: key,
                    fingerprint: body.request.fingerprint)))
        switch outcome {
        case .opened(let ticket, let response): return created(response, number: ticket.number, isReplay: false)
        case .repeated(let response):
            return created(response, number: String(TicketAnswer.number(in: response)), isReplay: true)
        case .conflict:
            throw Problem.conflict(
                "idempotency-key-reused",
                "This Idempotency-Key was used for another request. Use a new key, or repeat the first request unchanged."
            )
        case .refused(let faults):
            throw Problem.invalid(faults)
        }
    }

    private func created(_ json: String, number: String, isReplay: Bool) -> Response {
        var headers: HTTPFields = [
            .contentType: "application/json; charset=utf-8", .location: "\(Self.path)/\(number)",
        ]
        if isReplay { headers[.idempotentReplay] = "true" }
        return Response(status: .created, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: json)))
    }

    /// Who signed in; nil for the public form. A cookie that has run out makes a visitor, not an error.
    private func signedIn(_ request: Request) async throws -> Identity? {
        if request.headers[.authorization] != nil { return try await identity.require(request) }
        guard request.headers[.cookie] != nil else { return nil }
        do {
            return try await identity.require(request)
        } catch let problem as Problem where problem.status == .unauthorized {
            return nil
        }
    }

    /// `200` with the newest tickets. `?query=` is a number, a telephone number, or words of subject or customer's name;
    /// `&status=` a ``CustomerStatus``; `&limit=1…200` (50 when absent). `422` when one of them cannot be taken.
    @Sendable private func list(_ request: Request, _ context: RequestScope) async throws -> Response {
        let staff = try await identity.require(request)
        let asked = request.uri.queryParameters
        var faults: [FieldFault] = []
        let query = asked["query"].map(String.init)
        if query?.utf8.contains(0) == true {
            faults.append(FieldFault(field: "/query", code: "malformed", message: "It holds a NUL character."))
        }
        let status = asked["status"].map { CustomerStatus(rawValue: String($0)) }
        if case .some(.none) = status {
            let words = CustomerStatus.allCases.map(\.rawValue).joined(separator: ", ")
            faults.append(FieldFault(field: "/status", code: "unknownValue", message: "One of \(words)."))
        }
        let limit = asked["limit"].map { Int($0) ?? 0 } ?? 50
        if !(1...200).contains(limit) {
            faults.append(FieldFault(field: "/limit", code: "malformed", message: "A number from 1 to 200."))
        }
        guard faults.isEmpty else { throw Problem.invalid(faults) }
        let tickets = try await queries.tickets(
            matching: query, status: (status ?? nil)?.rawValue, limit: limit, departments: staff.departments)
        return try .json(TicketListJSON(tickets: tickets))
    }

    @Sendable private func show(_ request: Request, _ context: RequestScope) async throws -> Response {
        let staff = try await identity.require(request)
        let number = try context.parameters.require("number")
        guard let ticket = try await queries.ticket(number: number, departments: staff.departments) else {
            throw Problem.notFound("such ticket in your departments")
        }
        return try .json(ticket)
    }

    @Sendable private func customer(_ request: Request, _ context: RequestScope) async throws -> Response {
        _ = try await identity.require(request)
        guard let id = ID<Customer>(try context.parameters.require("id")), let customer = try await queries.customer(id)
        else { throw Problem.notFound("such customer") }
        return try .json(customer)
    }
}

extension HTTPFields.Element.Name {
    static let idempotentReplay = Self("Idempotent-Replay")!
}
