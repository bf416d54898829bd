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
        var turns: [Turn] = []
        for one in reached {
            guard let order = byID[one.workOrder],
                let cause = causes[one.workOrder.value]?.cause(source: DispatcherService.name)
            else { continue }
            turns.append(
                Turn(
                    order: order, definition: try await shelf.definition(of: order, in: unit.transaction),
                    reckoning: try await keep.reckoning(of: order, in: unit.transaction), cause: cause,
                    commands: one.commands[...]))
        }
        try await run(turns, Dictionary(reached.map { ($0.workOrder, $0.clocks) }) { first, _ in first }, unit)
    }

    /// A work order whose clock has reached something, and what is still to be decided about it.
    private struct Turn {
        var order: WorkOrderRecord
        let definition: ProcessDefinition
        let reckoning: LimitReckoning
        let cause: Envelope
        var commands: ArraySlice<ProcessCommand>
    }

    /// One command of each work order after the other, all work orders together.
    private func run(
        _ turns: [Turn], _ clocks: [ID<WorkOrder>: WorkClocksStore.Row], _ unit: UnitOfWork
    ) async throws {
        var (turns, clocks) = (turns, clocks)
        while turns.contains(where: { !$0.commands.isEmpty }) {
            var kept: [(made: KeepWork.Made, cause: Envelope)] = []
            for index in turns.indices {
                guard let command = turns[index].commands.popFirst(), let made = decide(command, turns[index], unit)
                else { continue }
                if !made.decision.events.isEmpty { kept.append((made, turns[index].cause)) }
                turns[index].order = made.after
            }
            for change in try await keep.keep(kept, clocks: .locked(clocks), in: unit) {
                clocks[change.row.workOrder] = change.after
            }
        }
    }

    /// Nil when the process refuses it.
    private func decide(_ command: ProcessCommand, _ turn: Turn, _ unit: UnitOfWork) -> KeepWork.Made? {
        let present = turn.order
        let context = ProcessContext(
            now: max(unit.now.wholeMillisecond, present.changedAt), actor: .timer, facts: present.facts)
        do throws(ProcessRefusal) {
            let decision = try ProcessRules.decide(present.state, command, context, by: turn.definition)
            return keep.made(
                decision, before: present, template: present, by: turn.definition, turn.reckoning, now: context.time)
        } catch {
            // What the command before has led to can have stopped the clock.
            if error.rule != .timerPast, error.rule != .closed {
                logger.error(
                    "A threshold of a clock was refused and is over. Look at the process and at the work order",
                    metadata: [
                        "workorder.id": "\(present.id)", "process": "\(turn.definition.code)",
                        "error": "\(error.words.en)",
                    ])
            }
            return nil
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
