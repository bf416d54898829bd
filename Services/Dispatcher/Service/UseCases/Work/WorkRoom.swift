import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Postgres
import Synchronization

/// What a command is made with: the work order it is for, and where to look for whom it names.
struct WorkRoom: Sendable {
    let order: WorkOrderRecord
    let definition: ProcessDefinition
    let staff: StaffActor
    let transaction: Transaction
    /// When the command was given, not before the last change of the work order.
    let time: Date
    /// Shared by the commands of a transaction.
    let named: NamedStaff

    /// Whom a command names; nil when there is no active member of staff of this id.
    func candidate(_ id: ID<Staff>, department: String?) async throws -> Candidate? {
        try await named.find(id, in: transaction)?.candidate(for: department)
    }

    /// Whether the caller may be told that this person is there: somebody of the departments that he sees, or that may have
    /// this work. Whoever works elsewhere is answered for as one whom nobody knows.
    func mayKnow(_ candidate: Candidate) -> Bool {
        guard candidate.holder.person != nil, let theirs = candidate.departments else { return true }
        let steps = definition.work.steps + (definition.visit?.steps ?? [])
        let near = staff.departments.union(order.departments).union(steps.compactMap(\.department))
        return !theirs.isDisjoint(with: near.union([candidate.department].compactMap { $0 }))
    }

    /// That of one document; none of a visit that is not there, which the rules refuse.
    func departments(of scope: Scope) -> Set<String> { Set([order.state[scope]?.department].compactMap { $0 }) }
}

/// Those whom the commands of one transaction name, each looked up once.
final class NamedStaff: Sendable {
    private let known = Mutex<[ID<Staff>: WorkScope.Named]>([:])

    func find(_ id: ID<Staff>, in transaction: Transaction) async throws -> WorkScope.Named? {
        if let found = known.withLock({ $0[id] }) { return found }
        guard let found = try await WorkScope().named(id, in: transaction) else { return nil }
        known.withLock { $0[id] = found }
        return found
    }
}

/// A work order as somebody sees it.
struct WorkSeen: Sendable {
    let order: WorkOrderRecord
    let definition: ProcessDefinition
    let staff: StaffActor
    let now: Date
}

/// A command was refused; nothing has changed.
struct WorkRefused: Error {
    let refusal: ProcessRefusal
    /// As it stands.
    let seen: WorkSeen
}

extension ProcessRefusal {
    /// True when the caller may have taken this very action before, so that asking again harms nobody.
    var mayBeRepetition: Bool {
        switch rule {
        case .notHere, .closed, .stale, .notOwner: true
        default: false
        }
    }
}
