import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Metrics
import Postgres
import ServiceKit

/// Opens sessions and renews them: a short-lived access token, which everybody can check, and a refresh token, which
/// only this service can.
struct SignIn: Sendable {
    /// How long things live.
    struct Times: Sendable {
        /// An access token; it cannot be taken back before.
        var token = Duration.seconds(900)
        /// A session that is not renewed for so long is over.
        var idle = Duration.seconds(7 * 86_400)
        /// And after this it is over however often it was renewed.
        var life = Duration.seconds(30 * 86_400)
        /// See ``SessionStore/renew(_:generation:idle:grace:origin:in:)``.
        static let grace = Duration.seconds(30)
    }

    /// What somebody is given who is let in.
    struct Opened: Sendable {
        let token: String
        let expiresAt: Date
        let refresh: RefreshToken
        let staff: StaffProfile
        /// His own department and those below it.
        let departments: [String]
        /// Nil after a renewal.
        let means: SignInMeans?
    }

    enum Refusal: Error, Equatable {
        /// Nothing more is told: not whether there is such a login, nor whether the password was once right.
        case wrong
        case locked(Duration)
        /// The refresh token is none, or its session is over.
        case over
        /// A provider has vouched for somebody who does not work here.
        case stranger
    }

    let pool: PostgresPool
    let signer: TokenSigner
    let secret: ServerSecret
    let times: Times
    let passwords = PasswordStore()
    let failures = SignInFailureStore()
    let sessions = SessionStore()
    /// Stands in for the salt of logins that do not exist, so that they take as long as those that do.
    let decoySalt = PasswordHash.newSalt()

    /// - Parameters:
    ///   - device: what the browser has kept from an earlier sign-in.
    /// - Throws: ``Refusal``, ``PasswordHash/Busy``; a failure is counted, the password is as it was.
    func callAsFunction(
        login: String, password: String, device: String?, origin: SessionStore.Origin
    ) async throws -> Opened {
        do {
            let opened = try await enter(
                login: login.lowercased(), password: password, device: device.flatMap { KnownDevice($0, secret) },
                origin: origin)
            Self.count("good")
            return opened
        } catch let refusal as Refusal {
            Self.count(refusal == .wrong ? "wrong" : "locked")
            throw refusal
        }
    }

    /// The next access token of a session.
    ///
    /// - Throws: ``Refusal/over``; a session whose old token was shown again is ended.
    func renew(_ text: String, origin: SessionStore.Origin) async throws -> Opened {
        guard let token = RefreshToken(text, secret) else { throw Refusal.over }
        let renewed = try await pool.transaction { transaction -> (SessionStore.Renewal, Found?) in
            let renewal = try await sessions.renew(
                token.session, generation: token.generation, idle: times.idle, grace: Times.grace, origin: origin,
                in: transaction)
            switch renewal {
            case .renewed(let staff, let generation):
                return (renewal, try await find(staff, generation: generation, in: transaction))
            case .reused(let staff):
                try await record(staff, session: token.session, origin, in: transaction)
                return (renewal, nil)
            case .over: return (renewal, nil)
            }
        }
        if case .reused = renewed.0 { Self.count("reused") }
        guard case .renewed(_, let generation) = renewed.0, let found = renewed.1 else { throw Refusal.over }
        return try await opened(found, RefreshToken(session: token.session, generation: generation), means: nil)
    }

    /// Lets somebody in whom a provider of identities vouches for.
    ///
    /// - Throws: ``Refusal/stranger``.
    func enter(issuer: String, subject: String, email: String?, origin: SessionStore.Origin) async throws -> Opened {
        let session = UUID()
        let found = try await pool.transaction { transaction -> Found in
            guard
                let staff = try await passwords.staff(
                    issuer: issuer, subject: subject, email: email, in: transaction),
                let found = try await open(session, staff, .oidc, origin, in: transaction)
            else { throw Refusal.stranger }
            return found
        }
        Self.count("good")
        return try await opened(found, RefreshToken(session: session, generation: 1), means: .oidc)
    }

    /// Ends a session by its refresh token, when the access token has run out.
    func signOut(_ session: UUID) async throws {
        try await pool.transaction { try await sessions.end(session, because: .signedOut, in: $0) }
    }

