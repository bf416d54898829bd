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
    /// Kept to the second.
    public var expiresAt: Date

    public init(staff: ID<Staff>, name: String, roles: Set<String>, departments: [String], expiresAt: Date) {
        self.staff = staff
        self.name = name
        self.roles = roles
        self.departments = departments
        self.expiresAt = expiresAt
    }

    public var identity: Identity { Identity(staff: staff, name: name, roles: roles, departments: departments) }
}

/// The claims as they stand in the token: `sub`, `name`, `roles`, `departments`, `exp`, `iss`.
struct TokenPayload: JWTPayload {
    let sub: ID<Staff>
    let name: String
    let roles: [String]
    let departments: [String]
    /// Seconds since 1970.
    let exp: Int
    let iss: String

    init(_ claims: TokenClaims) {
        sub = claims.staff
        name = claims.name
        roles = claims.roles.sorted()
        departments = claims.departments
        exp = Int(claims.expiresAt.timeIntervalSince1970)
        iss = TokenClaims.issuer
    }

    var claims: TokenClaims {
        TokenClaims(
            staff: sub, name: name, roles: Set(roles), departments: departments,
            expiresAt: Date(timeIntervalSince1970: Double(exp)))
    }

    /// The signature is checked before this is called; issuer and expiry are checked by the caller, who knows the time.
    func verify(using algorithm: some JWTAlgorithm) async throws {}
}
