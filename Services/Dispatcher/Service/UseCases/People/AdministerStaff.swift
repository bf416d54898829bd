import Contracts
import DispatcherDomain
import Foundation
import Kernel

/// Takes staff on, changes them, lets them go; hands out one-time passwords; ends sessions; gives lists away.
struct AdministerStaff: Sendable {
    let desk: PeopleDesk
    let store = StaffStore()
    let sessions = SessionStore()

    /// The filter's departments: nil or one code of the caller's; empty when it is not his.
    func list(_ filter: StaffStore.Filter, below department: String?, for caller: Caller) async throws -> [StaffProfile]
    {
        try await desk.act(for: caller) { work in
            var filter = filter
            filter.departments = try await departments(below: department, work)
            return try await store.list(filter, in: work.transaction)
        }
    }

    /// Nil when the caller's departments have nobody of this id.
    func find(_ id: ID<Staff>, for caller: Caller) async throws -> StaffProfile? {
        try await desk.act(for: caller) { try await store.find(id, in: $0.transaction) }
    }

    /// - Throws: `InvalidInput`, ``PeopleRefusal``; nothing was changed.
    func takeOn(_ draft: StaffDraft, id: ID<Staff> = ID(UUID()), for caller: Caller) async throws -> StaffProfile {
        try await desk.act(for: caller) { work in
            try await PeopleScope().takeTurns(in: work.transaction)
            let profile = try StaffAdministration.decide(
                draft, new: id, around: try await around(id, work), by: work.actor)
            try await store.insert(profile, in: work.transaction)
            try await tell(profile, before: nil, .staffMade, work)
            return profile
        }
    }

    /// Whoever loses his account loses his sessions with it; other changes of rights hold from the next renewal on in
    /// the other services, at once in this one's administration.
    ///
    /// - Throws: `InvalidInput`, ``PeopleRefusal``; nothing was changed.
    func change(
        _ id: ID<Staff>, to draft: StaffDraft, expectedVersion: Int64, for caller: Caller
    ) async throws -> StaffProfile {
        try await desk.act(for: caller) { work in
            try await PeopleScope().takeTurns(in: work.transaction)
            let present = try await work.staff(id)
            let profile = try StaffAdministration.decide(
                draft, present: present, expectedVersion: expectedVersion, around: try await around(id, work),
                by: work.actor)
            guard try await store.update(profile, in: work.transaction) else { throw PeopleRefusal.otherDepartment }
            try await tell(profile, before: present, .staffChanged, work)
            if !profile.isActive {
                try await PeopleScope().leave(work.transaction)
                try await sessions.end(.staffChanged, of: id, in: work.transaction)
            }
            return profile
        }
    }

    /// - Throws: `InvalidInput`, ``PeopleRefusal``; nothing was changed.
    func setSkills(
        of id: ID<Staff>, to skills: [SkillLevel], expectedVersion: Int64, for caller: Caller
    ) async throws -> StaffProfile {
        try await desk.act(for: caller) { work in
            try await PeopleScope().takeTurns(in: work.transaction)
            let present = try await work.staff(id)
            let known = try await ReferenceStore().skills(in: work.transaction).filter(\.isActive).map(\.code)
            let profile = try StaffAdministration.decide(
                skills: skills, of: present, expectedVersion: expectedVersion, known: Set(known), by: work.actor)
            guard try await store.update(profile, in: work.transaction) else { throw PeopleRefusal.otherDepartment }
            try await store.replaceSkills(of: profile, in: work.transaction)
            try await tell(profile, before: present, .skillsSet, work)
            return profile
        }
    }

    /// Everybody of these departments, for a file that leaves the suite. The look is recorded before it is given.
    ///
    /// - Parameter reason: why; kept with who and when.
    /// - Throws: `InvalidInput`, ``PeopleRefusal``; nothing is given then.
    func export(below department: String?, reason: String?, for caller: Caller) async throws -> [StaffProfile] {
        try await desk.act(for: caller) { work in
            guard work.actor.may(.exportPersonalData) else {
                throw PeopleRefusal.roleMissing(PeopleAct.exportPersonalData.roles)
            }
            let reason = try Self.reason(reason)
            if let department {
                let tree = try await DepartmentStore().tree(in: work.transaction)
                guard tree.codes.contains(department) else { throw PeopleRefusal.unknownDepartment(department) }
                guard work.actor.reaches(department) else { throw PeopleRefusal.otherDepartment }
            }
            var filter = StaffStore.Filter()
            filter.departments = try await departments(below: department, work)
            filter.limit = 100_000
            let staff = try await store.list(filter, in: work.transaction)
            try await work.record(
                AuditStore.Entry(
                    act: .staffExported, subject: department ?? work.actor.department,
                    department: department ?? work.actor.department, reason: reason,
                    details: ["rows": String(staff.count)]))
            return staff
        }
    }

