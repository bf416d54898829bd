import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Postgres

extension WorkOrderStore {
    static let columns = """
        id, ticket, ticket_number, subject, department, customer, address, opened_at, state, version, owner_id,
        owner_name, accepted_at, changed_at
        """

    /// A word in the tables that this version does not know: written by a newer one, or by hand.
    struct UnknownState: Error {
        let word: String
    }

    /// A row of ``columns``.
    static func record(_ row: Row) throws -> WorkOrderRecord {
        let (
            id, ticket, number, subject, department, customer, address, openedAt, state, version, owner, ownerName,
            acceptedAt, changedAt
        ) = try row.decode(
            UUID.self, UUID.self, String.self, String.self, String.self, JSON.self, String?.self, Date.self,
            String.self,
            Int64.self, UUID?.self, String?.self, Date?.self, Date.self)
        return WorkOrderRecord(
            id: ID(id), ticket: ID(ticket), ticketNumber: number, subject: subject, department: department,
            customer: try WireJSON.decode(CustomerCard.self, from: customer.bytes), address: address,
            openedAt: openedAt,
            state: try Self.state(state), version: version, owner: person(owner, ownerName), acceptedAt: acceptedAt,
            changedAt: changedAt)
    }

    static func state(_ word: String) throws -> WorkState {
        guard let state = WorkState(rawValue: word) else { throw UnknownState(word: word) }
        return state
    }

    static func person(_ id: UUID?, _ name: String?) -> Person? {
        guard let id, let name else { return nil }
        return Person(id: ID(id), name: name)
    }

    static func text(_ customer: CustomerCard) throws -> String {
        String(decoding: try WireJSON.encode(customer), as: UTF8.self)
    }
}
