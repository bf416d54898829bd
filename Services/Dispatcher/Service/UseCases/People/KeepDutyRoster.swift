import Contracts
import DispatcherDomain
import Foundation
import Kernel

/// Keeps the duty roster, and tells who is on duty.
struct KeepDutyRoster: Sendable {
    let desk: PeopleDesk
    let store = DutyStore()

    /// - Parameter department: nil: all that the caller may see.
    func list(_ filter: DutyStore.Filter, below department: String?, for caller: Caller) async throws -> [Duty] {
        try await desk.act(for: caller) { work in
            var filter = filter
            if let department {
                filter.departments = try await DepartmentStore().tree(in: work.transaction).subtree(of: department)
            }
            return try await store.list(filter, in: work.transaction)
        }
    }

    /// Who is asked now, the first first.
    func now(below department: String?, post: String?, for caller: Caller) async throws -> [Duty] {
        try await desk.act(for: caller) { work in
            var filter = DutyStore.Filter()
            if let department {
                filter.departments = try await DepartmentStore().tree(in: work.transaction).subtree(of: department)
            }
            filter.post = post
            filter.from = work.now
            filter.until = work.now.addingTimeInterval(0.001)
            return try await store.list(filter, in: work.transaction).filter { $0.span.contains(work.now) }
                .sorted { ($0.rank, $0.post) < ($1.rank, $1.post) }
        }
    }

    /// - Throws: `InvalidInput`, ``PeopleRefusal``; nothing was changed.
    func add(_ draft: DutyRoster.Draft, staff id: ID<Staff>, for caller: Caller) async throws -> Duty {
        try await desk.act(for: caller) { work in
            try await PeopleScope().takeTurns(of: [id], in: work.transaction)
            let profile = try await work.staff(id)
            let start = draft.start ?? work.now
            let departments = try await DepartmentStore().tree(in: work.transaction).codes
            // Other departments' duties and private leaves count as well.
            try await PeopleScope().leave(work.transaction)
            let duty = try DutyRoster.add(
                draft, id: ID(UUID()), for: profile, departments: departments,
                away: try await LeaveStore().spans(
                    of: id, states: [.approved], endingAfter: start, in: work.transaction),
                busy: try await store.spans(of: id, endingAfter: start, in: work.transaction), by: work.actor,
                now: work.now)
            try await store.insert(duty, in: work.transaction)
            try await work.record(Self.entry(.dutyAdded, duty))
            return duty
        }
    }

    /// - Returns: false when there is none in the caller's sight.
    /// - Throws: ``PeopleRefusal``; nothing was changed.
    func remove(_ id: ID<Duty>, for caller: Caller) async throws -> Bool {
        try await desk.act(for: caller) { work in
            guard let duty = try await store.find(id, in: work.transaction) else { return false }
            try DutyRoster.remove(duty, by: work.actor, now: work.now)
            try await store.remove(id, in: work.transaction)
            try await work.record(Self.entry(.dutyRemoved, duty))
            return true
        }
    }

    private static func entry(_ act: AuditedAct, _ duty: Duty) -> AuditStore.Entry {
        AuditStore.Entry(
            act: act, subject: duty.id.description, department: duty.department,
            details: [
                "post": duty.post, "staff": duty.staff.id.description, "rank": String(duty.rank),
                "from": duty.span.start.formatted(.iso8601), "until": duty.span.end.formatted(.iso8601),
            ])
    }
}
