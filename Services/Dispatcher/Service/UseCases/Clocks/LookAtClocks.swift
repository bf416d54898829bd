import BusinessTime
import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Postgres
import ServiceKit

/// Says how the clocks of work stand and why, and what past work would have been under other versions.
struct LookAtClocks: Sendable {
    /// Work orders that one comparison goes through.
    static let workLimit = 5000
    private static let batch = 200

    let desk: PeopleDesk
    let library: ClockLibrary
    let shelf: ProcessShelf
    let store = WorkClocksStore()

    /// Nil when the work has no clocks, or is none of the caller's departments.
    func find(_ workOrder: ID<WorkOrder>, for caller: Caller) async throws -> WorkClocks? {
        try await desk.act(for: caller) { try await store.find(workOrder, in: $0.transaction)?.clocks }
    }

    /// The events of the clocks, in the order in which they were written; nil as above.
    func history(of workOrder: ID<WorkOrder>, for caller: Caller) async throws -> [ClockEvent]? {
        try await desk.act(for: caller) { work in
            guard try await store.find(workOrder, in: work.transaction) != nil else { return nil }
            return try await store.history(of: workOrder, in: work.transaction)
        }
    }

    /// Why one clock's deadline is what it is; nil when there is no such clock in the caller's sight.
    func explain(
        _ clock: ID<SLAClock>, of workOrder: ID<WorkOrder>, for caller: Caller
    ) async throws -> ClockExplanation? {
        try await desk.act(for: caller) { work in
            guard let clocks = try await store.find(workOrder, in: work.transaction)?.clocks,
                let run = clocks.runs.first(where: { $0.id(of: workOrder) == clock })
            else { return nil }
            let titles = try await titles(workOrder, work)
            return try await library.using(in: work.transaction) { book throws(SLABook.Gap) in
                try ClockExplanation(clocks, run.timer, run.number, by: book, titles: titles)
            }
        }
    }

    private func titles(_ workOrder: ID<WorkOrder>, _ work: PeopleWork) async throws -> ClockTitles {
        let groups = try await DepartmentStore().list(in: work.transaction)
        let names = Dictionary(groups.map { ($0.code, $0.name) }) { first, _ in first }
        guard let process = try await store.process(of: workOrder, in: work.transaction) else {
            return ClockTitles(nil, groups: names)
        }
        // Definitions are nobody's secret; they are read as the service reads them.
        try await PeopleScope().leave(work.transaction)
        do {
            return ClockTitles(
                try await shelf.definition(process.code, process.version, in: work.transaction), groups: names)
        } catch is ProcessShelf.Unreadable {
            // Its clocks are explained all the same, by their codes.
            return ClockTitles(nil, groups: names)
        }
    }

    /// What is to be compared with what was.
    struct Question: Sendable {
        let period: Range<Date>
        let policy: PolicyRef?
        let calendars: [CalendarRef]
        let ownCalendar: String?
        /// One department and those below it; nil for all of the caller's.
        let department: String?
    }

    struct Comparison: Sendable {
        struct Line: Sendable {
            let workOrder: ID<WorkOrder>
            let comparison: WhatIf.Comparison
        }

        var summary = WhatIf.Summary([])
        var works = 0
        /// Runs whose verdict would be another, at most ``lineLimit``.
        var changed: [Line] = []
        /// There was more work than is gone through.
        var isCut = false

        static let lineLimit = 200
    }

    /// - Throws: ``PeopleRefusal``, ``ServiceLevelRefusal`` for a version that is not there.
    func compare(_ question: Question, for caller: Caller) async throws -> Comparison {
        try await desk.act(for: caller) { work in
            guard work.actor.may(.reviewService) else {
                throw PeopleRefusal.roleMissing(PeopleAct.reviewService.roles)
            }
            let departments = try await departments(question.department, work)
            try await check(question, in: work.transaction)
            let whatIf = WhatIf(
                policy: question.policy, calendars: question.calendars, ownCalendar: question.ownCalendar,
                spare: try await library.newest(in: work.transaction).calendars)
            var result = Comparison()
            var last: ID<WorkOrder>?
            var isMore = true
            while isMore, result.works < Self.workLimit {
                try Task.checkCancellation()
                let found = try await store.histories(
                    of: departments, from: question.period.lowerBound, until: question.period.upperBound, after: last,
                    limit: Self.batch, in: work.transaction)
                for (workOrder, events) in found.histories {
                    let comparisons = try await library.using(in: work.transaction) { book throws(SLABook.Gap) in
                        try whatIf.compare(events, endedWithin: question.period, by: book)
                    }
                    result.take(comparisons, of: workOrder)
                }
                last = found.histories.last?.workOrder
                isMore = found.isCut
            }
            result.isCut = isMore
            return result
        }
    }

    private func departments(_ wanted: String?, _ work: PeopleWork) async throws -> [String] {
        let tree = try await DepartmentStore().tree(in: work.transaction)
        guard let wanted else {
            return work.actor.isOperator ? tree.codes.sorted() : work.actor.departments.sorted()
        }
        guard tree.codes.contains(wanted) else { throw PeopleRefusal.unknownDepartment(wanted) }
        guard work.actor.reaches(wanted) else { throw PeopleRefusal.otherDepartment }
        return tree.subtree(of: wanted)
    }

    private func check(_ question: Question, in transaction: Transaction) async throws {
        if let policy = question.policy, try await PolicyStore().version(policy, in: transaction) == nil {
            throw ServiceLevelRefusal.unknownPolicy(policy.description)
        }
        for calendar in question.calendars
        where try await CalendarStore().version(calendar, in: transaction) == nil {
            throw ServiceLevelRefusal.unknownCalendar(calendar.description)
        }
        if let own = question.ownCalendar, !question.calendars.contains(where: { $0.key == own }) {
            throw ServiceLevelRefusal.unknownCalendar(own)
        }
    }
}

extension LookAtClocks.Comparison {
    fileprivate mutating func take(_ comparisons: [WhatIf.Comparison], of workOrder: ID<WorkOrder>) {
        guard !comparisons.isEmpty else { return }
        works += 1
        summary.add(comparisons)
        for one in comparisons where one.was?.isMet != one.wouldBe?.isMet && changed.count < Self.lineLimit {
            changed.append(Line(workOrder: workOrder, comparison: one))
        }
    }
}
