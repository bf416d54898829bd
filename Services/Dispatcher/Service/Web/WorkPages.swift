import Contracts
import DispatcherDomain
import Foundation
import Hummingbird
import Kernel
import ServiceKit

/// `/m`: what an engineer sees on his telephone: his own work and the pool, with one button for each possible step.
struct WorkPages: Sendable {
    let identity: IdentityCheck
    let takeStep: TakeStep
    let lookUp: LookUpWork

    func add(to router: Router<RequestScope>) {
        router.get("/m") { request, _ in
            guard let member = try await member(request) else {
                return Page.redirect(to: ReturnPath.renewal(then: "/m"))
            }
            return try await list(for: member, Words(for: request))
        }
        for step in WorkStep.allCases {
            router.post("/m/{id}/\(step.rawValue)") { request, context in try await take(step, request, context) }
        }
    }

    private func take(_ step: WorkStep, _ request: Request, _ context: RequestScope) async throws -> Response {
        guard let member = try await member(request) else {
            return Page.redirect(to: ReturnPath.renewal(then: "/m"))
        }
        guard let id = context.parameters.get("id").flatMap({ ID<WorkOrder>($0) }) else { throw Problem.noWorkOrder }
        let fields = try await request.form(limit: 1024)
        let words = Words(for: request)
        do {
            let order = try await takeStep(
                step, on: id, by: member, note: nil, expectedVersion: fields["version"].flatMap { Int64($0) })
            guard order != nil else { throw Problem.noWorkOrder }
            return Page.redirect(to: "/m")
        } catch let refusal as WorkOrderProcess.Refusal {
            return try await list(for: member, words, notice: words.refusal(refusal), status: .conflict)
        }
    }

    /// Nil for somebody who is not signed in; throws for a form of another site.
    private func member(_ request: Request) async throws -> StaffMember? {
        do {
            return StaffMember(try await identity.require(request))
        } catch let problem as Problem where problem.status == .unauthorized {
            return nil
        }
    }

    private func list(
        for member: StaffMember, _ words: Words, notice: String? = nil, status: HTTPResponse.Status = .ok
    ) async throws -> Response {
        let mine = try await lookUp.list(.mine, for: member, limit: 50)
        let pool = try await lookUp.list(.pool, for: member, limit: 50)
        let shown: HTML = if let notice { "<p class=\"notice\" role=\"alert\">\(notice)</p>" } else { "" }
        return Page.response(
            words, title: words.myWork, status: status,
            """
            <h1>\(member.person.name)</h1>
            \(shown)
            <h2>\(words.myWork)</h2>
            \(cards(mine, for: member, words))
            <h2>\(words.pool)</h2>
            \(cards(pool, for: member, words))
            <form class="plain" method="post" action="/signout"><button>\(words.signOut)</button></form>
            """)
    }

    private func cards(_ orders: [WorkOrderRecord], for member: StaffMember, _ words: Words) -> HTML {
        orders.isEmpty ? "<p>\(words.nothing)</p>" : HTML(joining: orders.map { card($0, for: member, words) })
    }

    private func card(_ order: WorkOrderRecord, for member: StaffMember, _ words: Words) -> HTML {
        let address: HTML = if let address = order.address { "<p>\(address)</p>" } else { "" }
        let phone: HTML =
            if let phone = order.customer.phone, order.owner?.id == member.person.id {
                "<p><a href=\"tel:\(phone)\">\(phone)</a></p>"
            } else { "" }
        let buttons = WorkOrderProcess.steps(for: member, on: order).map { step -> HTML in
            """
            <form method="post" action="/m/\(order.id.description)/\(step.rawValue)">\
            <input type="hidden" name="version" value="\(String(order.version))">\
            <button>\(words.step(step))</button></form>
            """
        }
        return """
            <article>
            <h3>\(order.ticketNumber) \(order.subject)</h3>
            <p>\(words.state(order.state)) · \(order.customer.name)</p>
            \(address)
            \(phone)
            \(HTML(joining: buttons))
            </article>

            """
    }
}
