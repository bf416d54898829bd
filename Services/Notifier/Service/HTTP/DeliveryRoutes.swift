import Foundation
import Hummingbird
import Kernel
import ServiceKit

/// `/api/notify/v1/deliveries`: what was sent to whom, for signed-in staff.
struct DeliveryRoutes: Sendable {
    let views: DeliveryViews
    let identity: IdentityCheck

    private struct Page: Encodable {
        let deliveries: [DeliveryViews.View]
    }

    func add(to router: Router<RequestScope>) {
        router.get("/api/notify/v1/deliveries", use: list)
        router.get("/api/notify/v1/deliveries/{id}", use: one)
    }

    /// `200` with the deliveries of `?ticket=NUMBER`, in the order they were planned; none when the ticket is unknown or of
    /// another department. `400` without a number.
    @Sendable func list(_ request: Request, scope: RequestScope) async throws -> Response {
        let person = try await identity.require(request)
        guard let number = request.uri.queryParameters["ticket"].map(String.init),
            (1...40).contains(number.utf8.count), !number.utf8.contains(0)
        else {
            throw Problem(
                .badRequest, type: "ticket-required", title: "Which ticket?",
                detail: "Name the ticket by its number: ?ticket=T1000001",
                faults: [FieldFault(field: "/ticket", code: "required", message: "A ticket number of 1 to 40 bytes.")])
        }
        return try .json(Page(deliveries: try await views.ofTicket(number, departments: person.departments)))
    }

    /// `200` with one delivery; `404` when there is none, or none that this person may see.
    @Sendable func one(_ request: Request, scope: RequestScope) async throws -> Response {
        let person = try await identity.require(request)
        guard let id = scope.parameters.get("id").flatMap({ ID<Delivery>($0) }),
            let view = try await views.one(id, departments: person.departments)
        else { throw Problem(.notFound, type: "no-such-delivery", title: "There is no such delivery.") }
        return try .json(view)
    }
}
