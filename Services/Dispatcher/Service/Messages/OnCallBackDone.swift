import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Logging
import Messaging
import Metrics
import Postgres

/// Does in the work's process what the customer said when he was called back: goes on, or back for rework (S0.41).
///
/// The call is the follow-up's and the step is the process's. What was said is done while the work stands where the call
/// was asked for; where it has gone on meanwhile, as by the customer's own answer, that stands and nothing is done.
struct OnCallBackDone: Sendable {
    let shelf: ProcessShelf
    let keep: KeepWork
    let logger: Logger

    var route: Route {
        .on(CallBackMoved.self) { moved, unit in try await run(moved, in: unit) }
    }

    func run(_ moved: [Incoming<CallBackMoved>], in unit: UnitOfWork) async throws {
        let done = moved.filter { $0.body.state == .done }
        guard !done.isEmpty else { return }
        try await shelf.stock(in: unit.transaction)
        var orders = try await WorkOrderStore.locked(of: done.map(\.body.ticket), in: unit.transaction, logger)
        for message in done {
            guard let call = message.body.call else { continue }
            let id = WorkOrderRecord.id(for: message.body.ticket)
            guard let order = orders[id] else { throw HandlingError.notYet(reason: "its ticket has no work order yet") }
            let ticked = WorkOrderStore.tickOffCallBacks(of: id, by: call.by, note: call.note)
            guard let action = call.action, let stay = call.stay else {
                unit.write(ticked)
                continue
            }
            let scope = stay.visit.map(Scope.visit) ?? .work
            guard !order.state.isClosed, let track = order.state[scope], track.entry == stay.entry else {
                count("moved")
                unit.write(ticked)
                continue
            }
            let definition = try await shelf.definition(of: order, in: unit.transaction)
            let reckoning = try await keep.reckoning(of: order, in: unit.transaction)
            let made = made(call, action, scope, order, definition, reckoning, now: unit.now.wholeMillisecond)
            if !made.decision.events.isEmpty { unit.write(ticked) }
            try await keep.keep([(made, message.envelope)], in: unit)
            orders[id] = made.after
        }
    }

    private func made(
        _ call: CallBackCall, _ action: String, _ scope: Scope, _ order: WorkOrderRecord,
        _ definition: ProcessDefinition, _ reckoning: LimitReckoning, now: Date
    ) -> KeepWork.Made {
        let context = ProcessContext(
            now: max(now, order.changedAt), actor: .callBack(by: .person(call.by)), facts: order.facts)
        do throws(ProcessRefusal) {
            let command = ActionCommand(
                action, scope, fields: try definition.values(typed: call.fields ?? [:], in: scope), reason: call.note)
            let decision = try ProcessRules.decide(order.state, .act(command), context, by: definition)
            count("done")
            return keep.made(decision, before: order, template: order, by: definition, reckoning, now: context.time)
        } catch {
            count("refused")
            logger.notice(
                "What a customer said when he was called back could not be done; he is to be called again",
                metadata: [
                    "ticket.id": "\(order.ticket)", "workorder.id": "\(order.id)", "rule": "\(error.rule.rawValue)",
                    "error": "\(error.words.en)", "fields": "\(error.faults.map(\.field).joined(separator: ", "))",
                ])
            return keep.refused(call, error.words, order, by: definition, at: context.time)
        }
    }

    private func count(_ outcome: String) {
        Counter(label: "paidan_callback_answers_total", dimensions: [("outcome", outcome)]).increment()
    }
}
