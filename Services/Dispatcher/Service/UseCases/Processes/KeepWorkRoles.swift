import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Messaging
import Postgres
import ServiceKit

/// Says who has the roles that processes name beyond the built-in ones. For administrators, of their departments' staff.
struct KeepWorkRoles: Sendable {
    /// Members that a role can be given at once.
    static let limit = 500

    let desk: PeopleDesk
    let shelf: ProcessShelf

    /// A role, and who has it in the caller's departments.
    struct Role: Sendable {
        let code: String
        let title: Phrase
        let members: [Person]
    }

    /// The roles of the processes in force, and those that somebody has.
    func list(for caller: Caller) async throws -> [Role] {
        try await desk.act(for: caller) { work in
            try Self.require(work)
            try await PeopleScope().leave(work.transaction)
            try await shelf.stock(in: work.transaction)
            var titles: [String: Phrase] = [:]
            for definition in try await shelf.inForce(in: work.transaction) {
                titles.merge(definition.roles) { first, _ in first }
            }
            let members = Dictionary(
                grouping: try await work.transaction.query(
                    WorkRoleStore.members(in: work.actor.departments.sorted())
                ).map(WorkRoleStore.member), by: \.role)
            return Set(titles.keys).union(members.keys).sorted().map { code in
                Role(
                    code: code, title: titles[code] ?? Phrase(zh: code, en: code),
                    members: (members[code] ?? []).map(\.person))
            }
        }
    }

    /// Gives the role to these of the caller's departments, and takes it from all others of them.
    ///
    /// - Throws: ``PeopleRefusal`` for somebody out of the caller's sight; a 422 problem for a built-in role and for one that
    ///   no definition names.
    func set(
        _ code: String, for caller: Caller, to members: @Sendable () throws -> [ID<Staff>]
    ) async throws {
        try await desk.act(for: caller) { work in
            try Self.require(work)
            guard ProcessRole.all[code] == nil, code.wholeMatch(of: /[a-z][a-z0-9_-]{0,39}/) != nil else {
                throw Problem.invalid([
                    FieldFault(field: "/code", code: "malformed", message: "A role of a process, no built-in one.")
                ])
            }
            let staff = try members()
            for id in staff { _ = try await work.staff(id) }
            try await PeopleScope().leave(work.transaction)
            try await shelf.stock(in: work.transaction)
            let known = try await shelf.roles(in: work.transaction)
            // What nobody knows any more can still be taken away.
            guard known[code] != nil || staff.isEmpty else {
                throw Problem.invalid([
                    FieldFault(
                        field: "/code", code: "unknownValue",
                        message: "No definition names this role. Known: "
                            + known.keys.sorted().joined(separator: ", ") + ".")
                ])
            }
            try await work.transaction.pipeline(
                WorkRoleStore.set(code, to: staff, in: work.actor.departments.sorted()))
            try await work.record(
                .init(
                    act: .workRoleSet, subject: code, department: work.actor.department,
                    details: ["staff": staff.map(\.description).joined(separator: " ")]))
        }
    }

    private static func require(_ work: PeopleWork) throws(PeopleRefusal) {
        guard work.actor.may(.administer) else { throw .roleMissing(PeopleAct.administer.roles) }
    }
}
