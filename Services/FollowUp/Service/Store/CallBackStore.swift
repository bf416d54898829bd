import Contracts
import FollowUpDomain
import Foundation
import Kernel
import Postgres

/// Reads and writes table callback.
struct CallBackStore: Sendable {
    static let member = "followup_member"

    /// The call-backs of these tickets, locked until the transaction ends, in one order, so that two consumers cannot
    /// wait for each other.
    func find(
        tickets: [ID<Ticket>], in transaction: Transaction
    ) async throws -> [ID<Ticket>: CallBackRecord] {
        let rows = try await transaction.query(
            """
            select \(unescaped: Self.columns)
            from followup.callback
            where ticket = any(\(tickets.map(\.value))::uuid[])
            order by id
            for update
            """)
        return Dictionary(uniqueKeysWithValues: try rows.map(Self.record).map { ($0.ticket, $0) })
    }

    /// The call-backs with these ids, locked until the transaction ends.
    func find(ids: [ID<CallBack>], in transaction: Transaction) async throws -> [CallBackRecord] {
        try await transaction.query(
            """
            select \(unescaped: Self.columns)
            from followup.callback
            where id = any(\(ids.map(\.value))::uuid[])
            order by id
            for update
            """
        ).map(Self.record)
    }

    /// Writes them as they are now, new or changed; ids must differ. A call-back that somebody else wrote meanwhile is
    /// left alone.
    ///
    /// - Returns: the ids of those that were written.
    func save(_ callBacks: [CallBackRecord], in transaction: Transaction) async throws -> Set<ID<CallBack>> {
        let rows = try await transaction.query(
            """
            insert into followup.callback as present (
              id, ticket, ticket_number, department, customer, state, due_at, done_at, planned_at, version, wish,
              attempts)
            select id, ticket, number, department, customer::jsonb, state, due_at, done_at, planned_at, version,
              wish::jsonb, attempts
            from unnest(
              \(callBacks.map(\.id.value))::uuid[], \(callBacks.map(\.ticket.value))::uuid[],
              \(callBacks.map(\.ticketNumber))::text[], \(callBacks.map(\.department))::text[],
              \(try callBacks.map { try Self.text($0.customer) })::text[], \(callBacks.map(\.state.rawValue))::text[],
              \(callBacks.map(\.dueAt))::timestamptz[], \(callBacks.map(\.doneAt))::timestamptz[],
              \(callBacks.map(\.plannedAt))::timestamptz[], \(callBacks.map(\.version))::bigint[],
              \(try callBacks.map { try $0.wish.map(Self.text) })::text[],
              \(callBacks.map { Int64($0.attempts) })::bigint[]
            ) as t (
              id, ticket, number, department, customer, state, due_at, done_at, planned_at, version, wish, attempts)
            on conflict (ticket) do update
            set ticket_number = excluded.ticket_number,
              department = excluded.department,
              customer = excluded.customer,
              state = excluded.state,
              due_at = excluded.due_at,
              done_at = excluded.done_at,
              planned_at = excluded.planned_at,
              version = excluded.version,
              wish = excluded.wish,
              attempts = excluded.attempts
            where present.version = excluded.version - 1
            returning id
            """)
        return Set(try rows.map { ID(try $0.decode(UUID.self)) })
    }

    /// Call-backs of the departments, the first due first. For a transaction of role `followup_member`, where row-level
    /// security is the net below the condition. Index callback_list.
    func list(
        _ states: [CallBackState], departments: [String], limit: Int, in transaction: Transaction
    ) async throws -> [CallBackRecord] {
        let results = try await transaction.pipeline([
            """
            select
              set_config('paidan.departments', (\(departments)::text[])::text, true),
              set_config('plan_cache_mode', 'force_custom_plan', true)
            """,
            """
            select \(unescaped: Self.columns)
            from followup.callback
            where department = any(\(departments)::text[])
              and state = any(\(states.map(\.rawValue))::text[])
            order by due_at, id
            limit \(limit)
            """,
        ])
        return try results[1].map(Self.record)
    }

    /// One call-back with every call; nil when these departments hold none such. For a transaction of role
    /// `followup_member`.
    func find(
        _ id: ID<CallBack>, departments: [String], in transaction: Transaction
    ) async throws -> (callBack: CallBackRecord, calls: [KeptCall])? {
        let results = try await transaction.pipeline([
            "select set_config('paidan.departments', (\(departments)::text[])::text, true)",
            """
            select \(unescaped: Self.columns)
            from followup.callback
            where id = \(id.value)
              and department = any(\(departments)::text[])
            """,
            """
            select attempt, outcome, score, note, fields, called_by, called_by_name, called_at
            from followup.call
            where callback = \(id.value)
            order by version
            """,
        ])
        guard let row = results[1].first else { return nil }
        return (try Self.record(row), try results[2].map(KeptCall.init))
    }

    /// Keeps a call for good.
    static func keep(_ call: CallBackCall, of callBack: CallBackRecord, at time: Date) throws -> SQL {
        """
        insert into followup.call (
          callback, version, attempt, outcome, score, note, fields, called_by, called_by_name, called_at)
        values (
          \(callBack.id.value), \(callBack.version), \(Int32(call.attempt)), \(call.outcome.rawValue),
          \(call.score.map { Int16($0) }), \(call.note), \(try text(call.fields ?? [:]))::jsonb, \(call.by.id.value),
          \(call.by.name), \(time))
        """
    }

    private static let columns = """
        id, ticket, ticket_number, department, customer, state, due_at, done_at, planned_at, version, wish, attempts
        """

    /// A word in the table that this version does not know: written by a newer one, or by hand.
    private struct UnknownState: Error {
        let word: String
    }

    private static func record(_ row: Row) throws -> CallBackRecord {
        let (
            id, ticket, number, department, customer, word, dueAt, doneAt, plannedAt, version, wish, attempts
        ) = try row.decode(
            UUID.self, UUID.self, String.self, String.self, JSON.self, String.self, Date.self, Date.self, Date.self,
            Int64.self, JSON?.self, Int32.self)
        guard let state = CallBackState(rawValue: word) else { throw UnknownState(word: word) }
        return CallBackRecord(
            id: ID(id), ticket: ID(ticket), ticketNumber: number, department: department,
            customer: try WireJSON.decode(CustomerCard.self, from: customer.bytes), state: state, dueAt: dueAt,
            doneAt: doneAt, plannedAt: plannedAt, version: version,
            wish: try wish.map { try WireJSON.decode(CallBackWish.self, from: $0.bytes) }, attempts: Int(attempts))
    }

    private static func text(_ value: some Encodable) throws -> String {
        String(decoding: try WireJSON.encode(value), as: UTF8.self)
    }
}
