import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Logging
import Messaging
import Postgres

/// Does what processes have set to happen by itself: timers of steps, questions about what lies aside.
struct OnWorkAlarm: Sendable {
    let shelf: ProcessShelf
    let keep: KeepWork
    let logger: Logger

    /// How long an alarm waits when somebody has the work order just now.
    private static let patience = 1.0
    /// And when the work order cannot be read.
    private static let patienceWithUnreadable = 600.0

    func fire(_ due: [Timers.Due], _ unit: UnitOfWork) async throws {
        let now = unit.now.wholeMillisecond
        let causes = Dictionary(due.map { ($0.subject, $0) }) { first, _ in first }
        let (orders, unreadable) = try WorkOrderStore.records(
            await unit.transaction.query(WorkOrderStore.lockFree(Array(causes.keys))), logger)
        let faulty = Set(unreadable.map(\.id.value))
        for subject in Set(causes.keys).subtracting(orders.map(\.id.value)) {
            let patience = faulty.contains(subject) ? Self.patienceWithUnreadable : Self.patience
            try await unit.setTimer(kind: KeepWork.timer, subject: subject, dueAt: unit.now + patience)
        }
        for order in orders {
            guard let cause = causes[order.id.value]?.cause(source: DispatcherService.name) else { continue }
            let definition = try await shelf.definition(of: order, in: unit.transaction)
            try await run(order, definition, cause, now: now, unit)
        }
    }

    /// Every alarm that is due, in its turn; each sees what the one before has changed.
    private func run(
        _ order: WorkOrderRecord, _ definition: ProcessDefinition, _ cause: Envelope, now: Date, _ unit: UnitOfWork
    ) async throws {
        let reckoning = try await keep.reckoning(of: order, in: unit.transaction)
        var present = order
        var due = present.alarms
        var written = order.alarms
        while let alarm = due.takeDue(by: now) {
            present.alarms = due
            let context = ProcessContext(
                now: max(now, present.changedAt), actor: .timer, facts: present.facts)
            let decision: Decision
            do throws(ProcessRefusal) {
                decision = try ProcessRules.decide(present.state, alarm.command, context, by: definition)
            } catch {
                if error.rule != .timerPast {
                    logger.error(
                        "A timer of a process was refused and is over. Look at the process and at the work order",
                        metadata: [
                            "workorder.id": "\(present.id)", "process": "\(definition.code)",
                            "error": "\(error.words.en)",
                        ])
                }
                continue
            }
            let made = keep.made(
                decision, before: present, template: present, by: definition, reckoning, now: context.time)
            if !decision.events.isEmpty {
                try await keep.keep([(made, cause)], in: unit)
                written = made.after.alarms
            }
            present = made.after
            due = present.alarms
        }
        // The timer that has fired stands for this work order: the next alarm needs a new one, whatever came of it.
        if let next = due.next {
            try await unit.setTimer(kind: KeepWork.timer, subject: order.id.value, dueAt: next.dueAt)
        }
        if due != written {
            present.alarms = due
            unit.write(
                try WorkOrderStore.update([WorkOrderStore.Entry(order: present, definition: definition)]))
        }
    }
}
