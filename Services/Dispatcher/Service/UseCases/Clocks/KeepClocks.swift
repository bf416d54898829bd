import BusinessTime
import DispatcherDomain
import Foundation
import Kernel
import Messaging
import Postgres

/// Keeps the SLA clocks of work orders, in the transaction of whoever changes the work.
///
/// Whoever decides about a work order calls, in the same unit of work and after the work order's row is there and locked:
///
/// - ``open(_:_:_:by:in:)`` with the first decision, saving what it returns,
/// - ``follow(_:_:in:)`` with every later one,
/// - ``note(_:of:in:)`` for what is no decision of the process: words of the customer, another severity.
///
/// They append the clock events, fold them, store the deadlines and set one timer of kind ``timerKind`` for the next
/// threshold. ``reached(_:in:)`` is what the handler of that timer begins with: it gives, for each work order, the
/// threshold that has been reached and the commands to decide next, as `.timer`, in the same unit; a refusal
/// `timer-past` of one of them changes nothing and is no error. Its decision comes back through ``follow(_:_:in:)``.
///
/// Work orders without clocks (opened before there were any) are passed over.
struct KeepClocks: Sendable {
    static let timerKind = "sla"

    let library: ClockLibrary
    let store = WorkClocksStore()

    /// What the limits of a work order depend on.
    struct Subject: Sendable {
        let classification: Classification
        /// The department that it belongs to, whatever department has it.
        let department: String
        /// Intake's id.
        let customer: UUID?
    }

    /// A threshold that was reached just now.
    struct Reached: Sendable {
        /// As they are stored since.
        let clocks: WorkClocksStore.Row
        let threshold: DueThreshold
        /// To be decided one after the other, as `.timer`.
        let commands: [ProcessCommand]

        var workOrder: ID<WorkOrder> { clocks.workOrder }
    }

    /// Starts the clocks. It is the service's own work, not a member's: agreements of departments above count.
    ///
    /// - Returns: what is to be saved in this unit; nil when there is nothing to measure.
    func open(
        _ workOrder: ID<WorkOrder>, _ subject: Subject, _ decision: Decision, by definition: ProcessDefinition,
        in unit: UnitOfWork
    ) async throws -> WorkClocksStore.Change? {
        let transaction = unit.transaction
        let process = try await library.take(definition.limits, in: transaction)
        let chosen = try await library.choice(of: subject.department, subject.customer, in: transaction)
        let calendars = try await library.calendars(
            of: chosen.policy, and: chosen.calendar.key, among: chosen.newest, in: transaction)
        let facts: [ClockFact] =
            [
                .opened(as: subject.classification, policy: chosen.policy, calendars: calendars),
                .placed(process: process, calendar: chosen.calendar.key),
            ] + decision.clockFacts(nil)
        let events = facts.map { ClockEvent($0, at: unit.now) }
        let folded = try await library.using(in: transaction) { book throws(SLABook.Gap) in
            try WorkClocks.fold(events, by: book)
        }
        guard let clocks = folded else { return nil }
        let row = WorkClocksStore.Row(
            workOrder: workOrder, department: subject.department, customer: subject.customer, events: 0, clocks: clocks,
            nextAt: nil)
        if let next = clocks.deadlines.first?.at {
            try await unit.setTimer(kind: Self.timerKind, subject: workOrder.value, dueAt: next)
        }
        return WorkClocksStore.Change(row: row, events: events, clocks: clocks)
    }

    func follow(_ workOrder: ID<WorkOrder>, _ decision: Decision, in unit: UnitOfWork) async throws {
        try await change(workOrder, in: unit) { decision.clockFacts($0) }
    }

    /// For clocks that the caller has read and locked, and does nothing more with in this unit.
    ///
    /// - Parameter time: when it was decided, where that is heard of later; nil: now.
    /// - Returns: what is to be saved in it; nil when nothing changes.
    func follow(
        _ row: WorkClocksStore.Row, _ decision: Decision, at time: Date? = nil, in unit: UnitOfWork
    ) async throws -> WorkClocksStore.Change? {
        try await change(row, at: time, in: unit) { decision.clockFacts($0) }
    }

