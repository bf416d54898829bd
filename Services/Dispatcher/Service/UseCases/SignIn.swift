import DispatcherDomain
import Foundation
import Kernel
import Metrics
import Postgres
import ServiceKit

/// Exchanges login and one-time password for an access token.
struct SignIn: Sendable {
    /// An access token lives this long and cannot be taken back before.
    static let tokenLife = Duration.seconds(12 * 3600)

    struct Session: Sendable {
        let token: String
        let expiresAt: Date
        let person: SignedIn
    }

    /// Who is signed in, as the token says it.
    struct SignedIn: Sendable {
        let staff: StaffRecord
        /// His own department and those below it.
        let departments: [String]
    }

    enum Refusal: Error, Equatable {
        /// Nothing more is told: not whether there is such a login, nor whether the password was once right.
        case wrong
        case locked(Duration)
    }

    let pool: PostgresPool
    let signer: TokenSigner
    let staff = StaffStore()
    let departments = DepartmentStore()
    /// Stands in for the salt of logins that do not exist, so that they take as long as those that do.
    let decoySalt = PasswordHash.newSalt()

    /// - Throws: ``Refusal``, ``PasswordHash/Busy``; a failure is counted, the password is as it was.
    func callAsFunction(login: String, password: String, now: Date) async throws -> Session {
        do {
            let session = try await enter(login: login, password: password, now: now)
            Self.count("good")
            return session
        } catch let refusal as Refusal {
            Self.count(refusal == .wrong ? "wrong" : "locked")
            throw refusal
        }
    }

    private static func count(_ outcome: String) {
        Counter(label: "paidan_sign_ins_total", dimensions: [("outcome", outcome)]).increment()
    }

    private func enter(login: String, password: String, now: Date) async throws -> Session {
        let login = login.lowercased()
        if case .locked(let wait) = try await staff.beginAttempt(login, in: pool) { throw Refusal.locked(wait) }
        let stored = try await staff.password(of: login, in: pool)
        let hash = try await PasswordHash.hash(
            OneTimePassword(typed: password).secret, salt: stored?.salt ?? decoySalt)
        guard let stored, PasswordHash.areEqual(hash, stored.hash),
            let member = try await staff.consume(stored, login: login, in: pool)
        else { throw Refusal.wrong }
        let tree = DepartmentTree(parents: try await departments.parents(in: pool))
        let person = SignedIn(staff: member, departments: tree.subtree(of: member.department))
        // Whole seconds, as the token says it.
        let expiresAt = Date(
            timeIntervalSince1970: (now.timeIntervalSince1970 + Double(Self.tokenLife.components.seconds)).rounded(
                .down))
        let token = try await signer.sign(
            TokenClaims(
                staff: member.id, name: member.name, roles: Set(member.roles), departments: person.departments,
                expiresAt: expiresAt))
        return Session(token: token, expiresAt: expiresAt, person: person)
    }
}
