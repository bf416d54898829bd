import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Logging
import Messaging
import Postgres

/// Passes the thresholds of SLA clocks to the processes of their work orders when their time has come.
struct OnClockThreshold: Sendable {
    let shelf: ProcessShelf
    let keep: KeepWork
    let logger: Logger

    func fire(_ due: [Timers.Due], _ unit: UnitOfWork) async throws {
        let reached = try await keep.clocks.reached(due, in: unit)
        guard !reached.isEmpty else { return }
        let causes = Dictionary(due.map { ($0.subject, $0) }) { first, _ in first }
        let orders = try WorkOrderStore.records(
            await unit.transaction.query(WorkOrderStore.lockFree(reached.map(\.workOrder.value))), logger
        ).readable
        let byID = Dictionary(orders.map { ($0.id, $0) }) { first, _ in first }
        for one in reached {
            guard let order = byID[one.workOrder],
                let cause = causes[one.workOrder.value]?.cause(source: DispatcherService.name)
            else { continue }
            let definition = try await shelf.definition(of: order, in: unit.transaction)
            try await run(one.commands, order, definition, cause, unit)
        }
    }

    private func run(
        _ commands: [ProcessCommand], _ order: WorkOrderRecord, _ definition: ProcessDefinition, _ cause: Envelope,
        _ unit: UnitOfWork
    ) async throws {
        let reckoning = try await keep.reckoning(of: order, in: unit.transaction)
        var present = order
        for command in commands {
            let context = ProcessContext(
                now: max(unit.now.wholeMillisecond, present.changedAt), actor: .timer, facts: present.facts)
            let decision: Decision
            do throws(ProcessRefusal) {
                decision = try ProcessRules.decide(present.state, command, context, by: definition)
            } catch {
                // What the command before has led to can have stopped the clock.
                if error.rule != .timerPast, error.rule != .closed {
                    logger.error(
                        "A threshold of a clock was refused and is over. Look at the process and at the work order",
                        metadata: [
                            "workorder.id": "\(present.id)", "process": "\(definition.code)",
                            "error": "\(error.words.en)",
                        ])
                }
                continue
            }
            let made = keep.made(
                decision, before: present, template: present, by: definition, reckoning, now: context.time)
            if !decision.events.isEmpty { try await keep.keep([(made, cause)], in: unit) }
            present = made.after
        }
    }
}

extension KeepClocks.Subject {
    /// Severity and kind are those of the ticket, the level that of its customer's contract.
    init(_ order: WorkOrderRecord) {
        func fact(_ name: String, or other: String) -> String {
            guard case .text(let text) = order.facts[name], !text.isEmpty else { return other }
            return text
        }
        self.init(
            classification: Classification(
                level: fact("customer.level", or: "normal"), severity: fact("ticket.urgency", or: "normal"),
                kind: fact("ticket.kind", or: "repair")),
            department: order.state.home, customer: order.customer.id.value)
    }
}
