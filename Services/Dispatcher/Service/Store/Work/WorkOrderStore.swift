import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Messaging
import Postgres

/// Reads and writes tables work_order, work_visit, work_event, work_notice and work_errand.
///
/// Everything for people is read in the place of the person (``WorkScope``); the statements name the departments all
/// the same, so that the planner picks the index and the policy is only the net. Only the service itself writes.
struct WorkOrderStore: Sendable {
    /// A work order and what its row shows of it in columns of their own.
    struct Entry: Sendable {
        let order: WorkOrderRecord
        let definition: ProcessDefinition

        var state: WorkState { definition.workState(of: order.state) }

        /// Who may take a document that nobody has; nil when somebody has it, or when nobody is wanted.
        func pool(_ scope: Scope) -> RoleReference? {
            guard let track = order.state[scope], track.holder == nil, track.outcome == nil else { return nil }
            return definition.track(scope)?.step(track.step)?.owner
        }
    }

    /// A decision that was made about a work order, ready to be kept.
    struct Change: Sendable {
        let entry: Entry
        let decision: Decision
        let at: Date

        var firstRevision: Int64 { decision.state.revision - Int64(decision.events.count) + 1 }
    }

    static let courses = KnownTexts<ProcessState>()
    static let alarms = KnownTexts<AlarmList>()
    static let facts = KnownTexts<[String: FieldValue]>()
    static let customers = KnownTexts<CustomerCard>()

    /// What happened, who is to be told, what else is to be done, and the visits as they stand.
    static func record(_ changes: [Change]) throws -> [SQL] {
        var statements = [try insertEvents(changes)]
        let visits = changes.flatMap { change in
            let touched = Set(change.decision.events.compactMap { $0.change.scope.visitNumber })
            return touched.sorted().map { (change.entry, $0) }
        }
        if !visits.isEmpty { statements.append(upsert(visits)) }
        let notices = changes.flatMap { change in
            change.decision.effects.compactMap { effect -> (Change, Notice)? in
                guard case .notify(let notice) = effect, notice.to != .customer else { return nil }
                return (change, notice)
            }
        }
        if !notices.isEmpty { statements.append(insert(notices)) }
        let errands = changes.flatMap { change in
            change.decision.effects.compactMap { effect -> (Change, Errand)? in
                guard case .errand(let errand) = effect else { return nil }
                return (change, errand)
            }
        }
        if !errands.isEmpty { statements.append(try insert(errands)) }
        return statements
    }

    private static func insertEvents(_ changes: [Change]) throws -> SQL {
        let lines = changes.flatMap { change in
            change.decision.events.enumerated().map { (change.entry.order.id, change.firstRevision + Int64($0), $1) }
        }
        return """
            insert into dispatch.work_event (work_order, revision, at, kind, visit, subject, actor_id, body)
            select work_order, revision, at, kind, visit, subject, actor_id, body::jsonb
            from unnest(
              \(lines.map(\.0.value))::uuid[],
              \(lines.map(\.1))::bigint[],
              \(lines.map(\.2.at))::timestamptz[],
              \(lines.map(\.2.change.word))::text[],
              \(lines.map { $0.2.change.scope.visitNumber.map(Int64.init) })::bigint[],
              \(lines.map(\.2.change.subject))::text[],
              \(lines.map(\.2.by.person?.id.value))::uuid[],
              \(try lines.map { try json($0.2) })::text[]
            ) as t (work_order, revision, at, kind, visit, subject, actor_id, body)
            """
    }

    private static func upsert(_ visits: [(entry: Entry, number: Int)]) -> SQL {
        let rows = visits.compactMap { entry, number in
            entry.order.state[.visit(number)].map { (entry, number, $0, entry.pool(.visit(number))) }
        }
        return """
            insert into dispatch.work_visit (
              work_order, number, step, step_at, department, owner_id, owner_name, owner_station, pool_role, pool_level,
              outcome)
            select *
            from unnest(
              \(rows.map(\.0.order.id.value))::uuid[],
              \(rows.map { Int64($0.1) })::bigint[],
              \(rows.map(\.2.step))::text[],
              \(rows.map(\.2.since))::timestamptz[],
              \(rows.map(\.2.department))::text[],
              \(rows.map(\.2.holder?.person?.id.value))::uuid[],
              \(rows.map(\.2.holder?.person?.name))::text[],
              \(rows.map(\.2.holder?.station))::text[],
              \(rows.map(\.3?.role))::text[],
              \(rows.map { $0.3.map { Int64($0.level) } })::bigint[],
              \(rows.map(\.2.outcome?.rawValue))::text[]
            )
            on conflict (work_order, number) do update
            set step = excluded.step,
              step_at = excluded.step_at,
              department = excluded.department,
              owner_id = excluded.owner_id,
              owner_name = excluded.owner_name,
              owner_station = excluded.owner_station,
              pool_role = excluded.pool_role,
              pool_level = excluded.pool_level,
              outcome = excluded.outcome
            """
    }

    private static func insert(_ notices: [(change: Change, notice: Notice)]) -> SQL {
        """
        insert into dispatch.work_notice (
          work_order, at, recipient, staff, station, department, occasion, visit, step)
        select work_order, at, recipient, staff, station, department, occasion, visit, step
        from unnest(
          \(notices.map(\.change.entry.order.id.value))::uuid[],
          \(notices.map(\.change.at))::timestamptz[],
          \(notices.map { $0.notice.role?.role ?? $0.notice.to.description })::text[],
          \(notices.map(\.notice.holder?.person?.id.value))::uuid[],
          \(notices.map(\.notice.holder?.station))::text[],
          \(notices.map { $0.change.decision.state[$0.notice.scope]?.department ?? $0.change.decision.state.home })::text[],
          \(notices.map(\.notice.occasion))::text[],
          \(notices.map { $0.notice.scope.visitNumber.map(Int64.init) })::bigint[],
          \(notices.map(\.notice.step))::text[]
        ) with ordinality as t (
          work_order, at, recipient, staff, station, department, occasion, visit, step, place)
        order by place
        """
    }

    private static func insert(_ errands: [(change: Change, errand: Errand)]) throws -> SQL {
        """
        insert into dispatch.work_errand (work_order, at, kind, code, role, within, visit, fields)
        select work_order, at, kind, code, role, within, visit, fields::jsonb
        from unnest(
          \(errands.map(\.change.entry.order.id.value))::uuid[],
          \(errands.map(\.change.at))::timestamptz[],
          \(errands.map(\.errand.kind.rawValue))::text[],
          \(errands.map(\.errand.code))::text[],
          \(errands.map(\.errand.role))::text[],
          \(errands.map(\.errand.within?.description))::text[],
          \(errands.map { $0.errand.scope.visitNumber.map(Int64.init) })::bigint[],
          \(try errands.map { try json($0.errand.fields) })::text[]
        ) with ordinality as t (work_order, at, kind, code, role, within, visit, fields, place)
        order by place
        """
    }

    static func json(_ value: some Encodable) throws -> String {
        String(decoding: try WireJSON.encode(value), as: UTF8.self)
    }
}