    /// Closed as soon as it is asked for; the tokens that are out run on for their minutes.
    ///
    /// - Returns: how many were open.
    func endSessions(of id: ID<Staff>, for caller: Caller) async throws -> Int {
        try await desk.act(for: caller) { work in
            let profile = try await work.staff(id)
            try work.actor.require(.administer, in: profile.department)
            try await work.record(
                AuditStore.Entry(act: .sessionsEnded, subject: profile.id.description, department: profile.department))
            try await PeopleScope().leave(work.transaction)
            return try await sessions.end(.endedByAdministrator, of: id, in: work.transaction)
        }
    }

    /// With addresses and browsers, so the look is recorded.
    ///
    /// - Throws: ``PeopleRefusal``.
    func sessions(of id: ID<Staff>, idle: Duration, for caller: Caller) async throws -> [SessionRecord] {
        try await desk.act(for: caller) { work in
            let profile = try await work.staff(id)
            try work.actor.require(.administer, in: profile.department)
            try await work.record(
                AuditStore.Entry(act: .sessionsRead, subject: profile.id.description, department: profile.department))
            try await PeopleScope().leave(work.transaction)
            return try await sessions.list(of: id, idle: idle, in: work.transaction)
        }
    }

    /// A password that signs in once within 24 hours; the one before is void, and so is what failures have locked.
    ///
    /// - Returns: the password in readable groups. It is kept nowhere; who loses it gets a new one.
    /// - Throws: ``PeopleRefusal``, `PasswordHash.Busy`; nothing was changed.
    func issueOneTimePassword(for id: ID<Staff>, by caller: Caller) async throws -> String {
        var generator = SystemRandomNumberGenerator()
        let password = OneTimePassword(using: &generator)
        let salt = PasswordHash.newSalt()
        let hash = try await PasswordHash.hash(password.secret, salt: salt)
        try await desk.act(for: caller) { work in
            let profile = try await work.staff(id)
            try work.actor.require(.administer, in: profile.department)
            guard profile.isActive else { throw PeopleRefusal.unknownStaff }
            try await work.record(
                AuditStore.Entry(
                    act: .oneTimePasswordIssued, subject: profile.id.description, department: profile.department))
            try await PeopleScope().leave(work.transaction)
            try await PasswordStore().issueOneTime(
                .init(staff: id, salt: salt, hash: hash), hoursValid: StaffPasswords.hoursValid, in: work.transaction)
            try await SignInFailureStore().forget(login: profile.login, in: work.transaction)
        }
        return password.shown
    }

    private func departments(below department: String?, _ work: PeopleWork) async throws -> [String] {
        let tree = try await DepartmentStore().tree(in: work.transaction)
        guard let department else {
            return work.actor.isOperator ? tree.codes.sorted() : work.actor.departments.sorted()
        }
        return tree.subtree(of: department).filter(work.actor.reaches)
    }

    private func around(_ id: ID<Staff>, _ work: PeopleWork) async throws -> StaffAdministration.Surroundings {
        let all = try await DepartmentStore().list(in: work.transaction)
        return StaffAdministration.Surroundings(
            departments: Set(all.map(\.code)), closed: Set(all.filter { !$0.isActive }.map(\.code)),
            otherAdministrators: try await store.otherAdministrators(than: id, in: work.transaction))
    }

    private func tell(
        _ profile: StaffProfile, before: StaffProfile?, _ act: AuditedAct, _ work: PeopleWork
    ) async throws {
        try await work.say(
            StaffAdministration.event(profile, at: work.now), aggregate: profile.id.value, version: profile.version)
        try await work.record(
            AuditStore.Entry(
                act: act, subject: profile.id.description, department: profile.department,
                details: AuditedChange.details(before.map(AuditedChange.fields), AuditedChange.fields(profile))))
    }

    static func reason(_ text: String?) throws -> String {
        let reason = (text ?? "").trimmingCharacters(in: .whitespacesAndNewlines)
        guard (5...500).contains(reason.count), TextFlaw.first(in: reason, isLine: false) == nil else {
            throw InvalidInput([
                FieldFault(field: "/reason", code: "required", message: "Say why, in 5 to 500 characters.")
            ])
        }
        return reason
    }
}
