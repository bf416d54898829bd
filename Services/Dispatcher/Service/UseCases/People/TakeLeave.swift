import Contracts
import DispatcherDomain
import Foundation
import Kernel

/// Asks for leave, and decides about it.
struct TakeLeave: Sendable {
    let desk: PeopleDesk
    let store = LeaveStore()

    func list(_ filter: LeaveStore.Filter, for caller: Caller) async throws -> [Leave] {
        try await desk.act(for: caller) { try await store.list(filter, in: $0.transaction) }
    }

    /// Nil when it is none of the caller's business.
    func find(_ id: ID<Leave>, for caller: Caller) async throws -> Leave? {
        try await desk.act(for: caller) { try await store.find(id, in: $0.transaction) }
    }

    /// - Parameter staff: nil: the caller himself.
    /// - Throws: `InvalidInput`, ``PeopleRefusal``; nothing was changed.
    func request(
        _ draft: LeaveRule.Draft, staff: ID<Staff>?, deputy: ID<Staff>?, for caller: Caller
    ) async throws -> Leave {
        try await desk.act(for: caller) { work in
            guard let id = staff ?? work.actor.person?.id else { throw PeopleRefusal.unknownStaff }
            try await PeopleScope().takeTurns(of: [id] + (deputy.map { [$0] } ?? []), in: work.transaction)
            let profile = try await work.staff(id)
            let standIn = try await deputy.asyncMap(work.staff)
            let start = draft.start ?? work.now
            let taken = try await store.spans(
                of: id, states: [.requested, .approved], endingAfter: start, in: work.transaction)
            // Whether the deputy is away is not for everybody to see, but to be minded.
            try await PeopleScope().leave(work.transaction)
            let away = try await deputy.asyncMap {
                try await store.spans(of: $0, states: [.approved], endingAfter: start, in: work.transaction)
            }
            let leave = try LeaveRule.request(
                draft, id: ID(UUID()), for: profile, deputy: standIn, taken: taken, deputyAway: away ?? [],
                by: work.actor, now: work.now)
            try await store.insert(leave, in: work.transaction)
            try await work.record(
                AuditStore.Entry(
                    act: .leaveRequested, subject: leave.id.description, department: leave.department,
                    details: ["staff": id.description, "kind": leave.kind.rawValue]))
            return leave
        }
    }

    /// - Throws: ``PeopleRefusal``; nothing was changed. Nil when it is none of the caller's business.
    func decide(
        _ id: ID<Leave>, _ step: Leave.Step, note: String?, expectedVersion: Int64?, for caller: Caller
    ) async throws -> Leave? {
        try await desk.act(for: caller) { work in
            guard let present = try await store.find(id, in: work.transaction) else { return nil }
            try await PeopleScope().takeTurns(of: [present.staff.id], in: work.transaction)
            guard let leave = try await store.find(id, in: work.transaction) else { return nil }
            let decided = try LeaveRule.decide(
                leave, step, by: work.actor, note: note, expectedVersion: expectedVersion, now: work.now)
            guard try await store.update(decided, in: work.transaction) else { throw PeopleRefusal.otherDepartment }
            try await work.record(
                AuditStore.Entry(
                    act: .leaveDecided, subject: id.description, department: leave.department,
                    details: ["staff": leave.staff.id.description, "state": decided.state.rawValue]))
            return decided
        }
    }
}

extension Optional {
    func asyncMap<Result>(_ body: (Wrapped) async throws -> Result) async throws -> Result? {
        guard let self else { return nil }
        return try await body(self)
    }
}
