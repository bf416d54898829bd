import Contracts
import DispatcherDomain
import Foundation
import Hummingbird
import Kernel
import NIOCore
import ServiceKit

/// `…/work-orders/{id}/visits/{number}/appointment` for staff, `…/appointments/{token}` for the customer without a login.
struct AppointmentRoutes: Sendable {
    static let what = "such appointment"

    let identity: IdentityCheck
    let desk: AppointmentDesk
    let customer: CustomerAppointment
    let secret: ServerSecret

    func add(to api: RouterGroup<RequestScope>) {
        let routes = api.group("work-orders")
        routes.get("{id}/visits/{number}/appointment", use: show)
        routes.put("{id}/visits/{number}/appointment", use: put)
        routes.get("{id}/visits/{number}/slots", use: slots)
        api.get("appointments/{token}", use: look)
        api.put("appointments/{token}", use: move)
        api.post("appointments/{token}/confirmation", use: confirm)
        api.get("appointments/{token}/calendar.ics", use: calendar)
    }

    @Sendable private func show(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await identity.require(request)
        let (id, number) = (try WorkOrderRoutes.id(context), try WorkOrderRoutes.number(context))
        guard let seen = try await desk.look(id, visit: number, for: caller) else { throw Problem.noWorkOrder }
        guard let kept = seen.kept else { throw Problem.notFound(Self.what) }
        return try .json(AppointmentJSON(kept, seen.order, number, secret))
    }

    /// 200 with the appointment after it.
    @Sendable private func put(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await identity.require(request)
        let (id, number) = (try WorkOrderRoutes.id(context), try WorkOrderRoutes.number(context))
        // Whoever may not see it learns nothing of what would have been wrong.
        guard try await desk.look(id, visit: number, for: caller) != nil else { throw Problem.noWorkOrder }
        let body = try await request.json(AppointmentDraftJSON.self, limit: PeopleAPI.bodyLimit)
        if let reason = body.reason { _ = try WrittenText.checked(reason, "/reason", limit: 500) }
        guard try await desk.put(id, visit: number, body.draft, for: caller) != nil else { throw Problem.noWorkOrder }
        return try await show(request, context)
    }

    /// `?from=&until=&minutes=&days=`: when everybody is free, within seven days.
    @Sendable private func slots(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await identity.require(request)
        let (id, number) = (try WorkOrderRoutes.id(context), try WorkOrderRoutes.number(context))
        var query = QueryReader(request)
        let (from, until) = (query.time("from"), query.time("until"))
        let minutes = query.number("minutes", in: 15...720)
        let days = query.number("days", in: 1...Appointment.mostDays)
        try query.check()
        let within = from.flatMap { Span($0, until ?? $0.addingTimeInterval(AppointmentRules.horizon)) }
        let draft = AppointmentDesk.Draft(minutes: minutes, days: days)
        guard let found = try await desk.slots(id, visit: number, draft, within: within, for: caller) else {
            throw Problem.noWorkOrder
        }
        return try .json(ListJSON(items: found.map(SlotJSON.init)))
    }

    /// `?from=`: slots from then on.
    @Sendable private func look(_ request: Request, _ context: RequestScope) async throws -> Response {
        var query = QueryReader(request)
        let from = query.time("from")
        let token = try Self.token(context)
        try query.check()
        guard let seen = try await customer.look(token, slotsFrom: from) else { throw Problem.notFound(Self.what) }
        return try .json(CustomerAppointmentJSON(seen))
    }

    @Sendable private func confirm(_ request: Request, _ context: RequestScope) async throws -> Response {
        guard let seen = try await customer.confirm(try Self.token(context)) else {
            throw Problem.notFound(Self.what)
        }
        return try .json(CustomerAppointmentJSON(seen))
    }

    @Sendable private func move(_ request: Request, _ context: RequestScope) async throws -> Response {
        let token = try Self.token(context)
        guard try await customer.look(token) != nil else { throw Problem.notFound(Self.what) }
        let body = try await request.json(AppointmentMoveJSON.self, limit: 1000)
        guard let seen = try await customer.move(token, toWindowFrom: body.from) else {
            throw Problem.notFound(Self.what)
        }
        return try .json(CustomerAppointmentJSON(seen))
    }

    @Sendable private func calendar(_ request: Request, _ context: RequestScope) async throws -> Response {
        guard let seen = try await customer.look(try Self.token(context)) else { throw Problem.notFound(Self.what) }
        let visit = seen.order.state[.visit(seen.visit)]
        let file = CalendarFile(
            uid: "\(seen.order.id.value.lowercaseText)-\(seen.visit)@paidan", sequence: seen.kept.sequence,
            window: seen.kept.appointment.window, days: seen.kept.appointment.days,
            isConfirmed: seen.order.isConfirmed(seen.visit),
            isCancelled: visit?.outcome == .cancelled || visit?.outcome == .terminated,
            summary: "\(seen.order.ticketNumber) \(seen.order.subject)", location: seen.order.address,
            stamp: seen.kept.changedAt)
        return Response(
            status: .ok,
            headers: [
                .contentType: "text/calendar; charset=utf-8",
                .contentDisposition: "attachment; filename=\"\(seen.order.ticketNumber).ics\"",
            ], body: ResponseBody(byteBuffer: ByteBuffer(string: file.text)))
    }

    private static func token(_ context: RequestScope) throws -> String {
        guard let token = context.parameters.get("token"), token.utf8.count <= 400 else {
            throw Problem.notFound(Self.what)
        }
        return token
    }
}
