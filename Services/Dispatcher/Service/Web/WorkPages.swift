import Contracts
import DispatcherDomain
import Foundation
import Hummingbird
import Kernel
import ServiceKit

/// `/m`: what somebody sees on his telephone: his own work and what he may take, each with the forms of its actions.
struct WorkPages: Sendable {
    let identity: IdentityCheck
    let runWork: RunWork
    let lookUp: LookUpWork

    func add(to router: RouterGroup<RequestScope>) {
        router.get("/m") { request, _ in
            guard let caller = try await caller(request) else {
                return Page.redirect(to: ReturnPath.renewal(then: "/m"))
            }
            return try await list(for: caller, Words(for: request))
        }
        router.get("/m/{id}") { request, context in
            guard let caller = try await caller(request) else {
                return Page.redirect(to: ReturnPath.renewal(then: "/m"))
            }
            return try await one(try Self.id(context), for: caller, Words(for: request))
        }
        router.post("/m/{id}/{action}") { request, context in try await take(request, context) }
    }

    /// Fields of the page's form: `revision`, `visit`, `reason`, `staff`, and `f.<code>` for each field of the action's.
    private func take(_ request: Request, _ context: RequestScope) async throws -> Response {
        guard let caller = try await caller(request) else {
            return Page.redirect(to: ReturnPath.renewal(then: "/m"))
        }
        let id = try Self.id(context)
        guard let action = context.parameters.get("action"), action.utf8.count <= 60, !action.isUnfitForText else {
            throw Problem.noWorkOrder
        }
        let form = try await request.form(limit: 65_536)
        let words = Words(for: request)
        let scope = form["visit"].flatMap { Int($0) }.map(Scope.visit) ?? .work
        var body = WorkCommandJSON()
        body.fields = Dictionary(
            form.filter { $0.key.hasPrefix("f.") && !$0.value.isEmpty }
                .map { (String($0.key.dropFirst(2)), FieldInput.text($0.value)) }
        ) { first, _ in first }
        body.reason = form["reason"].flatMap { $0.isEmpty ? nil : $0 }
        if let staff = form["staff"], !staff.isEmpty { body.candidate = .init(staff: staff) }
        try body.check()
        let sent = body
        do {
            let seen = try await runWork(id, for: caller, expected: form["revision"].flatMap { Int64($0) }) { room in
                try await room.command(action, scope, sent)
            }
            guard seen != nil else { throw Problem.noWorkOrder }
            return Page.redirect(to: "/m")
        } catch let refused as WorkRefused {
            return try await list(
                for: caller, words, notice: words.refusal(refused), status: Problem(refused.refusal).status)
        } catch let problem as Problem where problem.status == .unprocessableContent {
            let notice = problem.faults.map(\.message).joined(separator: "; ")
            return try await list(for: caller, words, notice: notice, status: problem.status)
        }
    }

    private static func id(_ context: RequestScope) throws -> ID<WorkOrder> {
        guard let id = context.parameters.get("id").flatMap({ ID<WorkOrder>($0) }) else { throw Problem.noWorkOrder }
        return id
    }

    /// Nil for somebody who is not signed in; throws for a form of another site.
    private func caller(_ request: Request) async throws -> Identity? {
        do {
            return try await identity.require(request)
        } catch let problem as Problem where problem.status == .unauthorized {
            return nil
        }
    }

    private func list(
        for caller: Identity, _ words: Words, notice: String? = nil, status: HTTPResponse.Status = .ok
    ) async throws -> Response {
        let mine = try await lookUp.list(.mine, for: caller, limit: 50)
        let pool = try await lookUp.list(.pool, for: caller, limit: 50)
        let shown: HTML = if let notice { "<p class=\"notice\" role=\"alert\">\(notice)</p>" } else { "" }
        return Page.response(
            words, title: words.myWork, status: status,
            """
            <h1>\(caller.name)</h1>
            \(shown)
            <h2>\(words.myWork)</h2>
            \(cards(mine, words))
            <h2>\(words.pool)</h2>
            \(cards(pool, words))
            <form class="plain" method="post" action="/signout"><button>\(words.signOut)</button></form>
            """)
    }

    /// One work order with what happened to it.
    private func one(_ id: ID<WorkOrder>, for caller: Identity, _ words: Words) async throws -> Response {
        guard let found = try await lookUp.find(id, for: caller) else { throw Problem.noWorkOrder }
        let lines = found.events.compactMap { revision, event -> HTML? in
            let line = HistoryJSON(revision, event, found.seen.definition)
            guard let title = line.title else { return nil }
            let reason: HTML = if let reason = line.reason { "<br>\(reason)" } else { "" }
            return """
                <p>\(words.time(line.at)) \(title[words.language]) \(line.actor?.name ?? "")\(reason)</p>

                """
        }
        return Page.response(
            words, title: found.seen.order.ticketNumber,
            """
            <h1>\(found.seen.order.ticketNumber)</h1>
            \(card(found.seen, words))
            <h2>\(words.history)</h2>
            \(HTML(joining: lines))
            <p><a href="/m">\(words.myWork)</a></p>
            """)
    }

    private func cards(_ orders: [WorkSeen], _ words: Words) -> HTML {
        orders.isEmpty ? "<p>\(words.nothing)</p>" : HTML(joining: orders.map { card($0, words) })
    }

    /// What is filled in of what the reader may see.
    private func fields(of track: TrackJSON, _ seen: WorkSeen, _ words: Words) -> HTML {
        let known = seen.definition.track(track.visit.map(Scope.visit) ?? .work)
        let lines = track.fields.compactMap { field -> HTML? in
            guard let rule = known?.field(field.code), let value = words.value(field.value?.value, of: rule) else {
                return nil
            }
            return "<dt>\(field.title[words.language])</dt><dd>\(value)</dd>\n"
        }
        return lines.isEmpty ? "" : "<dl>\(HTML(joining: lines))</dl>\n"
    }

    private func card(_ seen: WorkSeen, _ words: Words) -> HTML {
        let order = seen.order
        let address: HTML = if let address = order.address { "<p>\(address)</p>" } else { "" }
        let isMine =
            order.state.work.holder?.person?.id == seen.staff.person.id
            || order.state.visits.contains { $0.holder?.person?.id == seen.staff.person.id }
        let phone: HTML =
            if let phone = order.customer.phone, isMine {
                "<p><a href=\"tel:\(phone)\">\(phone)</a></p>"
            } else { "" }
        let tracks = [TrackJSON(.work, seen)] + order.state.openVisits.map { TrackJSON(.visit($0), seen) }
        let places = tracks.map { track -> HTML in
            let visit = track.visit.map { " · \(words.visit) \($0)" } ?? ""
            return
                "<p>\(track.title[words.language])\(visit) · \(order.customer.name)</p>\n\(fields(of: track, seen, words))"
        }
        let forms = tracks.flatMap { track in
            track.actions.map { ActionForm(action: $0, visit: track.visit, seen: seen, words: words).html }
        }
        return """
            <article>
            <h3><a href="/m/\(order.id.description)">\(order.ticketNumber)</a> \(order.subject)</h3>
            \(HTML(joining: places))
            \(address)
            \(phone)
            \(HTML(joining: forms))
            </article>

            """
    }
}
