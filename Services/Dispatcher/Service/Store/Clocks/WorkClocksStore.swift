import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Postgres

/// Reads and writes tables clock_event and work_clocks.
struct WorkClocksStore: Sendable {
    /// The clocks of one work order, as they were stored last.
    struct Row: Sendable {
        let workOrder: ID<WorkOrder>
        let department: String
        let customer: UUID?
        /// How many events the clocks are the fold of.
        let events: Int
        let clocks: WorkClocks
        let nextAt: Date?
    }

    private static let columns = "c.work_order, c.department, c.customer, c.events, c.state, c.next_at"

    /// Locks the clocks and the work orders themselves, to the end of the transaction; unknown ones are left out.
    ///
    /// - Parameter skippingLocked: those that others work on are left out, too.
    func lock(
        _ workOrders: Set<ID<WorkOrder>>, skippingLocked: Bool, in transaction: Transaction
    ) async throws -> [Row] {
        let ids = workOrders.map(\.value)
        guard skippingLocked else { return try Self.rows(await transaction.query(Self.lock(workOrders))) }
        // Whoever changes a work order locks it first and sets its timers last; a timer that is being fired goes the
        // other way round, so it waits for nobody.
        return try Self.rows(
            await transaction.query(
                """
                select \(unescaped: Self.columns)
                from dispatch.work_clocks c
                join dispatch.work_order o on o.id = c.work_order
                where c.work_order = any (\(ids))
                for update of c, o skip locked
                """))
    }

    /// The clocks of work orders that are locked already; see ``rows(_:)``.
    static func lock(_ workOrders: Set<ID<WorkOrder>>) -> SQL {
        """
        select \(unescaped: columns)
        from dispatch.work_clocks c
        where c.work_order = any (\(workOrders.map(\.value)))
        order by c.work_order
        for update
        """
    }

    /// The work order alone: whoever changes its clocks does so after it.
    func lockWork(_ workOrder: ID<WorkOrder>, in transaction: Transaction) async throws {
        try await transaction.query(
            "select 1 as one from dispatch.work_order where id = \(workOrder.value) for update")
    }

    /// Nil when there are none, or none that the caller may see.
    func find(_ workOrder: ID<WorkOrder>, in transaction: Transaction) async throws -> Row? {
        try Self.rows(
            await transaction.query(
                """
                select \(unescaped: Self.columns)
                from dispatch.work_clocks c
                where c.work_order = \(workOrder.value)
                """)
        ).first
    }

    /// Every event, in the order in which they were written.
    func history(of workOrder: ID<WorkOrder>, in transaction: Transaction) async throws -> [ClockEvent] {
        try await transaction.query(
            """
            select at, fact
            from dispatch.clock_event
            where work_order = \(workOrder.value)
            order by number
            """
        ).map(Self.event)
    }

    /// The deadlines as they are stored, for comparison with a replay.
    func storedDeadlines(of workOrder: ID<WorkOrder>, in transaction: Transaction) async throws -> String? {
        try await transaction.query(
            "select deadlines from dispatch.work_clocks where work_order = \(workOrder.value)"
        ).first?.value("deadlines")
    }

    /// Appends `events` and stores what they come to.
    func save(_ row: Row, _ events: [ClockEvent], _ clocks: WorkClocks) throws -> [SQL] {
        let deadlines = clocks.deadlines
        let facts = try events.map { String(decoding: try WireJSON.encode($0.fact), as: UTF8.self) }
        let standsOn = clocks.isClosed ? [] : clocks.references
        return [
            """
            insert into dispatch.clock_event (work_order, number, at, fact)
            select \(row.workOrder.value), \(row.events) + e.place, e.at, e.fact
            from unnest(\(events.map(\.at))::timestamptz[], \(facts)::text[]) with ordinality as e (at, fact, place)
            """,
            """
            insert into dispatch.work_clocks (
              work_order, department, customer, events, state, deadlines, next_at, stands_on, closed, changed_at)
            values (
              \(row.workOrder.value), \(row.department), \(row.customer), \(row.events + events.count),
              \(String(decoding: try WireJSON.encode(clocks), as: UTF8.self)),
              \(String(decoding: try clocks.storedDeadlines(), as: UTF8.self)), \(deadlines.first?.at),
              \(standsOn), \(clocks.isClosed), \(clocks.changedAt))
            on conflict (work_order) do update
            set events = excluded.events,
              state = excluded.state,
              deadlines = excluded.deadlines,
              next_at = excluded.next_at,
              stands_on = excluded.stands_on,
              closed = excluded.closed,
              changed_at = excluded.changed_at
            """,
        ]
    }

