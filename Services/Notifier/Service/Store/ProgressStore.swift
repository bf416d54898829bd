import Contracts
import Foundation
import Kernel
import NotifierDomain
import Postgres

/// One piece of news about an attempt and its delivery.
struct Change: Sendable, Hashable {
    let delivery: ID<Delivery>
    /// Nil when it is about the delivery only.
    var attempt: Int?
    var attemptState: AttemptProgress?
    /// `pending` leaves the delivery as it is.
    var state: DeliveryProgress
    var providerID: String?
    /// ``Outcome/label``.
    var outcome: String?
    var reason: String?
    /// For a delivery that stays pending: when to queue it again.
    var againAfter: Duration?
}

/// What a change did.
struct Moved: Sendable {
    let delivery: ID<Delivery>
    let cause: UUID
    let ticket: ID<Ticket>
    let number: String
    let occasion: String
    let recipient: Recipient
    let state: DeliveryProgress
    let reason: String?
    /// Of the event that tells it.
    let version: Int64
    let at: Date
}

/// A delivery that has become ready for its channel's queue.
struct Ready: Sendable {
    let delivery: ID<Delivery>
    let ticket: ID<Ticket>
    let channel: NotifyChannel

    /// Rows of id, ticket and channel.
    static func all(in rows: QueryResult) throws -> [Ready] {
        try rows.compactMap { row in
            let (id, ticket, channel) = try row.decode(UUID.self, UUID.self, String.self)
            return NotifyChannel(rawValue: channel).map { Ready(delivery: ID(id), ticket: ID(ticket), channel: $0) }
        }
    }
}

/// Moves attempts and deliveries up in rank; what would move them down has no effect.
struct ProgressStore: Sendable {
    /// Whether the delivery `mine` must wait: for an earlier one of its ticket and channel, or, being about the ticket's
    /// work, for the ticket itself. Two services say these, in two streams. Nothing waits for what has expired. Uses
    /// `delivery_lane`.
    static let isBlocked = """
        (
            exists (
                select
                from notify.delivery older
                where older.ticket = mine.ticket and older.channel = mine.channel and older.state = 'pending'
                    and (older.step, older.sequence) < (mine.step, mine.sequence)
                    and older.expires_at > notify.suite_now()
            )
            or mine.step > 1 and not exists (select from notify.heard_ticket where heard_ticket.ticket = mine.ticket)
        )
        """

    /// Keeps, until the transaction ends, everybody else from deciding that a delivery of the same tickets must wait, and
    /// from ending such a wait. Without it, one could begin to wait for what is just ending, and be forgotten. Comes before
    /// the statement that decides, which then sees what the one before it did. Taken in the order of tickets.
    static func turn(ofTicketsOf deliveries: [ID<Delivery>]) -> SQL {
        """
        select pg_advisory_xact_lock(hashtextextended(ticket::text, 0))
        from (
            select distinct ticket
            from notify.delivery
            where id = any(\(deliveries.map(\.value)))
            order by ticket
        ) as lane
        """
    }

    /// Applies all, at most one change for each delivery.
    ///
    /// - Returns: the deliveries that moved, and those that waited for one of them.
    func apply(_ changes: [Change], in transaction: Transaction) async throws -> (moved: [Moved], ready: [Ready]) {
        let results = try await transaction.pipeline([
            Self.turn(ofTicketsOf: changes.map(\.delivery)), Self.apply(changes),
        ])
        var moved: [Moved] = []
        var ready: [Ready] = []
        for row in results[1] {
            let (hasMoved, id, cause, ticket, number, occasion, channel, recipient, state, reason, version, at) =
                try row.decode(
                    Bool.self, UUID.self, UUID.self, UUID.self, String.self, String.self, String.self, String.self,
                    String.self,
                    String?.self, Int64.self, Date.self)
            guard let channel = NotifyChannel(rawValue: channel) else { continue }
            if !hasMoved { ready.append(Ready(delivery: ID(id), ticket: ID(ticket), channel: channel)) }
            guard let recipient = Recipient(channel, recipient), let state = DeliveryProgress(rawValue: state) else {
                continue
            }
            moved.append(
                Moved(
                    delivery: ID(id), cause: cause, ticket: ID(ticket), number: number, occasion: occasion,
                    recipient: recipient, state: state, reason: reason, version: version, at: at))
        }
        return (moved, ready)
    }

