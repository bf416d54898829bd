import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Postgres

extension WorkOrderStore {
    /// Inserts work orders that are not there yet.
    ///
    /// - Returns: the ids of those that were inserted now.
    func insert(_ entries: [Entry], in transaction: Transaction) async throws -> Set<ID<WorkOrder>> {
        let rows = try entries.map(WorkRow.init)
        let inserted = try await transaction.query(
            """
            insert into dispatch.work_order (
              id, ticket, ticket_number, subject, customer, address, opened_at, facts, home, department,
              departments, state, version, owner_id, owner_name, owner_station, pool_role, pool_level, approvals,
              changed_at, process, process_version, step, step_at, revision, course, alarms, outcome, closed_at)
            select
              id, ticket, ticket_number, subject, customer::jsonb, address, opened_at, facts::jsonb, home,
              department, string_to_array(departments, ' '), state, version, owner_id, owner_name, owner_station,
              pool_role, pool_level, string_to_array(approvals, ' '), changed_at, process, process_version, step,
              step_at, revision, course::json, alarms::json, outcome, closed_at
            from unnest(
              \(entries.map(\.order.id.value))::uuid[],
              \(entries.map(\.order.ticket.value))::uuid[],
              \(entries.map(\.order.ticketNumber))::text[],
              \(entries.map(\.order.subject))::text[],
              \(try entries.map { try Self.json($0.order.customer) })::text[],
              \(entries.map(\.order.address))::text[],
              \(entries.map(\.order.state.openedAt))::timestamptz[],
              \(try entries.map { try Self.json($0.order.facts) })::text[],
              \(entries.map(\.order.state.home))::text[],
              \(rows.map(\.department))::text[],
              \(rows.map(\.departments))::text[],
              \(rows.map(\.state.rawValue))::text[],
              \(rows.map(\.version))::bigint[],
              \(rows.map(\.ownerID?.value))::uuid[],
              \(rows.map(\.ownerName))::text[],
              \(rows.map(\.ownerStation))::text[],
              \(rows.map(\.poolRole))::text[],
              \(rows.map(\.poolLevel))::bigint[],
              \(rows.map(\.approvals))::text[],
              \(rows.map(\.changedAt))::timestamptz[],
              \(rows.map(\.process))::text[],
              \(rows.map(\.processVersion))::bigint[],
              \(rows.map(\.step))::text[],
              \(rows.map(\.stepAt))::timestamptz[],
              \(rows.map(\.revision))::bigint[],
              \(rows.map(\.course))::text[],
              \(rows.map(\.alarms))::text[],
              \(rows.map(\.outcome))::text[],
              \(rows.map(\.closedAt))::timestamptz[]
            ) as w (
              id, ticket, ticket_number, subject, customer, address, opened_at, facts, home, department,
              departments, state, version, owner_id, owner_name, owner_station, pool_role, pool_level, approvals,
              changed_at, process, process_version, step, step_at, revision, course, alarms, outcome, closed_at)
            on conflict do nothing
            returning id
            """)
        return Set(try inserted.map { ID(try $0.decode(UUID.self)) })
    }

    /// Writes work orders that are there and locked, each once.
    static func update(_ entries: [Entry]) throws -> SQL {
        let rows = try entries.map(WorkRow.init)
        return """
            update dispatch.work_order o
            set department = w.department,
              departments = string_to_array(w.departments, ' '),
              state = w.state,
              version = w.version,
              owner_id = w.owner_id,
              owner_name = w.owner_name,
              owner_station = w.owner_station,
              pool_role = w.pool_role,
              pool_level = w.pool_level,
              approvals = string_to_array(w.approvals, ' '),
              changed_at = w.changed_at,
              process = w.process,
              process_version = w.process_version,
              step = w.step,
              step_at = w.step_at,
              revision = w.revision,
              course = w.course::json,
              alarms = w.alarms::json,
              outcome = w.outcome,
              closed_at = w.closed_at
            from unnest(
              \(rows.map(\.id.value))::uuid[],
              \(rows.map(\.department))::text[],
              \(rows.map(\.departments))::text[],
              \(rows.map(\.state.rawValue))::text[],
              \(rows.map(\.version))::bigint[],
              \(rows.map(\.ownerID?.value))::uuid[],
              \(rows.map(\.ownerName))::text[],
              \(rows.map(\.ownerStation))::text[],
              \(rows.map(\.poolRole))::text[],
              \(rows.map(\.poolLevel))::bigint[],
              \(rows.map(\.approvals))::text[],
              \(rows.map(\.changedAt))::timestamptz[],
              \(rows.map(\.process))::text[],
              \(rows.map(\.processVersion))::bigint[],
              \(rows.map(\.step))::text[],
              \(rows.map(\.stepAt))::timestamptz[],
              \(rows.map(\.revision))::bigint[],
              \(rows.map(\.course))::text[],
              \(rows.map(\.alarms))::text[],
              \(rows.map(\.outcome))::text[],
              \(rows.map(\.closedAt))::timestamptz[]
            ) as w (
              id, department, departments, state, version, owner_id, owner_name, owner_station, pool_role,
              pool_level, approvals, changed_at, process, process_version, step, step_at, revision, course, alarms,
              outcome, closed_at)
            where o.id = w.id
            """
    }
}
