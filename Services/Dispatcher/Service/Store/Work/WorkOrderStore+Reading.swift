import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Postgres

/// What a list of work orders shows.
enum WorkOrderView: String, Sendable, CaseIterable {
    /// Work and visits that nobody has and that the caller may take, the oldest first.
    case pool
    /// What the caller has, or his station, the last changed first.
    case mine
    /// Everything that has not ended, the oldest first.
    case open
    /// What has ended, the last first.
    case done
    /// What waits for a grant of one of the caller's roles, the oldest first.
    case approvals
}

extension WorkOrderStore {
    static let columns = """
        o.id, o.ticket, o.ticket_number, o.subject, o.customer, o.address, o.facts, o.course, o.version, o.alarms,
        o.changed_at
        """

    static let now: SQL = "select dispatch.suite_now() as now"

    /// Locks them one after the other until the transaction ends, whoever may see them.
    static func hold(_ ids: [ID<WorkOrder>]) -> SQL {
        """
        select o.id
        from dispatch.work_order o
        where o.id = any(\(ids.map(\.value))::uuid[])
        order by o.id
        for update
        """
    }

    static func find(_ ids: [ID<WorkOrder>], departments: [String]) -> SQL {
        """
        select \(unescaped: columns)
        from dispatch.work_order o
        where o.id = any(\(ids.map(\.value))::uuid[])
          and o.departments && \(departments)::text[]
        """
    }

    /// All of them, locked one after the other until the transaction ends.
    /// Whoever may see it was decided before.
    static func one(_ id: ID<WorkOrder>) -> SQL {
        """
        select \(unescaped: columns)
        from dispatch.work_order o
        where o.id = \(id.value)
        """
    }

    static func lock(_ ids: [UUID]) -> SQL {
        """
        select \(unescaped: columns)
        from dispatch.work_order o
        where o.id = any(\(ids)::uuid[])
        order by o.id
        for update
        """
    }

    /// Those of them that nobody else has locked. It never waits: a timer that fires has its own row locked, and whoever
    /// has the work order may be about to set that timer.
    static func lockFree(_ ids: [UUID]) -> SQL {
        """
        select \(unescaped: columns)
        from dispatch.work_order o
        where o.id = any(\(ids)::uuid[])
        order by o.id
        for update skip locked
        """
    }

    static func find(_ id: ID<WorkOrder>, departments: [String]) -> SQL {
        """
        select \(unescaped: columns)
        from dispatch.work_order o
        where o.id = \(id.value)
          and o.departments && \(departments)::text[]
        """
    }

    /// The work order of a ticket, by the number that people say.
    static func find(ticketNumber: String, departments: [String]) -> SQL {
        """
        select \(unescaped: columns)
        from dispatch.work_order o
        where o.ticket_number = \(ticketNumber)
          and o.departments && \(departments)::text[]
        """
    }

    /// Running work of one version, for a move to another.
    static func running(process: String, version: Int, departments: [String], limit: Int) -> SQL {
        """
        select \(unescaped: columns)
        from dispatch.work_order o
        where o.closed_at is null
          and o.process = \(process)
          and o.process_version = \(version)::bigint
          and o.departments && \(departments)::text[]
        order by o.id
        limit \(limit)
        """
    }

