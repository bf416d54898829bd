import Contracts
import Foundation
import Kernel
import NotifierDomain
import Postgres

/// Deliveries as staff see them: recipients masked.
struct DeliveryViews: Sendable {
    let pool: PostgresPool

    struct View: Encodable, Sendable {
        let id: ID<Delivery>
        let ticket: ID<Ticket>
        let ticketNumber: String
        let occasion: String
        let channel: String
        let language: String
        let recipient: String
        let state: String
        let reason: String?
        let createdAt: Date
        let updatedAt: Date
        var attempts: [AttemptView]
    }

    struct AttemptView: Encodable, Sendable {
        let number: Int
        let state: String
        let provider: String
        let outcome: String?
        let reason: String?
        let startedAt: Date
        let finishedAt: Date?
    }

    static let memberRole = "notify_member"

    func ofTicket(_ number: String, departments: [String]) async throws -> [View] {
        try await views(departments: departments) {
            try await $0.query(
                """
                select id, ticket, ticket_number, occasion, channel, language, recipient, state, reason, created_at, updated_at
                from notify.delivery
                where ticket_number = \(number) and department = any(\(departments))
                order by sequence
                limit 200
                """)
        }
    }

    func one(_ id: ID<Delivery>, departments: [String]) async throws -> View? {
        try await views(departments: departments) {
            try await $0.query(
                """
                select id, ticket, ticket_number, occasion, channel, language, recipient, state, reason, created_at, updated_at
                from notify.delivery
                where id = \(id.value) and department = any(\(departments))
                """)
        }.first
    }

    /// Age of the oldest pending delivery of each channel, in seconds; a channel with none is absent.
    func oldestPending() async throws -> [NotifyChannel: Double] {
        let rows = try await pool.query(
            """
            select channel, extract(epoch from notify.suite_now() - oldest)::float8
            from unnest(\(NotifyChannel.allCases.map(\.rawValue))) as channel,
                lateral (
                    select min(created_at)
                    from notify.delivery
                    where delivery.channel = channel.channel and state_rank = 1
                ) as pending (oldest)
            where oldest is not null
            """)
        var ages: [NotifyChannel: Double] = [:]
        for row in rows {
            let (channel, age) = try row.decode(String.self, Double.self)
            if let channel = NotifyChannel(rawValue: channel) { ages[channel] = age }
        }
        return ages
    }

    /// As the member role, so that row-level security holds even where a query forgets its departments.
    private func views(
        departments: [String], _ select: @Sendable (Transaction) async throws -> QueryResult
    ) async throws -> [View] {
        try await pool.transaction(role: Self.memberRole) { transaction in
            try await transaction.query("select set_config('paidan.departments', (\(departments)::text[])::text, true)")
            var views = try await select(transaction).map(Self.view)
            let attempts = try await transaction.query(
                """
                select delivery, number, state, provider, outcome, reason, started_at, finished_at
                from notify.attempt
                where delivery = any(\(views.map(\.id.value)))
                order by delivery, number
                """)
            for row in attempts {
                let (delivery, number, state, provider, outcome, reason, startedAt, finishedAt) = try row.decode(
                    UUID.self, Int32.self, String.self, String.self, String?.self, String?.self, Date.self, Date?.self)
                guard let index = views.firstIndex(where: { $0.id.value == delivery }) else { continue }
                views[index].attempts.append(
                    AttemptView(
                        number: Int(number), state: state, provider: provider, outcome: outcome, reason: reason,
                        startedAt: startedAt, finishedAt: finishedAt))
            }
            return views
        }
    }

    private static func view(_ row: Row) throws -> View {
        let (id, ticket, number, occasion, channel, language, recipient, state, reason, createdAt, updatedAt) =
            try row.decode(
                UUID.self, UUID.self, String.self, String.self, String.self, String.self, String.self, String.self,
                String?.self,
                Date.self, Date.self)
        let masked = NotifyChannel(rawValue: channel).flatMap { Recipient($0, recipient) }?.description ?? "***"
        return View(
            id: ID(id), ticket: ID(ticket), ticketNumber: number, occasion: occasion, channel: channel,
            language: language,
            recipient: masked, state: state, reason: reason, createdAt: createdAt, updatedAt: updatedAt, attempts: [])
    }
}
