import Foundation
import HTTPTypes
import Hummingbird
import Kernel
import Logging
import ServiceKit

/// `/api/dispatch/v1/sessions/oidc`: sign-in by a provider of identities, when one is set.
struct OpenIDRoutes: Sendable {
    static let journey = "paidan_journey"

    let api: PeopleAPI
    /// Nil: 404.
    let provider: OpenIDProvider?
    let signIn: SignIn
    let cookies: SignInCookies

    func add(to routes: RouterGroup<RequestScope>) {
        routes.get("sessions/oidc", use: begin)
        routes.get("sessions/oidc/callback", use: finish)
    }

    /// `?to=/m`: 303 to the provider.
    @Sendable private func begin(_ request: Request, _ context: RequestScope) async throws -> Response {
        let provider = try PeopleAPI.found(provider, "provider of identities here")
        let target = ReturnPath(request.uri.queryParameters["to"]).path
        let (url, journey) = try await telling(context) { try await provider.begin(target: target, now: Date()) }
        let life = Duration.seconds(Int64(OpenIDProvider.patience))
        return Page.redirect(
            to: url, headers: cookies.fields([cookies.text(Self.journey, journey, SignInCookies.refreshPath, life)]))
    }

    /// Where the provider sends the browser back to: 303 to the page that was wanted, with the cookies of a session.
    @Sendable private func finish(_ request: Request, _ context: RequestScope) async throws -> Response {
        let provider = try PeopleAPI.found(provider, "provider of identities here")
        let query = request.uri.queryParameters
        let (vouched, target) = try await telling(context) {
            try await provider.finish(
                code: query["code"].map(String.init), state: query["state"].map(String.init),
                error: query["error"].map(String.init), journey: request.cookies[Self.journey]?.value, now: Date())
        }
        let opened = try await signIn.enter(
            issuer: vouched.issuer, subject: vouched.subject, email: vouched.email, origin: api.origin(request, context)
        )
        var headers = cookies.holding(opened, device: request.cookies[SignInCookies.device]?.value)
        headers.append(
            HTTPField(
                name: .setCookie, value: cookies.text(Self.journey, "", SignInCookies.refreshPath, .zero)))
        return Page.redirect(to: target, headers: headers)
    }

    private func telling<Result>(_ context: RequestScope, _ body: () async throws -> Result) async throws -> Result {
        do {
            return try await body()
        } catch let fault as OpenIDProvider.Fault {
            context.logger.warning(
                "Sign-in by the provider of identities failed; check identity.oidc settings and the provider",
                metadata: ["error": "\(fault)"])
            switch fault {
            case .unreachable:
                throw Problem.unavailable("The provider of identities does not answer as it should.")
            case .notBegun, .refused, .badToken:
                var problem = Problem(
                    .unauthorized, type: "sign-in-failed", title: "The sign-in did not succeed.",
                    detail: "Begin the sign-in again.")
                problem.words = Phrase(zh: "登录未成功，请重新登录。", en: "The sign-in did not succeed. Begin it again.")
                throw problem
            }
        }
    }
}
