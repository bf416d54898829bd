import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Logging
import Messaging
import Postgres
import ServiceKit

/// Why a definition was not put in force. The one in force stays.
enum ProcessRejected: Error {
    case invalid([DefinitionFault])
    /// There is this version already, with other words; the next free one.
    case versionTaken(next: Int)
}

/// Puts definitions in force and moves running work to them. For administrators.
struct AdministerProcesses: Sendable {
    /// Work orders that are planned or moved at once.
    static let moveLimit = 500

    let desk: PeopleDesk
    let shelf: ProcessShelf
    let keep: KeepWork
    let logger: Logger
    /// Kinds of ticket that intake takes; nil: not known.
    var kindsTaken: [String]?

    /// Every version there is, with who put it in force and when.
    func list(for caller: Caller) async throws -> [StoredProcess] {
        try await read(for: caller) { transaction in
            let inForce = try await shelf.inForce(in: transaction)
            let kinds = Dictionary(inForce.map { ($0.code, $0.kinds) }) { first, _ in first }
            return try await transaction.query(ProcessStore.list).map { row in
                var process = try ProcessStore.stored(row)
                if process.isInForce, let kindsTaken {
                    process.kindsNotTaken = (kinds[process.code] ?? []).filter { !kindsTaken.contains($0) }
                }
                return process
            }
        }
    }

    /// A definition's text, and itself; nil when there is none of this version.
    func find(_ key: ProcessStore.Key, for caller: Caller) async throws -> (
        text: String, definition: ProcessDefinition
    )? {
        try await read(for: caller) { transaction in
            guard let text = try await transaction.query(ProcessStore.text(of: key)).first?.decode(String.self) else {
                return nil
            }
            return (text, try await shelf.definition(key.code, key.version, in: transaction))
        }
    }

    /// Nil when there is none of this code.
    func newest(_ code: String, for caller: Caller) async throws -> ProcessStore.Key? {
        try await read(for: caller) { transaction in
            try await transaction.query(ProcessStore.versions(of: code)).last.map(ProcessStore.key)
        }
    }

    /// Definitions hold nothing about anybody: whoever is signed in may read them.
    private func read<Result: Sendable>(
        for caller: Caller, _ body: @Sendable (Transaction) async throws -> Result
    ) async throws -> Result {
        try await desk.act(for: caller) { work in
            try await PeopleScope().leave(work.transaction)
            try await shelf.stock(in: work.transaction)
            return try await body(work.transaction)
        }
    }

    /// Reads a definition without keeping it.
    ///
    /// - Throws: ``ProcessRejected``, ``PeopleRefusal``.
    func check(_ text: String, for caller: Caller) async throws -> ReadDefinition {
        try await desk.act(for: caller) { work in
            try Self.require(work)
            try await PeopleScope().leave(work.transaction)
            try await shelf.stock(in: work.transaction)
            return try await surrounded(try Self.read(text), in: work.transaction)
        }
    }

    private func surrounded(_ read: ReadDefinition, in transaction: Transaction) async throws -> ReadDefinition {
        let given = try await transaction.query(WorkRoleStore.given).map { try $0.decode(String.self) }
        return read.beside(
            try await shelf.inForce(in: transaction), rolesWithMembers: Set(given), kindsTaken: kindsTaken)
    }

    private static func read(_ text: String) throws(ProcessRejected) -> ReadDefinition {
        do throws(InvalidDefinition) {
            return try ProcessDefinition.read(text, fragments: ShippedProcesses.fragments)
        } catch {
            throw .invalid(error.faults)
        }
    }

    /// New work begins with it from now on; running work stays on its version.
    ///
    /// - Throws: ``ProcessRejected``, ``PeopleRefusal``; the definition in force stays in force.
    func putInForce(_ text: String, for caller: Caller) async throws -> ReadDefinition {
        try await desk.act(for: caller) { work in
            try await begin(work)
            let read = try Self.read(text)
            try await putInForce(read.definition, text, work)
            return try await surrounded(read, in: work.transaction)
        }
    }

    /// A version that is there already.
    ///
    /// - Returns: false when there is none.
    func putInForce(_ key: ProcessStore.Key, for caller: Caller) async throws -> Bool {
        try await desk.act(for: caller) { work in
            try await begin(work)
            guard let text = try await work.transaction.query(ProcessStore.text(of: key)).first?.decode(String.self)
            else {
                return false
            }
            try await putInForce(try Self.read(text).definition, text, work)
            return true
        }
    }

    private func putInForce(_ definition: ProcessDefinition, _ text: String, _ work: PeopleWork) async throws {
        try Self.require(definition, work)
        try await requireInForce(definition.code, work)
        let key = ProcessStore.Key(code: definition.code, version: definition.version)
        let present = try await work.transaction.query(ProcessStore.text(of: key)).first?.decode(String.self)
        guard present == nil || present == text else {
            let versions = try await work.transaction.query(ProcessStore.list).map(ProcessStore.stored)
                .filter { $0.code == definition.code }.map(\.version)
            throw ProcessRejected.versionTaken(next: (versions.max() ?? 0) + 1)
        }
        let add =
            present == nil
            ? ProcessStore.insert(definition, text: text, by: work.actor.person, at: work.now)
            : ProcessStore.putInForce(key, by: work.actor.person, at: work.now)
        try await work.transaction.pipeline([ProcessStore.takeOutOfForce(definition.code), add])
        try await work.record(
            .init(
                act: .processPutInForce, subject: definition.code, department: work.actor.department,
                details: ["version": "\(definition.version)"]))
    }

