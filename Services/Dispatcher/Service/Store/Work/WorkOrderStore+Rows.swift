import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Logging
import Postgres

extension WorkOrderStore {
    /// A work order that is stored in a form which this program cannot read. It stands still until its row is put right.
    struct Unreadable: Error, CustomStringConvertible {
        let id: ID<WorkOrder>
        let ticketNumber: String
        let reason: String

        init(_ id: ID<WorkOrder>, _ ticketNumber: String, _ error: DecodingError) {
            self.id = id
            self.ticketNumber = ticketNumber
            reason =
                switch error {
                case .typeMismatch(_, let context), .valueNotFound(_, let context), .keyNotFound(_, let context),
                    .dataCorrupted(let context):
                    context.codingPath.map(\.stringValue).joined(separator: "/") + ": " + context.debugDescription
                @unknown default: "\(error)"
                }
        }

        var description: String { "work order \(id) of ticket \(ticketNumber): \(reason)" }

        func log(to logger: Logger) {
            logger.error(
                """
                A work order cannot be read and is left out. Put its row of dispatch.work_order right: the error names \
                the value in column facts, course or alarms
                """,
                metadata: ["workorder.id": "\(id)", "ticket.number": "\(ticketNumber)", "error": "\(reason)"])
        }
    }

    /// A row of ``columns``.
    ///
    /// - Throws: ``Unreadable``.
    static func record(_ row: Row) throws -> WorkOrderRecord {
        let (id, ticket, number, subject, customer, address, facts, course, told, alarms, changedAt) = try row.decode(
            UUID.self, UUID.self, String.self, String.self, JSON.self, String?.self, JSON.self, JSON.self, Int64.self,
            JSON.self, Date.self)
        do {
            return WorkOrderRecord(
                id: ID(id), ticket: ID(ticket), ticketNumber: number, subject: subject,
                customer: try read(customer, of: id, customers), address: address,
                facts: try read(facts, of: id, Self.facts), state: try read(course, of: id, courses), told: told,
                alarms: try read(alarms, of: id, Self.alarms), changedAt: changedAt)
        } catch let error as DecodingError {
            throw Unreadable(ID(id), number, error)
        }
    }

    private static func read<Value: Decodable>(
        _ json: JSON, of id: UUID, _ texts: KnownTexts<Value>
    ) throws -> Value {
        try texts.value(of: id, as: json.bytes) { try WireJSON.decode(Value.self, from: $0) }
    }

    /// Rows of ``columns``. Those that cannot be read are left out, and the log says which.
    static func records(
        _ rows: QueryResult, _ logger: Logger
    ) throws -> (readable: [WorkOrderRecord], unreadable: [Unreadable]) {
        var readable: [WorkOrderRecord] = []
        var unreadable: [Unreadable] = []
        for row in rows {
            do {
                readable.append(try record(row))
            } catch let error as Unreadable {
                error.log(to: logger)
                unreadable.append(error)
            }
        }
        return (readable, unreadable)
    }
}
