import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Messaging
import Postgres
import ServiceKit

/// Who asks for something about people, and from where.
struct Caller: Sendable {
    /// Nil: the operators' tool, which may do everything.
    let identity: Identity?
    var address: String?

    static let operators = Caller(identity: nil)
}

/// One act on people's records: its transaction, in which row-level security holds for a person, and who acts.
struct PeopleWork: Sendable {
    let transaction: Transaction
    let actor: Authority
    /// The suite's time.
    let now: Date
    let caller: Caller
    let outbox: Outbox

    /// The record of the act, in the same transaction: no act without its line, no line without its act.
    func record(_ entry: AuditStore.Entry) async throws {
        try await AuditStore().write(
            entry, by: actor, session: caller.identity?.session, address: caller.address, in: transaction)
    }

    func say(_ event: some Event, aggregate: UUID, version: Int64) async throws {
        let message = try OutgoingMessage.event(
            event, id: UUID(namespace: aggregate, name: "\(event.type)/\(version)"), aggregate: aggregate,
            version: version, correlation: aggregate, causation: nil, source: DispatcherService.name, time: now)
        try await outbox.append([message], in: transaction)
    }

    /// A member of staff in the actor's departments.
    func staff(_ id: ID<Staff>) async throws -> StaffProfile {
        guard let profile = try await StaffStore().find(id, in: transaction) else { throw PeopleRefusal.unknownStaff }
        return profile
    }
}

/// Opens acts on people's records.
struct PeopleDesk: Sendable {
    let pool: PostgresPool
    let outbox: Outbox

    /// - Throws: a 401 problem for somebody who works here no more or whose session was ended; what `body` throws.
    ///   Nothing was changed then.
    func act<Result: Sendable>(
        for caller: Caller, _ body: @Sendable (PeopleWork) async throws -> Result
    ) async throws -> Result {
        try await pool.transaction { transaction in
            let now = try await transaction.now(schema: DispatcherService.schema)
            var actor = Authority.operators
            if let identity = caller.identity {
                guard let person = try await PeopleScope().enter(identity, in: transaction) else {
                    throw Problem.signInNeeded("Your session was ended, or you are no active member of staff.")
                }
                actor = person
            }
            return try await body(
                PeopleWork(transaction: transaction, actor: actor, now: now, caller: caller, outbox: outbox))
        }
    }
}