    /// Running clocks that are counted by a version that is not the newest; those that others work on are left out.
    func lockOutdated(limit: Int, in transaction: Transaction) async throws -> [Row] {
        try Self.rows(
            await transaction.query(
                """
                select \(unescaped: Self.columns)
                from dispatch.work_clocks c
                join dispatch.work_order o on o.id = c.work_order
                where not c.closed and c.stands_on && \(unescaped: Self.outdated)
                limit \(limit)
                for update of c, o skip locked
                """))
    }

    func hasOutdated(in transaction: Transaction) async throws -> Bool {
        try await transaction.query(
            """
            select exists (
              select from dispatch.work_clocks c
              where not c.closed and c.stands_on && \(unescaped: Self.outdated)) as more
            """)[0].value("more")
    }

    /// Versions that are not the newest, as ``WorkClocks/references`` writes them.
    private static let outdated = """
        array(
          select 'calendar:' || v.key || '@' || v.version
          from dispatch.calendar_version v
          join dispatch.calendar n on n.key = v.key and n.version > v.version
          union all
          select 'policy:' || v.key || '@' || v.version
          from dispatch.sla_policy_version v
          join dispatch.sla_policy n on n.key = v.key and n.version > v.version)
        """

    struct Histories: Sendable {
        /// By work order, each in the order in which it was written.
        let histories: [(workOrder: ID<WorkOrder>, events: [ClockEvent])]
        let isCut: Bool
    }

    /// The histories of work of these departments that changed since `start` and was opened before `end`.
    func histories(
        of departments: [String], from start: Date, until end: Date, after: ID<WorkOrder>?, limit: Int,
        in transaction: Transaction
    ) async throws -> Histories {
        let ids = try await transaction.query(
            """
            select c.work_order
            from dispatch.work_clocks c
            where c.department = any (\(departments))
              and c.changed_at >= \(start)
              and (\(after?.value)::uuid is null or c.work_order > \(after?.value)::uuid)
              and exists (
                select from dispatch.clock_event e
                where e.work_order = c.work_order and e.number = 1 and e.at < \(end))
            order by c.work_order
            limit \(limit + 1)
            """
        ).map { try $0.decode(UUID.self) }
        let taken = Array(ids.prefix(limit))
        var histories: [(workOrder: ID<WorkOrder>, events: [ClockEvent])] = []
        let rows = try await transaction.query(
            """
            select at, fact, work_order
            from dispatch.clock_event
            where work_order = any (\(taken))
            order by work_order, number
            """)
        for row in rows {
            let id = ID<WorkOrder>(try row.value("work_order", as: UUID.self))
            if histories.last?.workOrder != id { histories.append((id, [])) }
            histories[histories.count - 1].events.append(try Self.event(row))
        }
        return Histories(histories: histories, isCut: ids.count > limit)
    }

    private static func event(_ row: Postgres.Row) throws -> ClockEvent {
        let (at, fact): (Date, String) = (try row.value("at"), try row.value("fact"))
        return ClockEvent(try WireJSON.decode(ClockFact.self, from: Array(fact.utf8)), at: at)
    }

    static func rows(_ result: QueryResult) throws -> [Row] {
        try result.map { row in
            let (id, department, customer, events, state, next) = try row.decode(
                UUID.self, String.self, UUID?.self, Int.self, String.self, Date?.self)
            return Row(
                workOrder: ID(id), department: department, customer: customer, events: events,
                clocks: try WireJSON.decode(WorkClocks.self, from: Array(state.utf8)), nextAt: next)
        }
    }
}
