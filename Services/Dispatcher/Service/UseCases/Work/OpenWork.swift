import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Logging
import Messaging
import Postgres

/// Makes a work order of every ticket, by the process that serves it. A ticket heard twice changes nothing.
struct OpenWork: Sendable {
    /// Where tickets of unknown departments go; the migrations make it.
    static let topDepartment = "service"

    let shelf: ProcessShelf
    let keep: KeepWork
    let logger: Logger
    let orders = WorkOrderStore()
    let departments = DepartmentStore()

    func callAsFunction(_ tickets: [Incoming<TicketCreated>], in unit: UnitOfWork) async throws {
        try await shelf.stock(in: unit.transaction)
        let known = Set(try await departments.parents(in: unit.transaction).keys)
        let inForce = try await shelf.inForce(in: unit.transaction)
        let standard = try await shelf.standard(in: unit.transaction)
        var made: [(made: KeepWork.Made, cause: Envelope)] = []
        for ticket in tickets {
            let department = known.contains(ticket.body.department) ? ticket.body.department : Self.topDepartment
            let reckoning = try await keep.reckoning(
                of: department, ticket.body.customer.id.value, in: unit.transaction)
            made.append(
                (
                    try open(
                        ticket.body, department, reckoning, inForce, standard, now: unit.now.wholeMillisecond),
                    ticket.envelope
                ))
        }
        var opened = try await orders.insert(made.map(\.made.change.entry), in: unit.transaction)
        try await keep.keep(made.filter { opened.remove($0.made.after.id) != nil }, inserted: true, in: unit)
    }

    private func open(
        _ ticket: TicketCreated, _ department: String, _ reckoning: LimitReckoning, _ inForce: [ProcessDefinition],
        _ standard: ProcessDefinition, now: Date
    ) throws -> KeepWork.Made {
        let facts = Facts.of(ticket, inHours: reckoning.isOpen(at: ticket.createdAt))
        let chosen = ProcessDefinition.choose(
            among: inForce, kind: ticket.kind.rawValue, department: department, facts: facts)
        let context = ProcessContext(now: now, actor: .customer, facts: facts)
        do {
            return try made(ticket, department, facts, chosen ?? standard, reckoning, context)
        } catch let refusal as ProcessRefusal where chosen != nil && chosen != standard {
            logger.warning(
                "A process cannot begin with a ticket; the plain process takes it. Look at the process's opening fields",
                metadata: [
                    "ticket.id": "\(ticket.ticket)", "process": "\(chosen?.code ?? "")", "error": "\(refusal.words.en)",
                ])
            return try made(ticket, department, facts, standard, reckoning, context)
        }
    }

    private func made(
        _ ticket: TicketCreated, _ department: String, _ facts: [String: FieldValue], _ definition: ProcessDefinition,
        _ reckoning: LimitReckoning, _ context: ProcessContext
    ) throws -> KeepWork.Made {
        let decision = try ProcessRules.open(definition, number: ticket.number, department: department, context)
        let template = WorkOrderRecord(
            id: WorkOrderRecord.id(for: ticket.ticket), ticket: ticket.ticket, ticketNumber: ticket.number,
            subject: ticket.subject, customer: ticket.customer, address: ticket.address, facts: facts,
            state: decision.state, told: 0, alarms: AlarmList(), changedAt: context.time)
        return keep.made(decision, before: nil, template: template, by: definition, reckoning, now: context.time)
    }
}

extension Date {
    /// As JSON keeps it, to the last bit: what was decided and what is read again are the same.
    var wholeMillisecond: Date {
        let milliseconds = (timeIntervalSinceReferenceDate * 1000).rounded(.down)
        let seconds = (milliseconds / 1000).rounded(.down)
        return Date(timeIntervalSinceReferenceDate: seconds + (milliseconds - seconds * 1000) / 1000)
    }
}
