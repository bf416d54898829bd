import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Logging
import Messaging
import Postgres
import ServiceKit

/// Reads work orders for a person: those that his departments have to do with, and nothing else.
struct LookUpWork: Sendable {
    let pool: PostgresPool
    let shelf: ProcessShelf
    let logger: Logger
    let scope = WorkScope()

    /// A line of a work order's list of errands.
    struct ErrandLine: Sendable {
        let number: Int64
        let at: Date
        let kind: String
        let code: String?
        let role: String?
        let within: String?
        let visit: Int?
        /// Nil while nobody has ticked it off.
        let doneAt: Date?
        let doneBy: Person?
        let note: String?
    }

    /// What somebody was told.
    struct NoticeLine: Sendable {
        let id: Int64
        let workOrder: ID<WorkOrder>
        let ticketNumber: String
        let subject: String
        let at: Date
        let recipient: String
        let occasion: String
        let visit: Int?
        let step: String
    }

    func list(_ view: WorkOrderView, for identity: Identity, limit: Int) async throws -> [WorkSeen] {
        try await look(for: identity) { WorkOrderStore.list(view, for: $0, limit: limit) }
    }

    /// Those of them that his departments have to do with, in no order.
    func find(_ ids: [ID<WorkOrder>], for identity: Identity) async throws -> [WorkSeen] {
        try await look(for: identity) { WorkOrderStore.find(ids, departments: $0.departments.sorted()) }
    }

    func find(ticketNumber: String, for identity: Identity) async throws -> [WorkSeen] {
        try await look(for: identity) {
            WorkOrderStore.find(ticketNumber: ticketNumber, departments: $0.departments.sorted())
        }
    }

    private func look(
        for identity: Identity, _ statement: @Sendable (StaffActor) -> SQL
    ) async throws -> [WorkSeen] {
        try await pool.transaction { transaction in
            try await shelf.stock(in: transaction)
            let staff = try await scope.staff(identity, in: transaction)
            let rows = try await scope.look(as: staff, [statement(staff), WorkOrderStore.now], in: transaction)
            return try await seen(rows, staff, in: transaction)
        }
    }

    /// What cannot be read is left out, and the log says what it is: nobody else's work is to be hidden by it.
    private func seen(
        _ results: [QueryResult], _ staff: StaffActor, in transaction: Transaction
    ) async throws -> [WorkSeen] {
        let now: Date = try results[1][0].value("now")
        var all: [WorkSeen] = []
        for order in try WorkOrderStore.records(results[0], logger).readable {
            do {
                all.append(
                    WorkSeen(
                        order: order, definition: try await shelf.definition(of: order, in: transaction), staff: staff,
                        now: now))
            } catch let error as ProcessShelf.Unreadable {
                logger.error(
                    "A work order runs by a process that cannot be read and is left out. Move it to another version",
                    metadata: ["workorder.id": "\(order.id)", "error": "\(error)"])
            }
        }
        return all
    }

    /// With its history and errands, the oldest first; nil when his departments have nothing to do with it.
    func find(
        _ id: ID<WorkOrder>, for identity: Identity
    ) async throws -> (seen: WorkSeen, events: [(revision: Int64, event: ProcessEvent)], errands: [ErrandLine])? {
        try await pool.transaction { transaction in
            try await shelf.stock(in: transaction)
            let staff = try await scope.staff(identity, in: transaction)
            let results = try await scope.look(
                as: staff,
                [
                    WorkOrderStore.find(id, departments: staff.departments.sorted()), WorkOrderStore.now,
                    WorkOrderStore.events(of: id), WorkOrderStore.errands(of: id),
                ], in: transaction)
            guard let order = try results[0].first.map(WorkOrderStore.record) else { return nil }
            let seen = WorkSeen(
                order: order, definition: try await shelf.definition(of: order, in: transaction), staff: staff,
                now: try results[1][0].value("now"))
            do {
                return (seen, try results[2].map(WorkOrderStore.event), try results[3].map(Self.errand))
            } catch let error as DecodingError {
                throw WorkOrderStore.Unreadable(order.id, order.ticketNumber, error)
            }
        }
    }

    func notices(for identity: Identity, limit: Int) async throws -> [NoticeLine] {
        try await pool.transaction { transaction in
            try await shelf.stock(in: transaction)
            let staff = try await scope.staff(identity, in: transaction)
            return try await scope.look(
                as: staff, [WorkOrderStore.notices(for: staff, limit: limit)], in: transaction)[0].map { row in
                    let (id, order, number, subject, at, recipient, occasion, visit, step) = try row.decode(
                        Int64.self, UUID.self, String.self, String.self, Date.self, String.self, String.self,
                        Int32?.self, String.self)
                    return NoticeLine(
                        id: id, workOrder: ID(order), ticketNumber: number, subject: subject, at: at,
                        recipient: recipient, occasion: occasion, visit: visit.map(Int.init), step: step)
                }
        }
    }

    private static func errand(_ row: Row) throws -> ErrandLine {
        let (number, at, kind, code, role, within, visit, doneAt, staff, name, note) = try row.decode(
            Int64.self, Date.self, String.self, String?.self, String?.self, String?.self, Int32?.self, Date?.self,
            UUID?.self, String?.self, String?.self)
        var doneBy: Person?
        if let staff, let name { doneBy = Person(id: ID(staff), name: name) }
        return ErrandLine(
            number: number, at: at, kind: kind, code: code, role: role, within: within, visit: visit.map(Int.init),
            doneAt: doneAt, doneBy: doneBy, note: note)
    }
}