    private static func apply(_ changes: [Change]) -> SQL {
        """
        with change as materialized (
            select *
            from unnest(
                \(changes.map(\.delivery.value))::uuid[], \(changes.map { Int64($0.attempt ?? 0) })::bigint[],
                \(changes.map { $0.attemptState?.rawValue })::text[],
                \(changes.map { Int64($0.attemptState?.rank ?? 0) })::bigint[],
                \(changes.map(\.state.rawValue))::text[], \(changes.map { Int64($0.state.rank) })::bigint[],
                \(changes.map { $0.providerID.map(Self.plain) })::text[], \(changes.map(\.outcome))::text[],
                \(changes.map { $0.reason.map(Self.plain) })::text[],
                \(changes.map { $0.againAfter.map { Int64($0 / .milliseconds(1)) } })::bigint[]
            ) as change
                (delivery, attempt, attempt_state, attempt_rank, state, state_rank, provider_id, outcome, reason, again)
        ), attempted as (
            update notify.attempt
            set state = change.attempt_state,
                state_rank = change.attempt_rank,
                provider_id = coalesce(change.provider_id, attempt.provider_id),
                outcome = coalesce(change.outcome, attempt.outcome),
                reason = coalesce(change.reason, attempt.reason),
                finished_at = notify.suite_now()
            from change
            where attempt.delivery = change.delivery and attempt.number = change.attempt
                and attempt.state_rank < change.attempt_rank
            returning attempt.delivery
        ), moved as (
            update notify.delivery
            set state = change.state,
                state_rank = change.state_rank,
                version = version + 1,
                reason = change.reason,
                wake_at = null,
                is_waiting = false,
                updated_at = notify.suite_now()
            from change
            where delivery.id = change.delivery and delivery.state_rank < change.state_rank
            returning delivery.*
        ), postponed as (
            update notify.delivery
            set wake_at = notify.suite_now() + make_interval(secs => change.again / 1000.0),
                is_waiting = false,
                reason = change.reason,
                updated_at = notify.suite_now()
            from change
            where delivery.id = change.delivery and delivery.state_rank = \(DeliveryProgress.pending.rank)
                and change.state = 'pending'
                and change.again is not null
                and exists (select from attempted where attempted.delivery = change.delivery)
        ), woken as (
            update notify.delivery
            set wake_at = null,
                is_waiting = false
            from moved
            where delivery.ticket = moved.ticket and delivery.channel = moved.channel
                and delivery.state = 'pending' and delivery.is_waiting
                and not exists (select from change where change.delivery = delivery.id)
            returning delivery.id, delivery.ticket, delivery.channel
        )
        select true as has_moved, id, cause, ticket, ticket_number, occasion, channel, recipient, state, reason, version,
            updated_at
        from moved
        union all
        select false, id, id, ticket, '', '', channel, '', '', null, 0, notify.suite_now()
        from woken
        """
    }

    /// A provider may say anything; what the tables do not take must not cost its neighbours their results.
    private static func plain(_ text: String) -> String {
        let kept = text.unicodeScalars.lazy.filter { $0.properties.generalCategory != .control }.prefix(500)
        return String(String.UnicodeScalarView(kept))
    }

    /// Makes the next rung of each cause's ladder pending.
    func climb(_ causes: [UUID], in transaction: Transaction) async throws -> [Ready] {
        try Ready.all(
            in: await transaction.query(
                """
                update notify.delivery
                set state = 'pending',
                    state_rank = \(DeliveryProgress.pending.rank),
                    updated_at = notify.suite_now()
                from (
                    select distinct on (cause) id
                    from notify.delivery
                    where cause = any(\(causes)) and state = 'standby'
                    order by cause, sequence
                ) as next
                where delivery.id = next.id and delivery.state = 'standby'
                returning delivery.id, delivery.ticket, delivery.channel
                """))
    }

    /// Deliveries whose time has come, taken off the clock; those that still have to wait get five seconds more.
    func due(of channels: [NotifyChannel], limit: Int, in transaction: Transaction) async throws -> [Ready] {
        let rows = try await transaction.query(
            """
            with due as materialized (
                select id, \(unescaped: Self.isBlocked) as is_blocked
                from notify.delivery mine
                where wake_at <= notify.suite_now() and state = 'pending' and channel = any(\(channels.map(\.rawValue)))
                order by wake_at
                limit \(limit)
                for update skip locked
            )
            update notify.delivery
            set wake_at = case when due.is_blocked then notify.suite_now() + interval '5 seconds' end,
                is_waiting = due.is_blocked
            from due
            where delivery.id = due.id
            returning delivery.id, delivery.ticket, delivery.channel, due.is_blocked
            """)
        return try rows.compactMap { row in
            let (id, ticket, channel, isBlocked) = try row.decode(UUID.self, UUID.self, String.self, Bool.self)
            guard !isBlocked, let channel = NotifyChannel(rawValue: channel) else { return nil }
            return Ready(delivery: ID(id), ticket: ID(ticket), channel: channel)
        }
    }

    /// Pending deliveries that are too late to be worth sending, and not being sent. Uses `delivery_pending`.
    func expired(of channels: [NotifyChannel], limit: Int, in transaction: Transaction) async throws -> [ID<Delivery>] {
        let rows = try await transaction.query(
            """
            select id
            from notify.delivery
            where state_rank = 1 and channel = any(\(channels.map(\.rawValue)))
                and created_at <= notify.suite_now() - make_interval(secs => \(DeliveryStore.timeToLive / .seconds(1)))
                and expires_at <= notify.suite_now()
                and not exists (select from notify.attempt where attempt.delivery = delivery.id and attempt.state = 'sending')
            order by created_at
            limit \(limit)
            for update skip locked
            """)
        return try rows.map { ID(try $0.decode(UUID.self)) }
    }
}
