import Foundation
import HTTPTypes
import Hummingbird
import ServiceKit

/// `/signin`: a form for login and password; `/signout`.
struct SignInPages: Sendable {
    let api: PeopleAPI
    let signIn: SignIn
    let cookies: SignInCookies

    func add(to router: Router<RequestScope>) {
        router.get("/signin") { request, _ in
            form(Words(for: request), to: ReturnPath(request.uri.queryParameters["to"]).path)
        }
        router.post("/signin", use: enter)
        router.post("/signout", use: leave)
    }

    @Sendable private func enter(_ request: Request, _ context: RequestScope) async throws -> Response {
        // Another site's page must not sign its visitors in as somebody of its choice.
        guard ["same-origin", "none", nil].contains(request.headers[.secFetchSite]), request.isFromOwnOrigin else {
            throw Problem.forbidden("A sign-in must come from our own page.")
        }
        let fields = try await request.form(limit: 4096)
        let words = Words(for: request)
        let target = ReturnPath(fields["to"]).path
        let device = request.cookies[SignInCookies.device]?.value
        do {
            let (login, password) = try SignInJSON(login: fields["login"], password: fields["password"]).checked()
            let opened = try await signIn(
                login: login, password: password, device: device, origin: api.origin(request, context))
            return Page.redirect(to: target, headers: cookies.holding(opened, device: device))
        } catch let refusal as SignIn.Refusal {
            return form(words, to: target, notice: words.refusal(refusal), status: .unauthorized)
        } catch let problem as Problem where problem.status == .unprocessableContent {
            return form(words, to: target, notice: words.refusal(SignIn.Refusal.wrong), status: .unauthorized)
        } catch is PasswordHash.Busy {
            let notice = words.say("请稍后再试。", "Try again in a moment.")
            return form(words, to: target, notice: notice, status: .serviceUnavailable)
        }
    }

    /// Ends the session that the access token names; without one there is only the browser to be cleared.
    @Sendable private func leave(_ request: Request, _ context: RequestScope) async throws -> Response {
        do {
            let identity = try await api.identity.require(request)
            if let session = identity.session { try await signIn.signOut(session) }
        } catch let problem as Problem where problem.status == .unauthorized {
            // Nobody, or somebody whose token has run out: his session ends by itself when it is not renewed.
        }
        return Page.redirect(to: "/signin", headers: cookies.removed)
    }

    private func form(
        _ words: Words, to target: String, notice: String? = nil, status: HTTPResponse.Status = .ok
    ) -> Response {
        let shown: HTML = if let notice { "<p class=\"notice\" role=\"alert\">\(notice)</p>" } else { "" }
        return Page.response(
            words, title: words.signIn, status: status,
            """
            <h1>\(words.signIn)</h1>
            \(shown)
            <form method="post" action="/signin">
            <input type="hidden" name="to" value="\(target)">
            <label>\(words.login)
            <input name="login" autocomplete="username" autocapitalize="none" required maxlength="64"></label>
            <label>\(words.password)
            <input name="password" type="password" autocomplete="current-password" required maxlength="128"></label>
            <button>\(words.signIn)</button>
            </form>
            """)
    }
}

extension Request {
    /// False when a browser says that another site's page sent the form (it names its origin also where it does not send
    /// Sec-Fetch-Site: without TLS).
    fileprivate var isFromOwnOrigin: Bool {
        guard let origin = headers[.origin] else { return true }
        return head.authority.map { ["https://\($0)", "http://\($0)"].contains(origin) } ?? false
    }

    /// The fields of a form as browsers send it; of several with one name the first.
    ///
    /// - Throws: a 413 problem above `limit` bytes.
    func form(limit: Int) async throws -> [String: String] {
        let text = String(decoding: try await bytes(limit: limit), as: UTF8.self)
        func plain(_ part: Substring) -> String { part.replacing("+", with: " ").removingPercentEncoding ?? "" }
        return Dictionary(
            text.split(separator: "&").map { pair in
                let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                return (plain(sides[0]), sides.count > 1 ? plain(sides[1]) : "")
            }, uniquingKeysWith: { first, _ in first })
    }
}

extension HTTPField.Name {
    /// Of the Fetch standard.
    static let secFetchSite = HTTPField.Name("Sec-Fetch-Site")!
}
