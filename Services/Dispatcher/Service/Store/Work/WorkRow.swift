import Contracts
import DispatcherDomain
import Foundation
import Kernel

/// A row of table work_order, as its statements read it out of one JSON text.
struct WorkRow: Encodable, Sendable {
    let id: ID<WorkOrder>
    let ticket: ID<Ticket>
    let ticketNumber: String
    let subject: String
    let customer: CustomerCard
    let address: String?
    let openedAt: Date
    let facts: [String: FieldValue]
    let department: String
    let home: String
    let departments: [String]
    let state: WorkState
    let version: Int64
    let ownerID: ID<Staff>?
    let ownerName: String?
    let ownerStation: String?
    let poolRole: String?
    let poolLevel: Int?
    let approvals: [String]
    let changedAt: Date
    let process: String
    let processVersion: Int
    let step: String
    let stepAt: Date
    let revision: Int64
    let course: ProcessState
    let alarms: AlarmList
    let outcome: String?
    let closedAt: Date?

    private enum CodingKeys: String, CodingKey {
        case id, ticket, subject, customer, address, facts, department, home, departments, state, version, approvals
        case process, step, revision, course, alarms, outcome
        case ticketNumber = "ticket_number"
        case openedAt = "opened_at"
        case ownerID = "owner_id"
        case ownerName = "owner_name"
        case ownerStation = "owner_station"
        case poolRole = "pool_role"
        case poolLevel = "pool_level"
        case changedAt = "changed_at"
        case processVersion = "process_version"
        case stepAt = "step_at"
        case closedAt = "closed_at"
    }

    init(_ entry: WorkOrderStore.Entry) {
        let order = entry.order
        let track = order.state.work
        let pool = entry.pool(.work)
        id = order.id
        ticket = order.ticket
        ticketNumber = order.ticketNumber
        subject = order.subject
        customer = order.customer
        address = order.address
        openedAt = order.state.openedAt
        facts = order.facts
        department = track.department
        home = order.state.home
        departments = order.departments
        state = entry.state
        version = order.told
        ownerID = track.holder?.person?.id
        ownerName = track.holder?.person?.name
        ownerStation = track.holder?.station
        poolRole = pool?.role
        poolLevel = pool?.level
        approvals = order.askedRoles
        changedAt = order.changedAt
        process = order.state.process
        processVersion = order.state.version
        step = track.step
        stepAt = track.since
        revision = order.state.revision
        course = order.state
        alarms = order.alarms
        outcome = track.outcome?.rawValue
        closedAt = order.state.isClosed ? track.since : nil
    }

    /// The columns that a decision can change.
    static let changing = """
        department text, departments text[], state text, version bigint, owner_id uuid, owner_name text,
        owner_station text, pool_role text, pool_level smallint, approvals text[], changed_at timestamptz, process text,
        process_version int, step text, step_at timestamptz, revision bigint, course jsonb, alarms jsonb, outcome text,
        closed_at timestamptz
        """
}
