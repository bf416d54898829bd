import Foundation
import HTTPTypes
import Hummingbird
import ServiceKit

/// `/signin`: a form for login and one-time password; `/signout`.
struct SignInPages: Sendable {
    let signIn: SignIn
    let cookie: TokenCookie

    func add(to router: Router<RequestScope>) {
        router.get("/signin") { request, _ in form(Words(for: request)) }
        router.post("/signin", use: enter)
        router.post("/signout") { _, _ in Page.redirect(to: "/signin", headers: [.setCookie: cookie.removed]) }
    }

    @Sendable private func enter(_ request: Request, _ context: RequestScope) async throws -> Response {
        // Another site's page must not sign its visitors in as somebody of its choice.
        guard ["same-origin", "none", nil].contains(request.headers[.secFetchSite]), request.isFromOwnOrigin else {
            throw Problem.forbidden("A sign-in must come from our own page.")
        }
        let fields = try await request.form(limit: 4096)
        let words = Words(for: request)
        do {
            let (login, password) = try SignInJSON(login: fields["login"], password: fields["password"]).checked()
            let session = try await signIn(login: login, password: password, now: Date())
            return Page.redirect(to: "/m", headers: [.setCookie: cookie.holding(session.token)])
        } catch let refusal as SignIn.Refusal {
            return form(words, notice: words.refusal(refusal), status: .unauthorized)
        } catch let problem as Problem where problem.status == .unprocessableContent {
            return form(words, notice: words.refusal(SignIn.Refusal.wrong), status: .unauthorized)
        } catch is PasswordHash.Busy {
            return form(words, notice: words.say("请稍后再试。", "Try again in a moment."), status: .serviceUnavailable)
        }
    }

    private func form(_ words: Words, notice: String? = nil, status: HTTPResponse.Status = .ok) -> Response {
        let shown: HTML = if let notice { "<p class=\"notice\" role=\"alert\">\(notice)</p>" } else { "" }
        return Page.response(
            words, title: words.signIn, status: status,
            """
            <h1>\(words.signIn)</h1>
            \(shown)
            <form method="post" action="/signin">
            <label>\(words.login)
            <input name="login" autocomplete="username" autocapitalize="none" required maxlength="64"></label>
            <label>\(words.password)
            <input name="password" type="password" autocomplete="off" required maxlength="128"></label>
            <button>\(words.signIn)</button>
            </form>
            """)
    }
}

/// How the token travels in a browser.
struct TokenCookie: Sendable {
    let isSecure: Bool

    func holding(_ token: String) -> String { text(token, seconds: SignIn.tokenLife.components.seconds) }
    var removed: String { text("", seconds: 0) }

    private func text(_ value: String, seconds: Int64) -> String {
        "\(IdentityCheck.cookie)=\(value); Path=/; Max-Age=\(seconds); HttpOnly; SameSite=Lax"
            + (isSecure ? "; Secure" : "")
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
