import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Postgres
import ServiceKit

/// What everybody does with his own account: choose a password, see and end his sessions.
struct OwnAccount: Sendable {
    /// For so long after a sign-in with a one-time password a new password can be chosen without the old one.
    static let resetTime = Duration.seconds(3600)

    let desk: PeopleDesk
    let times: SignIn.Times
    let sessions = SessionStore()
    let failures = SignInFailureStore()

    /// The caller as he stands in the books.
    func me(_ caller: Caller) async throws -> (staff: StaffProfile, departments: [String], hasPassword: Bool) {
        try await desk.act(for: caller) { work in
            guard let id = work.actor.person?.id else { throw PeopleRefusal.unknownStaff }
            let profile = try await work.staff(id)
            try await PeopleScope().leave(work.transaction)
            return (
                profile, work.actor.departments.sorted(),
                try await PasswordStore().hasChosen(id, in: work.transaction)
            )
        }
    }

    /// Ends every other session.
    ///
    /// - Throws: ``PeopleRefusal``, ``SignIn/Refusal/locked(_:)`` after five wrong ones, `PasswordHash.Busy`; nothing
    ///   was changed.
    func choosePassword(_ new: String, present: String?, for caller: Caller) async throws {
        let (staff, _, _) = try await me(caller)
        let password = PasswordRule.normalised(new)
        if let fault = PasswordRule.fault(in: password, login: staff.login) { throw PeopleRefusal.passwordUnfit(fault) }
        try await prove(present, staff, caller)
        let salt = PasswordHash.newSalt()
        let hash = try await PasswordHash.hash(password, salt: salt)
        try await desk.act(for: caller) { work in
            try await work.record(
                AuditStore.Entry(act: .passwordChanged, subject: staff.id.description, department: staff.department))
            try await PeopleScope().leave(work.transaction)
            try await PasswordStore().choose(.init(staff: staff.id, salt: salt, hash: hash), in: work.transaction)
            try await sessions.end(
                .passwordChanged, of: staff.id, except: caller.identity?.session, in: work.transaction)
        }
    }

    func list(_ caller: Caller) async throws -> [SessionRecord] {
        guard let id = caller.identity?.staff else { return [] }
        return try await desk.act(for: caller) { work in
            try await PeopleScope().leave(work.transaction)
            return try await sessions.list(of: id, idle: times.idle, in: work.transaction)
        }
    }

    /// - Parameter only: nil: all of his sessions, this one too.
    /// - Returns: how many were open.
    func end(_ only: [UUID]?, because why: SessionEnd, for caller: Caller) async throws -> Int {
        guard let id = caller.identity?.staff else { return 0 }
        return try await desk.pool.transaction {
            try await sessions.end(why, of: id, only: only, in: $0)
        }
    }

    /// Whoever finds an open browser must not be able to change the password in it.
    private func prove(_ present: String?, _ staff: StaffProfile, _ caller: Caller) async throws {
        if let session = caller.identity?.session,
            try await sessions.isFreshReset(session, within: Self.resetTime, in: desk.pool)
        {
            return
        }
        guard let stored = try await PasswordStore().find(.chosen, of: staff.login, in: desk.pool) else {
            throw PeopleRefusal.wrongPassword
        }
        let counter = SignInFailureStore.Counter(
            rule: .pair, key: SignInFailureStore.key(login: staff.login, from: "password change"))
        if let wait = try await failures.begin([counter], in: desk.pool) { throw SignIn.Refusal.locked(wait) }
        let hash = try await PasswordHash.hash(PasswordRule.normalised(present ?? ""), salt: stored.salt)
        guard PasswordHash.areEqual(hash, stored.hash) else { throw PeopleRefusal.wrongPassword }
        try await desk.pool.transaction { try await failures.forgive([counter], in: $0) }
    }
}
