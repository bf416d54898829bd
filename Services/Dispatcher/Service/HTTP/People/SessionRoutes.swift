import Contracts
import DispatcherDomain
import Foundation
import Hummingbird
import Kernel
import ServiceKit

/// Sign-in: `/api/dispatch/v1/sessions`, and the public keys by which every service checks the tokens.
struct SessionRoutes: Sendable {
    let api: PeopleAPI
    let signIn: SignIn
    let account: OwnAccount
    let cookies: SignInCookies
    let keys: [PublicSigningKey]

    func add(to routes: RouterGroup<RequestScope>) {
        routes.post("sessions", use: create)
        routes.get("sessions", use: list)
        routes.delete("sessions", use: endAll)
        routes.get("sessions/me", use: me)
        routes.delete("sessions/me", use: endThis)
        routes.post("sessions/renewal", use: renew)
        routes.get("sessions/renewal", use: renewAndReturn)
        routes.delete("sessions/{id}", use: endOne)
        routes.put("password", use: choosePassword)
        routes.get("keys") { _, _ in
            try Response.json(PublicSigningKeys(keys: keys), headers: [.cacheControl: "public, max-age=300"])
        }
    }

    /// Open to everybody. 200 with tokens in cookies, or in the body for who asks for that; 401; 429 while locked.
    @Sendable private func create(_ request: Request, _ context: RequestScope) async throws -> Response {
        let body = try await request.json(SignInJSON.self, limit: 4096)
        let (login, password) = try body.checked()
        let device = request.cookies[SignInCookies.device]?.value
        let opened = try await signIn(
            login: login, password: password, device: device, origin: api.origin(request, context))
        return try answer(opened, inCookies: body.cookies ?? true, device: device)
    }

    /// Open to whoever has a refresh token, in the cookie or in the body: 200 as a sign-in; 401 when the session is over.
    @Sendable private func renew(_ request: Request, _ context: RequestScope) async throws -> Response {
        let body = try await request.hasBody ? request.json(RenewalJSON.self, limit: 4096) : RenewalJSON()
        if let token = body.refreshToken {
            return try answer(
                try await signIn.renew(token, origin: api.origin(request, context)), inCookies: false, device: nil)
        }
        guard IdentityCheck.isOwnSite(request) else {
            throw Problem.forbidden("A renewal by a browser must come from our own pages, or with X-Paidan: 1.")
        }
        guard let token = request.cookies[SignInCookies.refresh]?.value else { throw SignIn.Refusal.over }
        return try answer(
            try await signIn.renew(token, origin: api.origin(request, context)), inCookies: true,
            device: request.cookies[SignInCookies.device]?.value)
    }

    /// For pages without script: renews by the cookie and goes back `to` a page of ours; to the sign-in when it is over.
    @Sendable private func renewAndReturn(_ request: Request, _ context: RequestScope) async throws -> Response {
        let target = ReturnPath(request.uri.queryParameters["to"]).path
        do {
            guard let token = request.cookies[SignInCookies.refresh]?.value else { throw SignIn.Refusal.over }
            let opened = try await signIn.renew(token, origin: api.origin(request, context))
            return Page.redirect(
                to: target, headers: cookies.holding(opened, device: request.cookies[SignInCookies.device]?.value))
        } catch is SignIn.Refusal {
            return Page.redirect(to: ReturnPath.signIn(then: target), headers: cookies.removed)
        }
    }

    /// Who is asking; 401 for nobody.
    @Sendable private func me(_ request: Request, _ context: RequestScope) async throws -> Response {
        let (staff, departments, hasPassword) = try await account.me(try await api.caller(request, context))
        return try .json(StaffJSON(staff, departments: departments, hasPassword: hasPassword))
    }

    @Sendable private func list(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await api.caller(request, context)
        return try .json(
            ListJSON(
                items: try await account.list(caller).map { SessionLineJSON($0, present: caller.identity?.session) }))
    }

    /// Takes the cookies away and ends the session; the access token stays good for its few minutes. Harmless for
    /// nobody.
    @Sendable private func endThis(_ request: Request, _ context: RequestScope) async throws -> Response {
        guard IdentityCheck.isOwnSite(request) || request.headers[.authorization] != nil else {
            throw Problem.forbidden("A sign-out must come from our own pages, or with X-Paidan: 1.")
        }
        var session = request.cookies[SignInCookies.refresh].flatMap { RefreshToken($0.value, signIn.secret)?.session }
        do {
            let caller = try await api.caller(request, context)
            session = caller.identity?.session ?? session
            if let session { _ = try await account.end([session], because: .signedOut, for: caller) }
        } catch let problem as Problem where problem.status == .unauthorized {
            // The access token has run out: the refresh token says whose session it was.
            if let session { try await signIn.signOut(session) }
        }
        return Response(status: .noContent, headers: cookies.removed)
    }

    @Sendable private func endAll(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await api.caller(request, context)
        _ = try await account.end(nil, because: .endedByOwner, for: caller)
        return Response(status: .noContent, headers: cookies.removed)
    }

    @Sendable private func endOne(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await api.caller(request, context)
        let id: ID<SessionRecord> = try PeopleAPI.id(context, of: "such session of yours")
        guard try await account.end([id.value], because: .endedByOwner, for: caller) == 1 else {
            throw Problem.notFound("such session of yours")
        }
        return Response(status: .noContent)
    }

    @Sendable private func choosePassword(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await api.caller(request, context)
        let body = try await request.json(PasswordJSON.self, limit: 4096)
        guard let new = body.new, !new.isUnfitForText, body.present?.isUnfitForText != true else {
            throw Problem.invalid([FieldFault(field: "/new", code: "required", message: "The new password.")])
        }
        try await account.choosePassword(new, present: body.present, for: caller)
        return Response(status: .noContent)
    }

    private func answer(_ opened: SignIn.Opened, inCookies: Bool, device: String?) throws -> Response {
        try .json(
            SessionJSON(opened, refreshToken: inCookies ? nil : opened.refresh.text(signIn.secret)),
            headers: inCookies ? cookies.holding(opened, device: device) : [:])
    }
}

/// A path of this origin, and nothing that a browser could take for another.
struct ReturnPath {
    let path: String

    init(_ text: (some StringProtocol)?) {
        let text = text.map { String($0) } ?? "/m"
        let isPlain = text.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != 0x5C && $0 != 0x22 }
        path = text.hasPrefix("/") && !text.hasPrefix("//") && text.utf8.count <= 300 && isPlain ? text : "/m"
    }

    static func signIn(then path: String) -> String {
        path == "/m"
            ? "/signin" : "/signin?to=\(path.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "")"
    }

    /// Where a page sends somebody whose access token has run out.
    static func renewal(then path: String) -> String { "\(SignInCookies.refreshPath)/renewal?to=\(path)" }
}
