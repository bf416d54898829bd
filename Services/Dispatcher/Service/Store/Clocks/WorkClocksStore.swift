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
        /// How the runs are stored, as far as it is known.
        var runTexts: [WrittenJSON] = []
    }

    private static let known = KnownTexts<StoredClocks>()
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

    /// Which process the work runs by.
    func process(
        of workOrder: ID<WorkOrder>, in transaction: Transaction
    ) async throws -> (code: String, version: Int)? {
        try await transaction.query(
            """
            select process, process_version::bigint
            from dispatch.work_order
            where id = \(workOrder.value)
            """
        ).first.map { row in
            let (code, version) = try row.decode(String.self, Int64.self)
            return (code, Int(version))
        }
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

    /// Clocks that events have changed.
    struct Change: Sendable {
        /// As they were stored before; of an open work order's first, without events.
        let row: Row
        let events: [ClockEvent]
        let clocks: WorkClocks

        /// As they are stored when it was saved.
        var after: Row {
            Row(
                workOrder: row.workOrder, department: row.department, customer: row.customer,
                events: row.events + events.count, clocks: clocks, nextAt: clocks.deadlines.first?.at)
        }
    }

    /// Appends the events and stores what they come to, each work order's in one change.
    static func save(_ changes: [Change]) throws -> [SQL] {
        if changes.isEmpty { return [] }
        let lines = changes.flatMap { change in
            change.events.enumerated().map { (change.row.workOrder, change.row.events + $0 + 1, $1) }
        }
        let rows = try changes.map { change in
            let stored = try StoredClocks(change.clocks, after: change.row)
            let state = try WireJSON.encode(stored)
            known.keep(stored, of: change.row.workOrder.value, as: state)
            return (
                change: change, state: String(decoding: state, as: UTF8.self), deadlines: change.clocks.deadlines,
                text: String(decoding: try change.clocks.storedDeadlines(), as: UTF8.self)
            )
        }
        return [
            """
            insert into dispatch.clock_event (work_order, number, at, fact)
            select work_order, number, at, fact
            from unnest(
              \(lines.map(\.0.value))::uuid[],
              \(lines.map(\.1))::bigint[],
              \(lines.map(\.2.at))::timestamptz[],
              \(try lines.map { String(decoding: try WireJSON.encode($0.2.fact), as: UTF8.self) })::text[]
            ) as e (work_order, number, at, fact)
            """,
            """
            insert into dispatch.work_clocks (
              work_order, department, customer, events, state, deadlines, next_at, stands_on, closed, changed_at,
              closed_at)
            select work_order, department, customer, events, state, deadlines, next_at,
              string_to_array(stands_on, ' '), closed, changed_at, case when closed then changed_at end
            from unnest(
              \(rows.map(\.change.row.workOrder.value))::uuid[],
              \(rows.map(\.change.row.department))::text[],
              \(rows.map(\.change.row.customer))::uuid[],
              \(rows.map { $0.change.row.events + $0.change.events.count })::bigint[],
              \(rows.map(\.state))::text[],
              \(rows.map(\.text))::text[],
              \(rows.map(\.deadlines.first?.at))::timestamptz[],
              \(rows.map { standsOn($0.change.clocks) })::text[],
              \(rows.map(\.change.clocks.isClosed))::boolean[],
              \(rows.map(\.change.clocks.changedAt))::timestamptz[]
            ) as c (
              work_order, department, customer, events, state, deadlines, next_at, stands_on, closed, changed_at)
            on conflict (work_order) do update
            set events = excluded.events,
              state = excluded.state,
              deadlines = excluded.deadlines,
              next_at = excluded.next_at,
              stands_on = excluded.stands_on,
              closed = excluded.closed,
              changed_at = excluded.changed_at,
              closed_at = excluded.closed_at
            """,
        ]
    }

    /// No key of a calendar or a policy has a space.
    private static func standsOn(_ clocks: WorkClocks) -> String {
        clocks.isClosed ? "" : clocks.references.joined(separator: " ")
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
              and (c.closed_at is null or c.closed_at >= \(start))
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
            let stored = try known.value(of: id, as: Array(state.utf8)) {
                StoredClocks(read: try WireJSON.decode(WorkClocks.self, from: $0))
            }
            return Row(
                workOrder: ID(id), department: department, customer: customer, events: events, clocks: stored.clocks,
                nextAt: next, runTexts: stored.runs)
        }
    }
}