    /// No new work begins with it.
    ///
    /// - Returns: false when there is no version of it.
    func takeOutOfForce(_ code: String, for caller: Caller) async throws -> Bool {
        try await desk.act(for: caller) { work in
            try await begin(work)
            guard try await !work.transaction.query(ProcessStore.versions(of: code)).isEmpty else { return false }
            try await requireInForce(code, work)
            try await work.transaction.query(ProcessStore.takeOutOfForce(code))
            try await work.record(
                .init(act: .processTakenOutOfForce, subject: code, department: work.actor.department))
            return true
        }
    }

    /// The version that goes out of force is that of whoever is served by it: he must see those departments, too. Of one that
    /// cannot be read nobody knows whom it serves.
    private func requireInForce(_ code: String, _ work: PeopleWork) async throws {
        for key in try await work.transaction.query(ProcessStore.inForce).map(ProcessStore.key) where key.code == code {
            do {
                try Self.require(try await shelf.definition(key.code, key.version, in: work.transaction), work)
            } catch is ProcessShelf.Unreadable {
                try work.actor.require(.administer, in: OpenWork.topDepartment)
            }
        }
    }

    private func begin(_ work: PeopleWork) async throws {
        try Self.require(work)
        try await PeopleScope().leave(work.transaction)
        try await shelf.stock(in: work.transaction)
        try await work.transaction.query(ProcessStore.lock)
    }

    private static func require(_ work: PeopleWork) throws(PeopleRefusal) {
        guard work.actor.may(.administer) else { throw .roleMissing(PeopleAct.administer.roles) }
    }

    /// A process is put in force for departments that the administrator sees; one for all departments by whoever sees the
    /// top one.
    private static func require(_ definition: ProcessDefinition, _ work: PeopleWork) throws(PeopleRefusal) {
        let served = definition.departments.isEmpty ? [OpenWork.topDepartment] : definition.departments
        for department in served { try work.actor.require(.administer, in: department) }
    }

    /// What would become of the running work that the caller sees.
    ///
    /// - Returns: nil when one of the versions is not there.
    func plan(_ code: String, from old: Int, to new: Int, for caller: Caller) async throws -> MovePlan? {
        try await move(code, from: old, to: new, for: caller, apply: false)?.plan
    }

    /// Moves what can be moved; the rest stays on its version.
    ///
    /// - Returns: the plan that was carried out and how many were moved; nil when one of the versions is not there.
    func move(
        _ code: String, from old: Int, to new: Int, for caller: Caller, apply: Bool = true
    ) async throws -> (plan: MovePlan, moved: Int)? {
        try await desk.act(for: caller) { work -> (plan: MovePlan, moved: Int)? in
            try Self.require(work)
            try await PeopleScope().leave(work.transaction)
            try await shelf.stock(in: work.transaction)
            for version in [old, new] {
                let key = ProcessStore.Key(code: code, version: version)
                if try await work.transaction.query(ProcessStore.text(of: key)).isEmpty { return nil }
            }
            let before = try await shelf.definition(code, old, in: work.transaction)
            let after = try await shelf.definition(code, new, in: work.transaction)
            let found = try WorkOrderStore.records(
                await work.transaction.query(
                    WorkOrderStore.running(
                        process: code, version: old, departments: work.actor.departments.sorted(),
                        limit: Self.moveLimit)), logger
            ).readable
            let plan = MovePlan.plan(found.map(\.state), from: before, to: after)
            guard apply else { return (plan, 0) }
            let moved = try await carryOut(found, from: before, to: after, work)
            try await work.record(
                .init(
                    act: .workMovedToVersion, subject: code, department: work.actor.department,
                    details: ["from": "\(old)", "to": "\(new)", "count": "\(moved)"]))
            return (plan, moved)
        }
    }

    private func carryOut(
        _ found: [WorkOrderRecord], from before: ProcessDefinition, to after: ProcessDefinition, _ work: PeopleWork
    ) async throws -> Int {
        let unit = try await desk.outbox.unitOfWork(in: work.transaction, source: DispatcherService.name)
        let locked = try WorkOrderStore.records(
            await work.transaction.query(WorkOrderStore.lockFree(found.map(\.id.value))), logger
        ).readable
        var made: [(made: KeepWork.Made, cause: Envelope)] = []
        for order in locked where order.state.version == before.version {
            let now = max(unit.now.wholeMillisecond, order.changedAt)
            let context = ProcessContext(now: now, actor: .process, facts: order.facts)
            let reckoning = try await keep.reckoning(of: order, in: work.transaction)
            do throws(ProcessRefusal) {
                let decision = try MovePlan.move(order.state, from: before, to: after, context)
                made.append(
                    (
                        keep.made(decision, before: order, template: order, by: after, reckoning, now: now),
                        WorkRound.cause(order, at: now)
                    ))
            } catch {
                // The plan says why; it stays where it is.
                continue
            }
        }
        try await keep.keep(made, in: unit)
        try await desk.outbox.save(unit)
        return made.count
    }
}