    /// - Throws: ``ClockRefusal`` for what cannot be, as the clocks stand; nothing was changed.
    func note(_ fact: ClockFact, of workOrder: ID<WorkOrder>, in unit: UnitOfWork) async throws {
        try await change(workOrder, in: unit) { clocks in
            _ = try ClockRules.decide(clocks, fact, at: max(unit.now, clocks.changedAt))
            return [fact]
        }
    }

    /// The work goes on under another version of its process.
    func move(_ workOrder: ID<WorkOrder>, to definition: ProcessDefinition, in unit: UnitOfWork) async throws {
        let process = try await library.take(definition.limits, in: unit.transaction)
        try await change(workOrder, in: unit) { [.placed(process: process, calendar: $0.ownCalendar)] }
    }

    /// The thresholds whose time has come, one for each work order: whatever else is due comes with the next timer, when
    /// it is known what this one has led to. Work that somebody else is changing just now is tried again in a second.
    func reached(_ timers: [Timers.Due], in unit: UnitOfWork) async throws -> [Reached] {
        let wanted = Set(timers.map { ID<WorkOrder>($0.subject) })
        let rows = try await store.lock(wanted, skippingLocked: true, in: unit.transaction)
        for id in wanted.subtracting(rows.map(\.workOrder)) {
            try await unit.setTimer(kind: Self.timerKind, subject: id.value, dueAt: unit.now + 1)
        }
        var reached: [Reached] = []
        var changes: [WorkClocksStore.Change] = []
        for row in rows {
            guard let due = row.clocks.due(at: unit.now).first else {
                try await setTimer(row.workOrder, row.clocks.deadlines.first?.at, in: unit)
                continue
            }
            let event = due.event(at: unit.now)
            let clocks = try await fold([event], onto: row, in: unit)
            let change = WorkClocksStore.Change(row: row, events: [event], clocks: clocks)
            changes.append(change)
            try await setTimer(row.workOrder, change.after.nextAt, in: unit)
            reached.append(Reached(clocks: change.after, threshold: due, commands: due.commands))
        }
        try await unit.transaction.pipeline(try WorkClocksStore.save(changes))
        return reached.sorted { $0.threshold.deadline.at < $1.threshold.deadline.at }
    }

    /// - Parameter facts: what happened, seen from how the clocks stand; none changes nothing.
    func change(
        _ workOrder: ID<WorkOrder>, in unit: UnitOfWork, _ facts: (WorkClocks) throws -> [ClockFact]
    ) async throws {
        let found = try await store.lock([workOrder], skippingLocked: false, in: unit.transaction)
        guard let row = found.first, let change = try await change(row, in: unit, facts) else { return }
        try await unit.transaction.pipeline(try WorkClocksStore.save([change]))
    }

    private func change(
        _ row: WorkClocksStore.Row, at time: Date? = nil, in unit: UnitOfWork,
        _ facts: (WorkClocks) throws -> [ClockFact]
    ) async throws -> WorkClocksStore.Change? {
        let events = try facts(row.clocks).map { ClockEvent($0, at: time ?? unit.now) }
        guard !events.isEmpty else { return nil }
        let clocks = try await fold(events, onto: row, in: unit)
        let next = clocks.deadlines.first?.at
        if next != row.nextAt { try await setTimer(row.workOrder, next, in: unit) }
        return WorkClocksStore.Change(row: row, events: events, clocks: clocks)
    }

    /// What comes late falls into its place: the whole history is folded again.
    private func fold(
        _ events: [ClockEvent], onto row: WorkClocksStore.Row, in unit: UnitOfWork
    ) async throws -> WorkClocks {
        let start = row.clocks
        if let first = events.first, first.at < start.changedAt {
            let history = try await store.history(of: row.workOrder, in: unit.transaction) + events
            let folded = try await library.using(in: unit.transaction) { book throws(SLABook.Gap) in
                try WorkClocks.fold(history, by: book)
            }
            return folded ?? start
        }
        return try await library.using(in: unit.transaction) { book throws(SLABook.Gap) in
            var clocks = start
            for event in events { try clocks.apply(event, by: book) }
            return clocks
        }
    }

    private func setTimer(_ workOrder: ID<WorkOrder>, _ time: Date?, in unit: UnitOfWork) async throws {
        if let time {
            try await unit.setTimer(kind: Self.timerKind, subject: workOrder.value, dueAt: time)
        } else {
            try await unit.cancelTimer(kind: Self.timerKind, subject: workOrder.value)
        }
    }
}
