import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Postgres

/// A step that was taken, as the history keeps it.
struct StepTaken: Sendable {
    let version: Int64
    let from: WorkState?
    let to: WorkState
    let actor: Person?
    let note: String?
    let at: Date
}

/// What a list of work orders shows.
enum WorkOrderView: String, Sendable, CaseIterable {
    /// Waiting for somebody to accept them, the oldest first.
    case pool
    /// The caller's own that are not done, the last changed first.
    case mine
    /// Everything that is not done, the oldest first.
    case open
    /// Done and closed, the last changed first.
    case done
}

/// Reads and writes tables work_order and work_step.
///
/// Everything for people runs in a transaction of role `dispatch_member` that begins with ``scope(to:)``; the
/// statements name the departments all the same, so that the planner picks the index and the policy is only the net.
struct WorkOrderStore: Sendable {
    static let member = "dispatch_member"

    /// Opens the work orders that are not there yet, with their first step.
    ///
    /// - Returns: the ids of those that were opened now.
    func open(_ moves: [WorkMoved], in transaction: Transaction) async throws -> Set<ID<WorkOrder>> {
        let rows = try await transaction.query(
            """
            with opened as (
              insert into dispatch.work_order (
                id, ticket, ticket_number, subject, department, customer, address, state, version, opened_at,
                changed_at)
              select id, ticket, number, subject, department, customer::jsonb, address, 'offered', 1, at, at
              from unnest(
                \(moves.map(\.workOrder.value))::uuid[], \(moves.map(\.ticket.value))::uuid[],
                \(moves.map(\.ticketNumber))::text[], \(moves.map(\.subject))::text[],
                \(moves.map(\.department))::text[], \(try moves.map { try Self.text($0.customer) })::text[],
                \(moves.map(\.address))::text[], \(moves.map(\.at))::timestamptz[]
              ) as t (id, ticket, number, subject, department, customer, address, at)
              on conflict do nothing
              returning id, opened_at
            ), first_step as (
              insert into dispatch.work_step (work_order, version, to_state, at)
              select id, 1, 'offered', opened_at
              from opened
            )
            select id
            from opened
            """)
        return Set(try rows.map { ID(try $0.decode(UUID.self)) })
    }

    /// The first statement of a person's transaction: which departments row-level security lets through. The plan must
    /// fit the caller's departments, not those of whoever came first.
    func scope(to departments: Set<String>) -> SQL {
        """
        select
          set_config('paidan.departments', (\(departments.sorted())::text[])::text, true),
          set_config('plan_cache_mode', 'force_custom_plan', true)
        """
    }

    /// The suite's time and the work order, not locked; no work order when the departments hold none of this id.
    func find(
        _ id: ID<WorkOrder>, departments: Set<String>, in transaction: Transaction
    ) async throws -> (now: Date, order: WorkOrderRecord?) {
        let results = try await transaction.pipeline([
            "select now() + shift from dispatch.clock",
            """
            select \(unescaped: Self.columns)
            from dispatch.work_order
            where id = \(id.value)
              and department = any(\(departments.sorted())::text[])
            """,
        ])
        return (try results[0][0].decode(Date.self), try results[1].first.map(Self.record))
    }

    /// Saves the step when the work order is still as `order` says: one conditional update, so that of many who try at
    /// once exactly one succeeds. Waits for the row's lock.
    ///
    /// - Returns: false when somebody else was quicker; nothing was changed.
    func save(_ move: WorkMoved, on order: WorkOrderRecord, in transaction: Transaction) async throws -> Bool {
        let next = order.applying(move)
        let result = try await transaction.query(
            """
            with moved as (
              update dispatch.work_order
              set state = \(next.state.rawValue),
                version = \(next.version),
                owner_id = \(next.owner?.id.value),
                owner_name = \(next.owner?.name),
                accepted_at = \(next.acceptedAt),
                changed_at = \(next.changedAt)
              where id = \(order.id.value)
                and version = \(order.version)
                and state = \(order.state.rawValue)
              returning id
            )
            insert into dispatch.work_step (
              work_order, version, from_state, to_state, actor_id, actor_name, note, at)
            select id, \(next.version)::bigint, \(order.state.rawValue)::text, \(next.state.rawValue)::text,
              \(move.actor?.id.value)::uuid, \(move.actor?.name)::text, \(move.note)::text, \(move.at)::timestamptz
            from moved
            """)
        return result.affected == 1
    }

    /// True when this person took the step to `state` himself.
    func hasTaken(
        _ state: WorkState, of id: ID<WorkOrder>, by person: ID<Staff>, in transaction: Transaction
    ) async throws -> Bool {
        let rows = try await transaction.query(
            """
            select version
            from dispatch.work_step
            where work_order = \(id.value)
              and to_state = \(state.rawValue)
              and actor_id = \(person.value)
            """)
        return !rows.isEmpty
    }

    /// The history, the oldest step first.
    func steps(of id: ID<WorkOrder>, in transaction: Transaction) async throws -> [StepTaken] {
        let rows = try await transaction.query(
            """
            select version, from_state, to_state, actor_id, actor_name, note, at
            from dispatch.work_step
            where work_order = \(id.value)
            order by version
            """)
        return try rows.map { row in
            let (version, from, to, actor, name, note, at) = try row.decode(
                Int64.self, String?.self, String.self, UUID?.self, String?.self, String?.self, Date.self)
            return StepTaken(
                version: version, from: try from.map(Self.state), to: try Self.state(to),
                actor: Self.person(actor, name), note: note, at: at)
        }
    }

    /// Work orders of the departments. Indexes work_order_pool, _mine, _open, _done.
    func list(
        _ view: WorkOrderView, of person: ID<Staff>, departments: Set<String>, limit: Int, in transaction: Transaction
    ) async throws -> [WorkOrderRecord] {
        let statement: SQL
        switch view {
        case .pool:
            statement = """
                select \(unescaped: Self.columns)
                from dispatch.work_order
                where department = any(\(departments.sorted())::text[])
                  and state = 'offered'
                order by opened_at, id
                limit \(limit)
                """
        case .mine:
            statement = """
                select \(unescaped: Self.columns)
                from dispatch.work_order
                where owner_id = \(person.value)
                  and department = any(\(departments.sorted())::text[])
                  and state in ('accepted', 'travelling', 'onSite')
                order by changed_at desc, id
                limit \(limit)
                """
        case .open:
            statement = """
                select \(unescaped: Self.columns)
                from dispatch.work_order
                where department = any(\(departments.sorted())::text[])
                  and state in ('offered', 'accepted', 'travelling', 'onSite')
                order by opened_at, id
                limit \(limit)
                """
        case .done:
            statement = """
                select \(unescaped: Self.columns)
                from dispatch.work_order
                where department = any(\(departments.sorted())::text[])
                  and state in ('done', 'closed')
                order by changed_at desc, id
                limit \(limit)
                """
        }
        return try await transaction.query(statement).map(Self.record)
    }

    /// The work order of a ticket, by the number that people say.
    func find(
        ticketNumber: String, departments: Set<String>, in transaction: Transaction
    ) async throws -> [WorkOrderRecord] {
        try await transaction.query(
            """
            select \(unescaped: Self.columns)
            from dispatch.work_order
            where ticket_number = \(ticketNumber)
              and department = any(\(departments.sorted())::text[])
            """
        ).map(Self.record)
    }
}
