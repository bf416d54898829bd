import Contracts
import DispatcherDomain
import Foundation
import Kernel

/// What a decision can change in a row of table work_order.
struct WorkRow: Sendable {
    let id: ID<WorkOrder>
    let department: String
    /// Codes with spaces between them, as approvals are: no code has one.
    let departments: String
    let state: WorkState
    let version: Int64
    let ownerID: ID<Staff>?
    let ownerName: String?
    let ownerStation: String?
    let poolRole: String?
    let poolLevel: Int?
    let approvals: String
    let changedAt: Date
    let process: String
    let processVersion: Int
    let step: String
    let stepAt: Date
    let revision: Int64
    /// JSON, as the alarms are.
    let course: String
    let alarms: String
    let outcome: String?
    let closedAt: Date?

    init(_ entry: WorkOrderStore.Entry) throws {
        let order = entry.order
        let track = order.state.work
        let pool = entry.pool(.work)
        id = order.id
        department = track.department
        departments = order.departments.joined(separator: " ")
        state = entry.state
        version = order.told
        ownerID = track.holder?.person?.id
        ownerName = track.holder?.person?.name
        ownerStation = track.holder?.station
        poolRole = pool?.role
        poolLevel = pool?.level
        approvals = order.askedRoles.joined(separator: " ")
        changedAt = order.changedAt
        process = order.state.process
        processVersion = order.state.version
        step = track.step
        stepAt = track.since
        revision = order.state.revision
        course = try Self.text(of: order.state, order.id, knownIn: WorkOrderStore.courses)
        alarms = try Self.text(of: order.alarms, order.id, knownIn: WorkOrderStore.alarms)
        outcome = track.outcome?.rawValue
        closedAt = order.state.isClosed ? track.since : nil
    }

    private static func text<Value: Encodable>(
        of value: Value, _ order: ID<WorkOrder>, knownIn texts: KnownTexts<Value>
    ) throws -> String {
        let bytes = try WireJSON.encode(value)
        texts.keep(value, of: order.value, as: bytes)
        return String(decoding: bytes, as: UTF8.self)
    }
}
