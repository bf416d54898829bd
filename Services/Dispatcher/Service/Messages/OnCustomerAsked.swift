import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Logging
import Messaging
import Metrics
import Postgres

/// Does what customers ask for on their tickets, as far as the processes of their work allow it.
struct OnCustomerAsked: Sendable {
    let shelf: ProcessShelf
    let keep: KeepWork
    let logger: Logger
    let booking = BookAppointment()

    var route: Route {
        .on(CustomerAsked.self) { asked, unit in try await run(asked, in: unit) }
    }

    func run(_ asked: [Incoming<CustomerAsked>], in unit: UnitOfWork) async throws {
        try await shelf.stock(in: unit.transaction)
        var orders = try await WorkOrderStore.locked(of: asked.map(\.body.ticket), in: unit.transaction, logger)
        for message in asked {
            let id = WorkOrderRecord.id(for: message.body.ticket)
            guard let order = orders[id] else { throw HandlingError.notYet(reason: "its ticket has no work order yet") }
            let definition = try await shelf.definition(of: order, in: unit.transaction)
            let reckoning = try await keep.reckoning(of: order, in: unit.transaction)
            if let made = decide(message.body, order, definition, reckoning, now: unit.now.wholeMillisecond),
                try await books(message.body, order, definition, in: unit)
            {
                count(message.body, outcome: "done")
                try await keep.keep([(made, message.envelope)], in: unit)
                orders[id] = made.after
            }
        }
    }

    /// Nil when it cannot be done (any more): the work has moved on since the customer looked.
    private func decide(
        _ asked: CustomerAsked, _ order: WorkOrderRecord, _ definition: ProcessDefinition, _ reckoning: LimitReckoning,
        now: Date
    ) -> KeepWork.Made? {
        let context = ProcessContext(
            now: max(now, order.changedAt), actor: .customer, facts: order.facts)
        let decision: Decision
        do throws(ProcessRefusal) {
            let command = try definition.command(asked)
            decision = try ProcessRules.decide(order.state, command, context, by: definition)
        } catch {
            count(asked, outcome: "refused")
            logger.notice(
                "A customer's wish could not be done; call the customer if it matters",
                metadata: [
                    "ticket.id": "\(asked.ticket)", "workorder.id": "\(order.id)", "wish": "\(asked.wish.rawValue)",
                    "rule": "\(error.rule.rawValue)", "error": "\(error.words.en)",
                    "fields": "\(error.faults.map(\.field).joined(separator: ", "))",
                ])
            return nil
        }
        guard !decision.events.isEmpty else { return nil }
        return keep.made(decision, before: order, template: order, by: definition, reckoning, now: context.time)
    }

    /// False when the time that the customer wants is not free any more: then nothing is done.
    private func books(
        _ asked: CustomerAsked, _ order: WorkOrderRecord, _ definition: ProcessDefinition, in unit: UnitOfWork
    ) async throws -> Bool {
        do {
            try await booking.follow(
                try definition.command(asked), order, now: unit.now.wholeMillisecond, in: unit.transaction)
            return true
        } catch let refusal as ProcessRefusal {
            count(asked, outcome: "refused")
            logger.notice(
                "A customer's wish could not be done; call the customer if it matters",
                metadata: [
                    "ticket.id": "\(asked.ticket)", "workorder.id": "\(order.id)", "wish": "\(asked.wish.rawValue)",
                    "rule": "\(refusal.rule.rawValue)", "error": "\(refusal.words.en)",
                ])
            return false
        }
    }

    private func count(_ asked: CustomerAsked, outcome: String) {
        Counter(
            label: "paidan_customer_wishes_total", dimensions: [("wish", asked.wish.rawValue), ("outcome", outcome)]
        ).increment()
    }
}

extension ProcessDefinition {
    /// - Throws: `fields` for values that cannot be read as what their fields hold: what the customer meant nobody knows,
    ///   and an answer without them would not be his.
    fileprivate func command(_ asked: CustomerAsked) throws(ProcessRefusal) -> ProcessCommand {
        let scope = asked.visit.map(Scope.visit) ?? .work
        switch asked.wish {
        case .urge: return .urge(note: asked.note)
        case .withdraw: return .terminate(reason: asked.note ?? "")
        case .answer:
            let values = try values(typed: asked.fields ?? [:], in: scope)
            return .act(ActionCommand(asked.action ?? "", scope, fields: values, reason: asked.note))
        }
    }
}

extension ProcessDefinition {
    /// What the customer, or whoever called him back, has typed into the fields of a form.
    ///
    /// - Throws: `fields` for values that cannot be read as what their fields hold.
    func values(typed texts: [String: String], in scope: Scope) throws(ProcessRefusal) -> [String: FieldValue] {
        var values: [String: FieldValue] = [:]
        var faults: [FieldFault] = []
        for (code, text) in texts.sorted(by: { $0.key < $1.key }) {
            guard let field = track(scope)?.field(code) else {
                faults.append(FieldInput.unknown(code))
                continue
            }
            if let value = FieldInput.text(text).value(for: field.type), field.isOfCustomer(value) {
                values[code] = value
            } else {
                faults.append(FieldInput.unreadable(field))
            }
        }
        guard faults.isEmpty else {
            throw ProcessRefusal(
                .fields, zh: "客户填写的内容无法读取", en: "what the customer has filled in cannot be read", faults: faults)
        }
        return values
    }
}

extension WorkOrderStore {
    /// The work orders of these tickets, locked until the transaction ends; a ticket that has none yet is left out.
    ///
    /// - Throws: `HandlingError.refused` for one that cannot be read.
    static func locked(
        of tickets: [ID<Ticket>], in transaction: Transaction, _ logger: Logger
    ) async throws -> [ID<WorkOrder>: WorkOrderRecord] {
        let ids = Set(tickets.map { WorkOrderRecord.id(for: $0).value })
        var orders: [ID<WorkOrder>: WorkOrderRecord] = [:]
        for row in try await transaction.query(lock(Array(ids))) {
            do {
                let order = try record(row)
                orders[order.id] = order
            } catch let error as Unreadable {
                error.log(to: logger)
                throw HandlingError.refused(
                    reason: "its work order cannot be read: put the row right and send the message again")
            }
        }
        return orders
    }
}

extension ProcessField {
    fileprivate func isOfCustomer(_ value: FieldValue) -> Bool {
        guard case .number(let number) = value, let least = leastOfCustomer else { return true }
        return number >= Decimal(least)
    }
}
