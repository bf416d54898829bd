import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Postgres

/// Reads and writes table duty.
struct DutyStore: Sendable {
    struct Filter: Sendable {
        var departments: [String]?
        var post: String?
        var from = Date(timeIntervalSince1970: -2_208_988_800)
        var until = Date(timeIntervalSince1970: 7_258_118_400)
    }

    /// By begin, post and rank; only what the caller may see.
    func list(_ filter: Filter, in transaction: Transaction) async throws -> [Duty] {
        try await transaction.query(
            """
            select d.id, d.department, d.post, d.staff, coalesce(s.name, ''), d.rank, d.starts_at, d.ends_at, d.note
            from dispatch.duty d
            left join dispatch.staff s on s.id = d.staff
            where d.starts_at < \(filter.until)
              and d.ends_at > \(filter.from)
              and (\(filter.departments)::text[] is null or d.department = any(\(filter.departments)::text[]))
              and (\(filter.post)::text is null or d.post = \(filter.post)::text)
            order by d.starts_at, d.post, d.rank, d.id
            limit 5000
            """
        ).map(Self.duty)
    }

    func find(_ id: ID<Duty>, in transaction: Transaction) async throws -> Duty? {
        try await transaction.query(
            """
            select d.id, d.department, d.post, d.staff, coalesce(s.name, ''), d.rank, d.starts_at, d.ends_at, d.note
            from dispatch.duty d
            left join dispatch.staff s on s.id = d.staff
            where d.id = \(id.value)
            """
        ).first.map(Self.duty)
    }

    /// From `start` on.
    func spans(of staff: ID<Staff>, endingAfter start: Date, in transaction: Transaction) async throws -> [Span] {
        try await transaction.query(
            """
            select starts_at, ends_at
            from dispatch.duty
            where staff = \(staff.value)
              and ends_at > \(start)
            order by starts_at
            """
        ).compactMap { row in
            let (start, end) = try row.decode(Date.self, Date.self)
            return Span(start, end)
        }
    }

    func insert(_ duty: Duty, in transaction: Transaction) async throws {
        try await transaction.query(
            """
            insert into dispatch.duty (id, department, post, staff, rank, starts_at, ends_at, note)
            values (
              \(duty.id.value), \(duty.department), \(duty.post), \(duty.staff.id.value), \(duty.rank)::bigint,
              \(duty.span.start), \(duty.span.end), \(duty.note))
            """)
    }

    func remove(_ id: ID<Duty>, in transaction: Transaction) async throws {
        try await transaction.query(
            """
            delete from dispatch.duty
            where id = \(id.value)
            """)
    }

    private static func duty(_ row: Row) throws -> Duty {
        let (id, department, post, staff, name, rank, start, end, note) = try row.decode(
            ID<Duty>.self, String.self, String.self, ID<Staff>.self, String.self, Int.self, Date.self, Date.self,
            String?.self)
        guard let span = Span(start, end) else { throw ShiftStore.Unreadable(text: "\(id)") }
        return Duty(
            id: id, department: department, post: post, staff: Person(id: staff, name: name), rank: rank, span: span,
            note: note)
    }
}
