public import Contracts
public import Foundation
import Kernel

/// Who takes a step.
public struct StaffMember: Hashable, Sendable {
    public let person: Person
    public let roles: Set<String>
    /// His own department and those below it.
    public let departments: Set<String>

    public init(person: Person, roles: Set<String>, departments: Set<String>) {
        self.person = person
        self.roles = roles
        self.departments = departments
    }
}

/// The one process that is built in: offered to a pool, accepted, travelling, on site, done, closed.
public enum WorkOrderProcess {
    /// Characters of a note.
    public static let noteLimit = 2000

    /// Why a step was not taken. The work order is unchanged.
    public enum Refusal: Error, Equatable {
        /// The step does not belong here; these do.
        case notPossible(state: WorkState, possible: [WorkStep])
        /// Somebody was quicker.
        case taken(by: Person, since: Date)
        /// Only its owner may.
        case notOwner(Person)
        /// Needs one of these roles.
        case roleMissing([StaffRole])
        case otherDepartment
        case noteTooLong(limit: Int)
        /// The caller looked at an older version.
        case stale(version: Int64, state: WorkState)
    }

    /// What the step does to the work order, when it may be taken.
    ///
    /// - Parameter expectedVersion: the version that the caller looked at; nil when he does not mind.
    public static func decide(
        _ order: WorkOrderRecord, _ step: WorkStep, by actor: StaffMember, note: String? = nil,
        expectedVersion: Int64? = nil, now: Date
    ) throws(Refusal) -> WorkMoved {
        if let note, note.count > noteLimit { throw .noteTooLong(limit: noteLimit) }
        guard actor.departments.contains(order.department) else { throw .otherDepartment }
        let roles = roles(for: step)
        guard roles.isEmpty || roles.contains(where: { actor.roles.contains($0.rawValue) }) else {
            throw .roleMissing(roles)
        }
        guard let next = WorkStep.moves[order.state]?[step] else {
            if step == .accept, let owner = order.owner {
                throw .taken(by: owner, since: order.acceptedAt ?? order.changedAt)
            }
            throw .notPossible(state: order.state, possible: order.state.possibleSteps)
        }
        if roles.isEmpty, let owner = order.owner, owner.id != actor.person.id { throw .notOwner(owner) }
        if let expectedVersion, expectedVersion != order.version {
            throw .stale(version: order.version, state: order.state)
        }
        return WorkMoved(
            workOrder: order.id, ticket: order.ticket, ticketNumber: order.ticketNumber, subject: order.subject,
            department: order.department, state: next, previous: Open(order.state),
            owner: step == .accept ? actor.person : order.owner, actor: actor.person, note: note,
            customer: order.customer, address: order.address, at: now)
    }

    /// The steps that this person may take now.
    public static func steps(for actor: StaffMember, on order: WorkOrderRecord) -> [WorkStep] {
        order.state.possibleSteps.filter { step in
            do {
                _ = try decide(order, step, by: actor, now: order.changedAt)
                return true
            } catch {
                return false
            }
        }
    }

    /// Any of these may take the step; none named means its owner, and nobody else.
    static func roles(for step: WorkStep) -> [StaffRole] {
        switch step {
        case .accept: [.engineer]
        case .depart, .arrive, .finish: []
        case .close: [.desk, .manager]
        }
    }
}

extension WorkOrderProcess.Refusal {
    /// True when the caller may have taken this very step before, so that taking it again harms nobody.
    public var mayBeRepetition: Bool {
        switch self {
        case .notPossible, .taken: true
        case .notOwner, .roleMissing, .otherDepartment, .noteTooLong, .stale: false
        }
    }
}
