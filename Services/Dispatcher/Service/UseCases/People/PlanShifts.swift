import Contracts
import DispatcherDomain
import Foundation
import Kernel

/// Names hours, and plans who works them on which day.
struct PlanShifts: Sendable {
    /// Days that one request may read or write.
    static let mostDays = 3000

    let desk: PeopleDesk
    let store = ShiftStore()

    /// Of his departments and of those above.
    func shifts(for caller: Caller) async throws -> [Shift] {
        try await desk.act(for: caller) { work in
            let tree = try await DepartmentStore().tree(in: work.transaction)
            let above = tree.path(from: work.actor.department)
            return try await store.list(
                departments: work.actor.departments.union(above).sorted(), in: work.transaction)
        }
    }

    /// - Throws: `InvalidInput`, ``PeopleRefusal``; nothing was changed.
    func keep(
        _ code: String, department: String?, chineseName: String?, englishName: String?, hours: String?, isActive: Bool,
        for caller: Caller
    ) async throws -> Shift {
        try await desk.act(for: caller) { work in
            let tree = try await DepartmentStore().tree(in: work.transaction)
            let shift = try ReferenceData.shift(
                code, department: department, chineseName: chineseName, englishName: englishName, hours: hours,
                isActive: isActive, known: tree, by: work.actor)
            guard try await store.keep(shift, in: work.transaction) else { throw PeopleRefusal.codeTaken }
            try await work.record(
                AuditStore.Entry(
                    act: .shiftKept, subject: code, department: shift.department,
                    details: ["hours": shift.hours.text, "active": String(isActive)]))
            return shift
        }
    }

    /// The plan of the caller's departments, or of one of them.
    func plan(
        below department: String?, from first: LocalDay, through last: LocalDay, for caller: Caller
    ) async throws -> [ShiftStore.Planned] {
        try await desk.act(for: caller) { work in
            var departments = work.actor.departments.sorted()
            if let department {
                let tree = try await DepartmentStore().tree(in: work.transaction)
                departments = tree.subtree(of: department).filter(work.actor.reaches)
            }
            return try await store.plan(
                departments: departments, from: first, through: last, in: work.transaction)
        }
    }

    /// Makes the plan of these days just what is given.
    ///
    /// - Throws: ``PeopleRefusal``; nothing was changed.
    func replace(
        _ days: [(staff: ID<Staff>, day: LocalDay, shifts: [String])], for caller: Caller
    ) async throws {
        try await desk.act(for: caller) { work in
            guard work.actor.may(.plan) else { throw PeopleRefusal.roleMissing(PeopleAct.plan.roles) }
            let codes = Set(days.flatMap(\.shifts))
            let known = try await store.find(codes.sorted(), in: work.transaction).filter(\.isActive)
            if let unknown = codes.subtracting(known.map(\.code)).min() { throw PeopleRefusal.unknownShift(unknown) }
            var planned: [String: Int] = [:]
            for id in Set(days.map(\.staff)) {
                let profile = try await work.staff(id)
                guard profile.isActive else { throw PeopleRefusal.unknownStaff }
                guard work.actor.reaches(profile.department) else { throw PeopleRefusal.otherDepartment }
                planned[profile.department, default: 0] += days.count { $0.staff == id }
            }
            try await store.replace(days, in: work.transaction)
            for (department, count) in planned.sorted(by: { $0.key < $1.key }) {
                try await work.record(
                    AuditStore.Entry(
                        act: .shiftsPlanned, subject: department, department: department,
                        details: [
                            "days": String(count), "from": days.map(\.day).min()?.text ?? "",
                            "through": days.map(\.day).max()?.text ?? "",
                        ]))
            }
        }
    }

    /// When somebody can be sent.
    ///
    /// - Throws: ``PeopleRefusal/unknownStaff``.
    func availability(of id: ID<Staff>, within: Span, for caller: Caller) async throws -> [Span] {
        try await desk.act(for: caller) { work in
            let profile = try await work.staff(id)
            // Whether somebody is away may be seen where the reason may not.
            try await PeopleScope().leave(work.transaction)
            let departments = try await DepartmentStore().list(in: work.transaction)
            let zone = TimeZone(identifier: Department.timeZone(of: profile.department, among: departments)) ?? .gmt
            guard let first = LocalDay(within.start.addingTimeInterval(-86_400), in: zone),
                let last = LocalDay(within.end, in: zone)
            else { return [] }
            let plan = try await store.plan(of: id, from: first, through: last, in: work.transaction)
            return Availability.spans(
                shifts: plan.map { ($0.day, $0.hours) },
                duties: try await DutyStore().spans(of: id, endingAfter: within.start, in: work.transaction),
                leaves: try await LeaveStore().spans(
                    of: id, states: [.approved], endingAfter: within.start, in: work.transaction),
                zone: zone, within: within)
        }
    }
}
