import Contracts
import DispatcherDomain
import Foundation
import Hummingbird
import Kernel
import ServiceKit

/// `/api/dispatch/v1`: charges and payments of work orders, and the months of stations.
struct MoneyRoutes: Sendable {
    static let line = "such line in your departments"
    static let payment = "such payment in your departments"
    static let month = "such month of a station of yours"

    let identity: IdentityCheck
    let desk: MoneyDesk
    let months: SettleMonths

    func add(to routes: RouterGroup<RequestScope>) {
        routes.get("work-orders/{id}/charges", use: charges)
        routes.post("work-orders/{id}/charges", use: enter)
        routes.put("charges/{id}/bearer", use: decide)
        routes.post("charges/{id}/review", use: review)
        routes.post("charges/{id}/withdrawal", use: withdraw)
        routes.post("charges/{id}/correction", use: correct)
        routes.get("work-orders/{id}/payments", use: payments)
        routes.post("work-orders/{id}/payments", use: record)
        routes.post("payments/{id}/confirmation", use: confirm)
        routes.get("settlements/{code}/{month}", use: statement)
        routes.get("settlements/{code}/{month}/export", use: export)
        routes.post("settlements/{code}/{month}/closing", use: close)
    }

    // MARK: Charges

    @Sendable private func charges(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await identity.require(request)
        let found = try await desk.charges(of: try Self.order(context), for: caller)
        guard let found else { throw Problem.noWorkOrder }
        return try .json(ListJSON(items: found.map(ChargeJSON.init)))
    }

    /// 200 with the line, also when it was entered before with this id.
    @Sendable private func enter(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await identity.require(request)
        let order: ID<WorkOrder> = try Self.order(context)
        let body = try await request.json(ChargeDraftJSON.self, limit: PeopleAPI.bodyLimit)
        let draft = ChargeRules.Draft(
            visit: body.visit, kind: body.kind, text: body.text, quantity: body.quantity, price: body.price)
        guard let line = try await desk.enter(draft, id: body.id ?? ID(UUID()), on: order, for: caller) else {
            throw Problem.noWorkOrder
        }
        return try .json(ChargeJSON(line))
    }

    @Sendable private func decide(_ request: Request, _ context: RequestScope) async throws -> Response {
        try await change(request, context, BearerJSON.self) { body in
            .decide(isInside: body.inside, bearer: body.bearer, reason: try Self.checked(body.reason))
        }
    }

    @Sendable private func review(_ request: Request, _ context: RequestScope) async throws -> Response {
        try await change(request, context, ReviewJSON.self) { body in
            .review(passes: body.passes, reason: try Self.checked(body.reason))
        }
    }

    @Sendable private func withdraw(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await identity.require(request)
        let id: ID<Charge> = try PeopleAPI.id(context, of: Self.line)
        return try .json(
            ChargeJSON(try PeopleAPI.found(try await desk.change(id, .withdraw, for: caller), Self.line)))
    }

    @Sendable private func correct(_ request: Request, _ context: RequestScope) async throws -> Response {
        try await change(request, context, CorrectionJSON.self) { body in
            .correct(amount: body.amount, reason: try Self.checked(body.reason), id: body.id ?? ID(UUID()))
        }
    }

    private func change<Body: Decodable & Sendable>(
        _ request: Request, _ context: RequestScope, _: Body.Type, _ make: (Body) throws -> MoneyDesk.Change
    ) async throws -> Response {
        let caller = try await identity.require(request)
        let id: ID<Charge> = try PeopleAPI.id(context, of: Self.line)
        let body = try await request.json(Body.self, limit: PeopleAPI.bodyLimit)
        let change = try make(body)
        return try .json(ChargeJSON(try PeopleAPI.found(try await desk.change(id, change, for: caller), Self.line)))
    }

    // MARK: Payments

    @Sendable private func payments(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await identity.require(request)
        guard let found = try await desk.payments(of: try Self.order(context), for: caller) else {
            throw Problem.noWorkOrder
        }
        return try .json(ListJSON(items: found.map(PaymentJSON.init)))
    }