    static func list(_ view: WorkOrderView, for staff: StaffActor, limit: Int) -> SQL {
        let departments = staff.departments.sorted()
        let roles = staff.roles.sorted()
        switch view {
        case .pool:
            return """
                select \(unescaped: columns)
                from dispatch.work_order o
                where o.id in (
                  select w.id
                  from dispatch.work_order w
                  where w.closed_at is null
                    and w.department = any(\(departments)::text[])
                    and w.pool_role = any(\(roles)::text[])
                    and w.pool_level <= \(staff.level)
                  union all
                  select v.work_order
                  from dispatch.work_visit v
                  where v.outcome is null
                    and v.department = any(\(departments)::text[])
                    and v.pool_role = any(\(roles)::text[])
                    and v.pool_level <= \(staff.level))
                order by o.opened_at, o.id
                limit \(limit)
                """
        case .mine:
            return """
                select \(unescaped: columns)
                from dispatch.work_order o
                where o.id in (
                  select w.id
                  from dispatch.work_order w
                  where w.closed_at is null
                    and w.owner_id = \(staff.person.id.value)
                  union all
                  select w.id
                  from dispatch.work_order w
                  where w.closed_at is null
                    and w.owner_station = any(\(staff.stations.sorted())::text[])
                  union all
                  select v.work_order
                  from dispatch.work_visit v
                  where v.outcome is null
                    and v.owner_id = \(staff.person.id.value)
                  union all
                  select v.work_order
                  from dispatch.work_visit v
                  where v.outcome is null
                    and v.owner_station = any(\(staff.stations.sorted())::text[]))
                order by o.changed_at desc, o.id
                limit \(limit)
                """
        case .open:
            return """
                select \(unescaped: columns)
                from dispatch.work_order o
                where o.closed_at is null
                  and (o.department = any(\(departments)::text[]) or o.home = any(\(departments)::text[]))
                order by o.opened_at, o.id
                limit \(limit)
                """
        case .done:
            return """
                select \(unescaped: columns)
                from dispatch.work_order o
                where o.closed_at is not null
                  and o.department = any(\(departments)::text[])
                order by o.closed_at desc, o.id
                limit \(limit)
                """
        case .approvals:
            return """
                select \(unescaped: columns)
                from dispatch.work_order o
                where o.approvals <> '{}'
                  and o.approvals && \(roles)::text[]
                  and o.departments && \(departments)::text[]
                  and o.closed_at is null
                order by o.opened_at, o.id
                limit \(limit)
                """
        }
    }

    /// The history, the oldest first.
    static func events(of id: ID<WorkOrder>) -> SQL {
        """
        select revision, body
        from dispatch.work_event
        where work_order = \(id.value)
        order by revision
        """
    }

    static func event(_ row: Row) throws -> (revision: Int64, event: ProcessEvent) {
        let (revision, body) = try row.decode(Int64.self, JSON.self)
        return (revision, try WireJSON.decode(ProcessEvent.self, from: body.bytes))
    }

    /// How this person took the action himself, after the revision, if nobody else has done anything since, with what it
    /// filled in, the latest first: his telephone may say once more all that it has no answer to.
    static func actions(
        _ action: String, _ scope: Scope, of id: ID<WorkOrder>, by person: ID<Staff>, after revision: Int64
    ) -> SQL {
        """
        select taken.body, filled.body
        from dispatch.work_event taken
        left join dispatch.work_event filled
          on filled.work_order = taken.work_order and filled.revision = taken.revision - 1 and filled.kind = 'filled'
        where taken.work_order = \(id.value)
          and taken.revision > \(revision)
          and taken.kind = 'acted'
          and taken.subject = \(action)
          and taken.visit is not distinct from \(scope.visitNumber.map(Int64.init))::bigint
          and taken.actor_id = \(person.value)
          and not exists (
            select from dispatch.work_event since
            where since.work_order = \(id.value)
              and since.revision > taken.revision
              and since.actor_id <> \(person.value))
        order by taken.revision desc
        limit 20
        """
    }

    /// Whether this person has taken an action of the process himself.
    static func hasActed(_ person: ID<Staff>, on id: ID<WorkOrder>) -> SQL {
        """
        select exists (
          select from dispatch.work_event
          where work_order = \(id.value) and kind = 'acted' and actor_id = \(person.value)) as acted
        """
    }

    /// When a visit was opened.
    static func opening(of visit: Int, in order: ID<WorkOrder>) -> SQL {
        """
        select at
        from dispatch.work_event
        where work_order = \(order.value)
          and kind = 'visitOpened'
          and visit = \(visit)
        """
    }

    /// What this person is told of, by name or by role, the last first.
    static func notices(for staff: StaffActor, limit: Int) -> SQL {
        """
        select n.id, n.work_order, o.ticket_number, o.subject, n.at, n.recipient, n.occasion, n.visit, n.step
        from dispatch.work_notice n
        join dispatch.work_order o on o.id = n.work_order
        where n.staff = \(staff.person.id.value)
          or n.station = any(\(staff.stations.sorted())::text[])
          or (n.staff is null and n.station is null and n.recipient = any(\(staff.roles.sorted())::text[])
            and n.department = any(\(staff.departments.sorted())::text[]))
        order by n.id desc
        limit \(limit)
        """
    }
}
