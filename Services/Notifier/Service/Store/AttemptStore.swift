import Contracts
import Foundation
import Kernel
import NotifierDomain
import Postgres

/// Attempts: claimed before the provider is called, settled after.
struct AttemptStore: Sendable {
    let pool: PostgresPool

    enum Claim: Sendable {
        case send(Outgoing)
        /// Somebody else has it, it is over, its time has not come, or an earlier one of its ticket goes first.
        case nothing
        /// Too late to be worth sending.
        case expired
    }

    /// Claims those of `deliveries` that may be sent now, and commits their attempts as `sending`. One statement, and one
    /// more for those that seem to have to wait.
    ///
    /// A delivery is claimed when it is pending, due, has no attempt under way, and nothing to wait for
    /// (``ProgressStore/isBlocked``). A row that another process works on is skipped: whoever holds it either sends it or queues it
    /// again. One that must wait is marked, and queued by whoever ends the wait, or by the sweeper.
    func claim(_ deliveries: [ID<Delivery>], provider: String, lease: Duration) async throws -> [Claim] {
        var (claims, waiting) = try Self.claims(in: await pool.query(Self.claim(deliveries, provider, lease)))
        if !waiting.isEmpty {
            // What they wait for may have ended while they were marked: looked at again in turn.
            let again = try await pool.pipeline([
                ProgressStore.turn(ofTicketsOf: waiting), Self.claim(waiting, provider, lease),
            ])
            claims.merge(try Self.claims(in: again[1]).claims) { first, _ in first }
        }
        // The same delivery twice in one group is sent once.
        return deliveries.map { claims.removeValue(forKey: $0.value) ?? .nothing }
    }

    private static func claim(_ deliveries: [ID<Delivery>], _ provider: String, _ lease: Duration) -> SQL {
        """
        with wanted as materialized (
            select id, step, sequence, ticket, channel, recipient, subject, body, created_at,
                wake_at > notify.suite_now() as is_early, is_waiting, expires_at <= notify.suite_now() as is_expired
            from notify.delivery
            where id = any(\(deliveries.map(\.value))) and state_rank = \(DeliveryProgress.pending.rank)
            for update skip locked
        ), judged as materialized (
            select mine.*, \(unescaped: ProgressStore.isBlocked) as is_blocked,
                coalesce(attempt.is_busy, false) as is_busy,
                coalesce(attempt.number, 0) + 1 as number
            from wanted mine
            left join lateral (
                select bool_or(state = 'sending') as is_busy, max(number) as number
                from notify.attempt
                where attempt.delivery = mine.id
            ) as attempt on true
        ), claimed as (
            insert into notify.attempt (delivery, number, state, state_rank, provider, started_at, lease_until)
            select id, number, 'sending', \(AttemptProgress.sending.rank), \(provider), notify.suite_now(),
                now() + make_interval(secs => \(lease / .seconds(1)))
            from judged
            where not is_busy and not is_expired and not is_blocked and (is_early is not true or is_waiting)
            on conflict do nothing
            returning delivery
        ), waiting as (
            update notify.delivery
            set is_waiting = true, wake_at = notify.suite_now() + interval '5 seconds'
            from judged
            where delivery.id = judged.id and judged.is_blocked and not judged.is_busy and not judged.is_expired
        )
        select judged.id, judged.number, ticket, channel, recipient, subject, body, created_at,
            is_expired and not is_busy as is_expired, is_blocked, claimed.delivery is not null as is_claimed
        from judged
        left join claimed on claimed.delivery = judged.id
        """
    }

    private static func claims(in rows: QueryResult) throws -> (claims: [UUID: Claim], waiting: [ID<Delivery>]) {
        var claims: [UUID: Claim] = [:]
        var waiting: [ID<Delivery>] = []
        for row in rows {
            let (id, number, ticket, channel, recipient, subject, body, createdAt, isExpired, isBlocked, isClaimed) =
                try row.decode(
                    UUID.self, Int32.self, UUID.self, String.self, String.self, String.self, String.self, Date.self,
                    Bool.self, Bool.self, Bool.self)
            if isExpired { claims[id] = .expired } else if isBlocked { waiting.append(ID(id)) }
            guard isClaimed, let channel = NotifyChannel(rawValue: channel),
                let recipient = Recipient(channel, recipient)
            else { continue }
            claims[id] = .send(
                Outgoing(
                    delivery: ID(id), attempt: Int(number), ticket: ID(ticket), recipient: recipient, subject: subject,
                    body: body, createdAt: createdAt))
        }
        return (claims, waiting)
    }

    /// Attempts whose sender has not been heard of until its lease ended, locked until the transaction ends.
    func lost(of channels: [NotifyChannel], limit: Int, in transaction: Transaction) async throws -> [LostAttempt] {
        let rows = try await transaction.query(
            """
            select attempt.delivery, attempt.number, delivery.channel
            from notify.attempt
            join notify.delivery on delivery.id = attempt.delivery
            where attempt.state = 'sending' and attempt.lease_until < now()
                and delivery.channel = any(\(channels.map(\.rawValue)))
            order by attempt.lease_until
            limit \(limit)
            for update of attempt skip locked
            """)
        return try rows.compactMap { row in
            let (delivery, number, channel) = try row.decode(UUID.self, Int32.self, String.self)
            return NotifyChannel(rawValue: channel).map {
                LostAttempt(delivery: ID(delivery), attempt: Int(number), channel: $0)
            }
        }
    }
}

/// An attempt whose sender is gone.
struct LostAttempt: Sendable {
    let delivery: ID<Delivery>
    let attempt: Int
    let channel: NotifyChannel
}