    /// 200 with the payment, also when it was recorded before with this id.
    @Sendable private func record(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await identity.require(request)
        let order: ID<WorkOrder> = try Self.order(context)
        let body = try await request.json(PaymentDraftJSON.self, limit: PeopleAPI.bodyLimit)
        let made = try await desk.record(
            body.id ?? ID(UUID()), on: order, amount: body.amount, means: body.means, note: body.note, for: caller)
        guard let made else { throw Problem.noWorkOrder }
        return try .json(PaymentJSON(made))
    }

    @Sendable private func confirm(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await identity.require(request)
        let id: ID<Payment> = try PeopleAPI.id(context, of: Self.payment)
        let body = try await request.json(ConfirmationJSON.self, limit: PeopleAPI.bodyLimit)
        let decided = try await desk.decide(
            id, received: body.received, reason: try Self.checked(body.reason), for: caller)
        return try .json(PaymentJSON(try PeopleAPI.found(decided, Self.payment)))
    }

    // MARK: Months

    @Sendable private func statement(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await identity.require(request)
        let (station, month) = try Self.month(context)
        let seen = try await months.statement(of: station, month, for: caller)
        return try .json(StatementJSON(try PeopleAPI.found(seen, Self.month)))
    }

    /// Comma-separated, for spreadsheets.
    @Sendable private func export(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await identity.require(request)
        let (station, month) = try Self.month(context)
        let seen = try PeopleAPI.found(try await months.statement(of: station, month, for: caller), Self.month)
        return Response(
            status: .ok,
            headers: [
                .contentType: "text/csv; charset=utf-8",
                .contentDisposition: "attachment; filename=\"\(station)-\(month.text).csv\"",
            ], body: ResponseBody(byteBuffer: ByteBuffer(string: seen.statement.csv(tickets: seen.tickets))))
    }

    /// 200 with the closed month, also when it was closed before.
    @Sendable private func close(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await identity.require(request)
        let (station, month) = try Self.month(context)
        let seen = try await months.close(station, month, for: caller)
        return try .json(StatementJSON(try PeopleAPI.found(seen, Self.month)))
    }

    private static func month(_ context: RequestScope) throws -> (String, SettlementMonth) {
        let station = try PeopleAPI.code(context, of: month)
        guard let month = context.parameters.get("month").flatMap({ SettlementMonth($0) }) else {
            throw Problem.notFound(Self.month)
        }
        return (station, month)
    }

    static func order(_ context: RequestScope) throws -> ID<WorkOrder> {
        guard let id = context.parameters.get("id").flatMap({ ID<WorkOrder>($0) }) else { throw Problem.noWorkOrder }
        return id
    }

    private static func checked(_ reason: String?) throws -> String? {
        try reason.map { try WrittenText.checked($0, "/reason", limit: 500) }
    }
}

/// Turns refusals about parts and money into problem documents for all routes of a group.
struct MoneyRefusalsAsProblems: RouterMiddleware {
    typealias Context = RequestScope

    func handle(
        _ request: Request, context: RequestScope, next: (Request, RequestScope) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let refusal as MoneyRefusal {
            throw Problem(refusal)
        } catch let refusal as PeopleRefusal {
            throw Problem(refusal)
        } catch let unreadable as WorkOrderStore.Unreadable {
            throw Problem(unreadable)
        }
    }
}

extension Problem {
    init(_ refusal: MoneyRefusal) {
        let (status, title): (HTTPResponse.Status, String) =
            switch refusal.rule {
            case .roleMissing, .ownLine, .notHis: (.forbidden, "Not allowed")
            case .reasonMissing: (.unprocessableContent, "The request has fields that cannot be taken")
            case .decided, .monthNotOver, .unreviewed, .monthClosed, .notClosed, .notEnough, .notHere, .otherRequest,
                .serialTaken:
                (.conflict, "This cannot be done now")
            }
        let faults =
            refusal.rule == .reasonMissing
            ? [
                FieldFault(
                    field: "/reason", code: "required", message: "\(refusal.words.zh) / \(refusal.words.en)")
            ] : []
        self.init(status, type: refusal.rule.rawValue, title: title, detail: refusal.words.en, faults: faults)
        words = refusal.words
    }
}
