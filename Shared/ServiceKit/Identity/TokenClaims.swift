public import Foundation
import JWTKit
public import Kernel

/// What an access token says. The dispatcher signs it, every service reads it.
public struct TokenClaims: Sendable, Hashable {
    /// The claim `iss` of every token of the suite.
    public static let issuer = "paidan"

    public var staff: ID<Staff>
    public var name: String
    public var roles: Set<String>
    public var departments: [String]
    /// The sign-in it belongs to, so that the dispatcher can tell whether that was ended.
    public var session: UUID?
    /// Kept to the second.
    public var expiresAt: Date

    public init(
        staff: ID<Staff>, name: String, roles: Set<String>, departments: [String], session: UUID? = nil,
        expiresAt: Date
    ) {
        self.staff = staff
        self.name = name
        self.roles = roles
        self.departments = departments
        self.session = session
        self.expiresAt = expiresAt
    }

    public var identity: Identity {
        Identity(staff: staff, name: name, roles: roles, departments: departments, session: session)
    }
}

/// The claims as they stand in the token: `sub`, `name`, `roles`, `departments`, `sid`, `exp`, `iss`.
struct TokenPayload: JWTPayload {
    let sub: ID<Staff>
    let name: String
    let roles: [String]
    let departments: [String]
    let sid: UUID?
    /// Seconds since 1970.
    let exp: Int
    let iss: String

    init(_ claims: TokenClaims) {
        sub = claims.staff
        name = claims.name
        roles = claims.roles.sorted()
        departments = claims.departments
        sid = claims.session
        exp = Int(claims.expiresAt.timeIntervalSince1970)
        iss = TokenClaims.issuer
    }

    var claims: TokenClaims {
        TokenClaims(
            staff: sub, name: name, roles: Set(roles), departments: departments, session: sid,
            expiresAt: Date(timeIntervalSince1970: Double(exp)))
    }

    /// The signature is checked before this is called; issuer and expiry are checked by the caller, who knows the time.
    func verify(using algorithm: some JWTAlgorithm) async throws {}
}
