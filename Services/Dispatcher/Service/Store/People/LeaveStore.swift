import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Postgres

/// Reads and writes table leave.
struct LeaveStore: Sendable {
    struct Filter: Sendable {
        var staff: ID<Staff>?
        var state: String?
        var from = Date(timeIntervalSince1970: -2_208_988_800)
        var until = Date(timeIntervalSince1970: 7_258_118_400)
        var limit = 100
    }

    /// The last begun first; only what the caller may see.
    func list(_ filter: Filter, in transaction: Transaction) async throws -> [Leave] {
        try await transaction.query(
            """
            select \(unescaped: Self.columns)
            from \(unescaped: Self.tables)
            where l.starts_at < \(filter.until)
              and l.ends_at > \(filter.from)
              and (\(filter.staff?.value)::uuid is null or l.staff = \(filter.staff?.value)::uuid)
              and (\(filter.state)::text is null or l.state = \(filter.state)::text)
            order by l.starts_at desc, l.id
            limit \(filter.limit)
            """
        ).map(Self.leave)
    }

    func find(_ id: ID<Leave>, in transaction: Transaction) async throws -> Leave? {
        try await transaction.query(
            """
            select \(unescaped: Self.columns)
            from \(unescaped: Self.tables)
            where l.id = \(id.value)
            """
        ).first.map(Self.leave)
    }

    /// When somebody is away, by leaves in one of `states`, from `start` on.
    func spans(
        of staff: ID<Staff>, states: [Leave.State], endingAfter start: Date, in transaction: Transaction
    ) async throws -> [Span] {
        try await transaction.query(
            """
            select starts_at, ends_at
            from dispatch.leave
            where staff = \(staff.value)
              and state = any(\(states.map(\.rawValue))::text[])
              and ends_at > \(start)
            order by starts_at
            """
        ).compactMap { row in
            let (start, end) = try row.decode(Date.self, Date.self)
            return Span(start, end)
        }
    }

    func insert(_ leave: Leave, in transaction: Transaction) async throws {
        try await transaction.query(
            """
            insert into dispatch.leave (
              id, staff, department, kind, starts_at, ends_at, reason, deputy, state, version, requested_at)
            values (
              \(leave.id.value), \(leave.staff.id.value), \(leave.department), \(leave.kind.rawValue),
              \(leave.span.start), \(leave.span.end), \(leave.reason), \(leave.deputy?.id.value),
              \(leave.state.rawValue), \(leave.version), \(leave.requestedAt))
            """)
    }

    /// - Returns: false when it is not at the version before.
    func update(_ leave: Leave, in transaction: Transaction) async throws -> Bool {
        try await transaction.query(
            """
            update dispatch.leave
            set state = \(leave.state.rawValue),
              version = \(leave.version),
              decided_by = \(leave.decidedBy?.id.value),
              decided_at = \(leave.decidedAt),
              note = \(leave.note)
            where id = \(leave.id.value)
              and version = \(leave.version - 1)
            """
        ).affected == 1
    }

    /// The name of somebody out of the caller's sight, such as who decided above, is empty.
    private static let columns = """
        l.id, l.staff, coalesce(s.name, ''), l.department, l.kind, l.starts_at, l.ends_at, l.reason, l.deputy,
        coalesce(d.name, ''), l.state, l.version, l.requested_at, l.decided_by, coalesce(b.name, ''), l.decided_at,
        l.note
        """
    private static let tables = """
        dispatch.leave l
        left join dispatch.staff s on s.id = l.staff
        left join dispatch.staff d on d.id = l.deputy
        left join dispatch.staff b on b.id = l.decided_by
        """

    private static func leave(_ row: Row) throws -> Leave {
        let (
            id, staff, name, department, kindWord, start, end, reason, deputy, deputyName, stateWord, version,
            requested,
            decidedBy, decider, decidedAt, note
        ) = try row.decode(
            ID<Leave>.self, ID<Staff>.self, String.self, String.self, String.self, Date.self, Date.self, String?.self,
            ID<Staff>?.self, String.self, String.self, Int64.self, Date.self, ID<Staff>?.self, String.self, Date?.self,
            String?.self)
        guard let kind = Leave.Kind(rawValue: kindWord), let state = Leave.State(rawValue: stateWord),
            let span = Span(start, end)
        else { throw ShiftStore.Unreadable(text: "\(kindWord) \(stateWord)") }
        return Leave(
            id: id, staff: Person(id: staff, name: name), department: department, kind: kind, span: span,
            reason: reason, deputy: deputy.map { Person(id: $0, name: deputyName) }, state: state, version: version,
            requestedAt: requested, decidedBy: decidedBy.map { Person(id: $0, name: decider) }, decidedAt: decidedAt,
            note: note)
    }
}
