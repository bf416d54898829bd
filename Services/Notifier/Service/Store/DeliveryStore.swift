import Contracts
import Foundation
import Kernel
import NotifierDomain
import Postgres

/// Deliveries as they are planned.
enum DeliveryStore {
    struct NewDelivery: Sendable {
        let id: ID<Delivery>
        let cause: UUID
        let news: News
        let planned: PlannedDelivery
        let subject: String
        let body: String
    }

    /// How long a message is still worth sending.
    static let timeToLive = Duration.seconds(24 * 3600)

    /// Notes that these tickets' creation was heard. The second statement returns the deliveries about their work that were
    /// planned earlier and have waited for this.
    static func hear(_ tickets: [(id: UUID, number: String)], at now: Date) -> [SQL] {
        [
            turn(of: tickets.map(\.id)),
            """
            with heard as (
                insert into notify.heard_ticket (ticket, number, heard_at)
                select ticket, number, \(now)::timestamptz
                from unnest(\(tickets.map(\.id))::uuid[], \(tickets.map(\.number))::text[]) as heard (ticket, number)
                on conflict do nothing
                returning ticket
            )
            update notify.delivery
            set wake_at = null,
                is_waiting = false
            from heard
            where delivery.ticket = heard.ticket and delivery.state = 'pending' and delivery.is_waiting
            returning delivery.id, delivery.ticket, delivery.channel
            """,
        ]
    }

    /// ``ProgressStore/turn(ofTicketsOf:)`` for tickets.
    private static func turn(of tickets: [UUID]) -> SQL {
        """
        select pg_advisory_xact_lock(hashtextextended(ticket::text, 0))
        from (select distinct ticket from unnest(\(tickets)) as ticket order by ticket) as lane
        """
    }

    /// Writes all in the order given; those that are there already (the same cause heard again) stay as they are.
    static func insert(_ deliveries: [NewDelivery], at now: Date) -> SQL {
        let states = deliveries.map { $0.planned.isStandby ? DeliveryProgress.standby : .pending }
        return """
            insert into notify.delivery
                (id, cause, ticket, ticket_number, department, step, occasion, channel, recipient, language, subject, body, state,
                state_rank, created_at, expires_at, updated_at)
            select id, cause, ticket, ticket_number, department, step, occasion, channel, recipient, language, subject, body, state,
                state_rank, now, now + make_interval(secs => \(Self.timeToLive / .seconds(1))), now
            from unnest(
                \(deliveries.map(\.id.value))::uuid[], \(deliveries.map(\.cause))::uuid[],
                \(deliveries.map(\.news.ticket.value))::uuid[], \(deliveries.map(\.news.number))::text[],
                \(deliveries.map(\.news.department))::text[], \(deliveries.map(\.news.occasion.step))::bigint[],
                \(deliveries.map(\.news.occasion.rawValue))::text[],
                \(deliveries.map(\.planned.recipient.channel.rawValue))::text[],
                \(deliveries.map(\.planned.recipient.text))::text[],
                \(deliveries.map(\.planned.language.rawValue))::text[], \(deliveries.map(\.subject))::text[],
                \(deliveries.map(\.body))::text[], \(states.map(\.rawValue))::text[], \(states.map(\.rank))::bigint[]
            ) with ordinality as planned
                (id, cause, ticket, ticket_number, department, step, occasion, channel, recipient, language, subject, body,
                state, state_rank, ordinal),
                (values (\(now)::timestamptz)) as clock (now)
            order by ordinal
            on conflict (id) do nothing
            """
    }
}