    /// Somebody else may have had the session: its owner and his administrators shall know.
    private func record(
        _ id: ID<Staff>, session: UUID, _ origin: SessionStore.Origin, in transaction: Transaction
    ) async throws {
        guard let staff = try await StaffStore().find(id, in: transaction) else { return }
        try await AuditStore().write(
            AuditStore.Entry(act: .tokenReused, subject: id.description, department: staff.department),
            by: .operators, session: session, address: origin.address, in: transaction)
    }

    private static func count(_ outcome: String) {
        Counter(label: "paidan_sign_ins_total", dimensions: [("outcome", outcome)]).increment()
    }

    private func enter(
        login: String, password: String, device: KnownDevice?, origin: SessionStore.Origin
    ) async throws -> Opened {
        let oneTime = OneTimePassword(typed: password)
        let isOneTime = oneTime.isWellFormed
        let counters = try await counters(login, device: device, isOneTime: isOneTime, origin)
        if let wait = try await failures.begin(counters, in: pool) { throw Refusal.locked(wait) }
        // One hash whatever is typed, so that time tells nothing.
        let stored = try await passwords.find(isOneTime ? .oneTime : .chosen, of: login, in: pool)
        let hash = try await PasswordHash.hash(
            isOneTime ? oneTime.secret : PasswordRule.normalised(password), salt: stored?.salt ?? decoySalt)
        guard let stored, PasswordHash.areEqual(hash, stored.hash) else { throw Refusal.wrong }
        let session = UUID()
        let means = isOneTime ? SignInMeans.oneTime : .password
        let found = try await pool.transaction { transaction -> Found in
            if isOneTime, try await !passwords.consume(stored, in: transaction) { throw Refusal.wrong }
            guard let found = try await open(session, stored.staff, means, origin, in: transaction) else {
                throw Refusal.wrong
            }
            try await failures.forgive(counters, in: transaction)
            return found
        }
        try await sessions.trim(in: pool)
        return try await opened(found, RefreshToken(session: session, generation: 1), means: means)
    }

    private func counters(
        _ login: String, device: KnownDevice?, isOneTime: Bool, _ origin: SessionStore.Origin
    ) async throws -> [SignInFailureStore.Counter] {
        let network = ClientAddress.network(of: origin.address ?? "nowhere")
        let known = device?.login == login ? device : nil
        var isKnown = known != nil
        if !isKnown, let address = origin.address {
            isKnown = try await sessions.isKnown(address: address, login: login, in: pool)
        }
        return SignInThrottle.counters(isKnown: isKnown, isOneTime: isOneTime).map { rule in
            let key =
                switch rule {
                case .pair: SignInFailureStore.key(login: login, from: known.map { "device \($0.name)" } ?? network)
                case .address: SignInFailureStore.key(address: network)
                case .login: SignInFailureStore.key(login: login)
                }
            return SignInFailureStore.Counter(rule: rule, key: key)
        }
    }

    private struct Found: Sendable {
        let staff: StaffProfile
        let departments: [String]
        let generation: Int
    }

    private func open(
        _ session: UUID, _ staff: ID<Staff>, _ means: SignInMeans, _ origin: SessionStore.Origin,
        in transaction: Transaction
    ) async throws -> Found? {
        guard let found = try await find(staff, generation: 1, in: transaction) else { return nil }
        try await sessions.open(
            session, staff: staff, means: means, life: times.life, origin: origin, in: transaction)
        return found
    }

    /// Nil when he works here no more.
    private func find(_ id: ID<Staff>, generation: Int, in transaction: Transaction) async throws -> Found? {
        guard let staff = try await StaffStore().find(id, in: transaction), staff.isActive else { return nil }
        let tree = try await DepartmentStore().tree(in: transaction)
        return Found(staff: staff, departments: tree.subtree(of: staff.department), generation: generation)
    }

    private func opened(_ found: Found, _ refresh: RefreshToken, means: SignInMeans?) async throws -> Opened {
        // Whole seconds, as the token says it.
        let expiresAt = Date(
            timeIntervalSince1970: (Date().timeIntervalSince1970 + times.token / .seconds(1)).rounded(.down))
        let token = try await signer.sign(
            TokenClaims(
                staff: found.staff.id, name: found.staff.name, roles: Set(found.staff.roles.map(\.rawValue)),
                departments: found.departments, session: refresh.session, expiresAt: expiresAt))
        return Opened(
            token: token, expiresAt: expiresAt, refresh: refresh, staff: found.staff, departments: found.departments,
            means: means)
    }
}
