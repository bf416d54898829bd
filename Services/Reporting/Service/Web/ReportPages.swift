internal import Foundation
internal import Hummingbird
internal import ServiceKit

/// `/reports`: reports for people, without any framework. Who is not signed in gets the sign-in form.
struct ReportPages: Sendable {
    let queries: ReportQueries
    let identity: IdentityCheck
    let timeZone: TimeZone

    func add(to router: Router<RequestScope>) {
        router.get("/reports", use: list)
        router.get("/reports/tickets/:number", use: timeline)
        router.get("/reports/style.css") { _, _ in file(PageLayout.stylesheet, "text/css; charset=utf-8") }
        router.get("/reports/sign-in.js") { _, _ in file(PageLayout.script, "text/javascript; charset=utf-8") }
    }

    @Sendable private func list(_ request: Request, _ context: RequestScope) async throws -> Response {
        try await signedIn(request) { staff, words in
            page(TicketListPage.html(try await queries.tickets(limit: 100, departments: staff.departments), words))
        }
    }

    @Sendable private func timeline(_ request: Request, _ context: RequestScope) async throws -> Response {
        let number = try context.parameters.require("number")
        return try await signedIn(request) { staff, words in
            guard let timeline = try await queries.timeline(number: number, departments: staff.departments) else {
                return page(PageLayout.notFound(words), status: .notFound)
            }
            return page(TimelinePage.html(timeline, words))
        }
    }

    private func signedIn(
        _ request: Request, _ body: (Identity, PageWords) async throws -> Response
    ) async throws -> Response {
        let words = PageWords(
            language: PageWords.language(accepted: request.headers[.acceptLanguage]), timeZone: timeZone)
        let staff: Identity
        do {
            staff = try await identity.require(request)
        } catch let problem as Problem where problem.status == .unauthorized {
            return page(PageLayout.signIn(words), status: .unauthorized)
        }
        return try await body(staff, words)
    }

    private func page(_ html: HTML, status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status,
            headers: [
                .contentType: "text/html; charset=utf-8", .vary: "Accept-Language, Cookie",
                .contentSecurityPolicy: PageLayout.contentSecurityPolicy,
            ],
            body: ResponseBody(byteBuffer: ByteBuffer(string: html.text)))
    }

    private func file(_ text: String, _ type: String) -> Response {
        Response(
            status: .ok, headers: [.contentType: type, .cacheControl: "max-age=3600"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}
