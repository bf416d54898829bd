import Contracts
import Foundation
import Hummingbird
import Kernel
import ServiceKit

/// Sign-in: `/api/dispatch/v1/sessions`, and the public keys by which every service checks the tokens.
struct SessionRoutes: Sendable {
    let signIn: SignIn
    let identity: IdentityCheck
    let cookie: TokenCookie

    func add(to router: Router<RequestScope>) {
        let routes = router.group("/api/dispatch/v1")
        routes.post("sessions", use: create)
        routes.delete("sessions/me", use: end)
        routes.get("sessions/me", use: me)
        routes.get("keys", use: keys)
    }

    /// Open to everybody. 200 with token and cookie; 401; 429 while the login is locked.
    @Sendable private func create(_ request: Request, _ context: RequestScope) async throws -> Response {
        let body = try await request.json(SignInJSON.self, limit: 4096)
        let (login, password) = try body.checked()
        do {
            let session = try await signIn(login: login, password: password, now: Date())
            return try .json(SessionJSON(session), headers: [.setCookie: cookie.holding(session.token)])
        } catch let refusal as SignIn.Refusal {
            throw Problem(refusal)
        } catch is PasswordHash.Busy {
            throw Problem.unavailable("Too many people sign in at once.", retryAfter: .seconds(5))
        }
    }

    /// Who is asking; 401 for nobody.
    @Sendable private func me(_ request: Request, _ context: RequestScope) async throws -> Response {
        let asking = try await identity.require(request)
        guard let staff = try await signIn.staff.find(asking.staff, in: signIn.pool) else {
            throw Problem.signInNeeded("You are no active member of staff.")
        }
        return try .json(StaffJSON(staff, departments: asking.departments))
    }

    /// Takes the cookie away. The token itself stays good until it expires.
    @Sendable private func end(_ request: Request, _ context: RequestScope) async throws -> Response {
        Response(status: .noContent, headers: [.setCookie: cookie.removed])
    }

    /// Open to everybody: a JWKS (RFC 7517).
    @Sendable private func keys(_ request: Request, _ context: RequestScope) async throws -> Response {
        try .json(
            PublicSigningKeys(keys: [signIn.signer.publicKey]), headers: [.cacheControl: "public, max-age=300"])
    }
}

struct SignInJSON: Decodable, Sendable {
    var login: String?
    var password: String?

    func checked() throws -> (login: String, password: String) {
        var faults: [FieldFault] = []
        func check(_ value: String?, _ field: String, limit: Int) -> String {
            guard let value, !value.isEmpty else {
                faults.append(FieldFault(field: field, code: "required", message: "It is missing."))
                return ""
            }
            if value.utf8.count > limit {
                faults.append(FieldFault(field: field, code: "tooLong", message: "At most \(limit) bytes."))
            } else if value.isUnfitForText {
                faults.append(FieldFault(field: field, code: "malformed", message: "It holds a NUL character."))
            }
            return value
        }
        let result = (check(login, "/login", limit: 64), check(password, "/password", limit: 256))
        guard faults.isEmpty else { throw Problem.invalid(faults) }
        return result
    }
}

struct SessionJSON: Encodable, Sendable {
    let token: String
    let expiresAt: String
    let staff: StaffJSON

    init(_ session: SignIn.Session) {
        token = session.token
        expiresAt = WireJSON.text(of: session.expiresAt)
        staff = StaffJSON(session.person.staff, departments: session.person.departments)
    }
}

struct StaffJSON: Encodable, Sendable {
    let id: String
    let login: String
    let name: String
    let department: String
    let departments: [String]
    let roles: [String]
    let language: String

    init(_ staff: StaffRecord, departments: [String]) {
        id = staff.id.description
        login = staff.login
        name = staff.name
        department = staff.department
        self.departments = departments
        roles = staff.roles.sorted()
        language = staff.language
    }
}

extension Problem {
    init(_ refusal: SignIn.Refusal) {
        switch refusal {
        case .wrong:
            self.init(
                .unauthorized, type: "sign-in-failed", title: "Login or password is wrong.",
                detail: "A one-time password can be used once, within 24 hours.")
        case .locked(let wait):
            self.init(
                .tooManyRequests, type: "sign-in-locked", title: "Too many failed sign-ins.",
                detail: "Try again in \(wait.components.seconds) seconds.", retryAfter: wait)
        }
    }
}
