internal import Foundation
internal import Postgres
internal import ReportingDomain

/// What people read. Runs as the member role: the departments are named in each statement, so that the planner picks the
/// index, and row-level security is the net beneath.
struct ReportQueries: Sendable {
    let pool: PostgresPool

    /// The whole life of one ticket; nil when there is none in these departments.
    func timeline(number: String, departments: [String]) async throws -> TimelineJSON? {
        try await asMember(of: departments) { transaction in
            let results = try await transaction.pipeline([
                """
                select number, subject, customer, department, status, report.suite_now()
                from report.ticket
                where number = \(number)
                  and department = any(\(departments)::text[])
                """,
                """
                select aggregate_id, version, ticket_id, node, node.who, at, step, title_zh, title_en, visit, ended
                from report.node
                join report.ticket on ticket.id = ticket_id
                where number = \(number)
                  and department = any(\(departments)::text[])
                """,
                """
                select occasion, delivery.channel, recipient, state, reason, at
                from report.delivery
                join report.ticket on ticket.id = ticket_id
                where number = \(number)
                  and department = any(\(departments)::text[])
                order by at, delivery.id
                """,
                """
                select state, due_at, at
                from report.call_back
                join report.ticket on ticket.id = ticket_id
                where number = \(number)
                  and department = any(\(departments)::text[])
                order by due_at, call_back.id
                """,
                """
                select aggregate_id, version, ticket_id, incident, incident.who, note, at
                from report.incident
                join report.ticket on ticket.id = ticket_id
                where number = \(number)
                  and department = any(\(departments)::text[])
                """,
                """
                select wish, action, visit, note, at
                from report.wish
                join report.ticket on ticket.id = ticket_id
                where number = \(number)
                  and department = any(\(departments)::text[])
                order by at, version
                """,
                """
                select attempt, outcome, score, note, call.who, at
                from report.call
                join report.ticket on ticket.id = ticket_id
                where number = \(number)
                  and department = any(\(departments)::text[])
                order by at, version
                """,
            ])
            guard let row = results[0].first else { return nil }
            let (number, subject, customer, department, status, now) = try row.decode(
                String.self, String.self, String.self, String.self, String.self, Date.self)
            let facts = try results[1].compactMap { row -> NodeFact? in
                let (aggregate, version, ticket, node, who, at, code, chinese, english, visit, isEnd) = try row.decode(
                    UUID.self, Int64.self, UUID.self, String.self, String?.self, Date.self, String?.self,
                    String?.self, String?.self, Int32?.self, Bool.self)
                var step: NodeFact.Step?
                if let code, let chinese, let english {
                    step = .init(
                        code: code, titleZh: chinese, titleEn: english, visit: visit.map(Int.init), isEnd: isEnd)
                }
                return Node(rawValue: node).map {
                    NodeFact(
                        key: .init(aggregate: aggregate, version: version), ticket: ticket, node: $0, who: who, at: at,
                        step: step)
                }
            }
            let incidents = try results[4].compactMap { row -> IncidentFact? in
                let (aggregate, version, ticket, incident, who, note, at) = try row.decode(
                    UUID.self, Int64.self, UUID.self, String.self, String?.self, String?.self, Date.self)
                return Incident(rawValue: incident).map {
                    IncidentFact(
                        key: .init(aggregate: aggregate, version: version), ticket: ticket, incident: $0, who: who,
                        note: note, at: at)
                }
            }
            return TimelineJSON(
                number: number, subject: subject, customer: customer, department: department, status: status,
                nodes: Timeline.stretches(of: facts, now: now).map(TimelineJSON.NodeJSON.init),
                incidents: Timeline.events(of: incidents, among: facts, now: now).map(TimelineJSON.IncidentJSON.init),
                messages: try results[2].map { row in
                    let (occasion, channel, recipient, state, reason, at) = try row.decode(
                        String.self, String.self, String.self, String.self, String?.self, Date.self)
                    return TimelineJSON.MessageJSON(
                        occasion: occasion, channel: channel, recipient: recipient, state: state, reason: reason, at: at
                    )
                },
                callBacks: try results[3].map { row in
                    let (state, dueAt, at) = try row.decode(String.self, Date.self, Date.self)
                    return TimelineJSON.CallBackJSON(state: state, dueAt: dueAt, at: at)
                },
                wishes: try results[5].map { row in
                    let (wish, action, visit, note, at) = try row.decode(
                        String.self, String?.self, Int32?.self, String?.self, Date.self)
                    return TimelineJSON.WishJSON(
                        wish: wish, action: action, visit: visit.map(Int.init), note: note, at: at)
                },
                calls: try results[6].map { row in
                    let (attempt, outcome, score, note, who, at) = try row.decode(
                        Int32.self, String.self, Int32?.self, String?.self, String.self, Date.self)
                    return TimelineJSON.CallJSON(
                        attempt: Int(attempt), outcome: outcome, score: score.map(Int.init), note: note, who: who,
                        at: at)
                })
        }
    }

    /// Those that moved last, first.
    func tickets(limit: Int, departments: [String]) async throws -> [TicketLineJSON] {
        try await asMember(of: departments) { transaction in
            try await transaction.query(
                """
                select number, subject, customer, department, status, status_at, who, created_at
                from report.ticket
                where department = any(\(departments)::text[])
                order by status_at desc, number desc
                limit \(limit)
                """
            ).map { row in
                let (number, subject, customer, department, status, statusAt, who, createdAt) = try row.decode(
                    String.self, String.self, String.self, String.self, String.self, Date.self, String?.self, Date?.self
                )
                return TicketLineJSON(
                    number: number, subject: subject, customer: customer, department: department, status: status,
                    statusAt: statusAt, who: who, createdAt: createdAt)
            }
        }
    }

    private func asMember<Result: Sendable>(
        of departments: [String], _ body: @escaping @Sendable (Transaction) async throws -> Result
    ) async throws -> Result {
        try await pool.transaction(role: "report_member") { transaction in
            try await transaction.query(
                "select set_config('paidan.departments', (\(departments)::text[])::text, true)")
            return try await body(transaction)
        }
    }
}
