import Contracts
import DispatcherDomain
import Foundation
import Kernel
import ServiceKit

struct SignInJSON: Decodable, Sendable {
    var login: String?
    var password: String?
    /// False: the refresh token comes in the body, for programs that keep no cookies.
    var cookies: Bool?

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
        let result = (check(login, "/login", limit: 64), check(password, "/password", limit: 512))
        guard faults.isEmpty else { throw Problem.invalid(faults) }
        return result
    }
}

struct RenewalJSON: Decodable, Sendable {
    var refreshToken: String?
}

struct PasswordJSON: Decodable, Sendable {
    var present: String?
    var new: String?
}

struct SessionJSON: Encodable, Sendable {
    let token: String
    let expiresAt: String
    let refreshToken: String?
    /// `password`, `oneTime`, `oidc`; absent after a renewal.
    let means: String?
    let staff: StaffJSON

    init(_ opened: SignIn.Opened, refreshToken: String?) {
        token = opened.token
        expiresAt = WireJSON.text(of: opened.expiresAt)
        self.refreshToken = refreshToken
        means = opened.means?.rawValue
        staff = StaffJSON(opened.staff, departments: opened.departments)
    }
}

struct SessionLineJSON: Encodable, Sendable {
    let id: String
    let means: String
    let createdAt: Date
    let renewedAt: Date
    let expiresAt: Date
    let address: String?
    let agent: String?
    /// The one that asks.
    let isPresent: Bool

    init(_ session: SessionRecord, present: UUID?) {
        id = session.id.uuidString.lowercased()
        means = session.means
        createdAt = session.createdAt
        renewedAt = session.renewedAt
        expiresAt = session.expiresAt
        address = session.address
        agent = session.agent
        isPresent = session.id == present
    }
}

/// A list.
struct ListJSON<Item: Encodable & Sendable>: Encodable, Sendable {
    let items: [Item]
    /// What to give as `after` or `before` for the next page; absent at the end.
    var next: String?
}

/// A name in both languages.
struct NameJSON: Codable, Sendable {
    var zh: String?
    var en: String?

    init(_ phrase: Phrase) { (zh, en) = (phrase.zh, phrase.en) }
}
