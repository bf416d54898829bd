import Foundation
import StackSupport
import Synchronization

/// Compares what the tables and the sinks hold with what was acknowledged. Nothing but its verdict counts.
struct Checker {
    let bench: Bench

    private static let schemas = ["intake", "dispatch", "notify", "followup", "report"]

    /// With nothing under way and nothing new for so long, what is missing does not come any more.
    private static let silence = Duration.seconds(20)

    /// Waits until nothing is under way any more, then judges. Empty when every promise was kept.
    func verdict(within seconds: Double = 150) async throws -> [String] {
        let history = bench.history.withLock { $0 }
        let end = ContinuousClock.now + .seconds(seconds)
        var look = try await self.look(history)
        var since = ContinuousClock.now
        while !look.isDrained {
            if look.underWay.isEmpty, .now - since > Self.silence { return look.missing.map { "lost: \($0)" } }
            if ContinuousClock.now > end {
                return ["the suite is not drained within \(seconds) s"] + look.underWay + look.missing.prefix(20)
            }
            try await Task.sleep(for: .milliseconds(500))
            let next = try await self.look(history)
            if next != look { since = .now }
            look = next
        }
        return try await wrong(history)
    }

    private static let willWake = "state = 'pending' and wake_at is not null and not is_waiting"

    private struct Look: Equatable {
        var underWay: [String]
        /// Not there, or waiting for what is not there.
        var missing: [String]

        var isDrained: Bool { underWay.isEmpty && missing.isEmpty }
    }

    private func look(_ history: History) async throws -> Look {
        let moving =
            Self.schemas.flatMap {
                [
                    "select '\($0).outbox', count(*) from \($0).outbox",
                    "select '\($0).deferred', count(*) from \($0).deferred where reason <> 'gap'",
                ]
            } + [
                "select 'attempts sending', count(*) from notify.attempt where state = 'sending'",
                "select 'deliveries to be tried again', count(*) from notify.delivery where \(Self.willWake)",
            ]
        let waiting =
            Self.schemas.map {
                "select '\($0).deferred behind a gap', count(*) from \($0).deferred where reason = 'gap'"
            }
            + [
                """
                select 'deliveries pending', count(*) from notify.delivery
                where state in ('pending', 'standby') and not (\(Self.willWake))
                """
            ]
        var look = Look(underWay: try await counts(moving), missing: try await counts(waiting))
        look.missing += try await bench.stack.rows(expected(history) + Self.missing).map { $0.joined(separator: " ") }
        let queued = try await bench.broker.metric("rabbitmq_queue_messages")
        if queued > 0 { look.underWay.append("in queues: \(queued)") }
        return look
    }

    private func counts(_ statements: [String]) async throws -> [String] {
        try await bench.stack.rows(statements.joined(separator: " union all ")).filter { $0[1] != "0" }
            .map { "\($0[0]): \($0[1])" }
    }

    /// The acknowledged tickets as a table.
    private func expected(_ history: History) -> String {
        let values = history.tickets.map { "('\($0.key)', \($0.value))" }
        return "with expected (number, steps) as (values \((values + ["('', -1)"]).joined(separator: ", "))) "
    }

    /// Lost: acknowledged, and not (yet) with all its effects. Every line names the ticket and the effect.
    private static let missing = """
        , wanted as (select * from expected where steps >= 0)
        select number, 'has no ticket' from wanted
        where number not in (select number from intake.ticket)
        union all
        select number, 'has steps ' || count(s.revision) from wanted
        left join dispatch.work_order w on w.ticket_number = number
        left join dispatch.work_event s on s.work_order = w.id and s.kind in ('opened', 'moved')
        group by number, steps having count(s.revision) < steps + 1
        union all
        select number, 'has deliveries ' || count(d.id) from wanted
        left join notify.delivery d on d.ticket_number = number
        group by number, steps
        having count(d.id) < 3 * (1 + (steps >= 1)::int + (steps >= 4)::int)
        union all
        select number, 'has nodes ' || count(n.version) from wanted
        left join report.ticket t using (number) left join report.node n on n.ticket_id = t.id
        group by number, steps having count(n.version) < steps + 2
        union all
        select number, 'has no call-back' from wanted
        where steps = 4 and number not in (select ticket_number from followup.callback)
        union all
        select number, 'shows the customer ' || t.status from wanted join intake.ticket t using (number)
        where t.status <> case steps when 4 then 'done' else 'dispatching' end
        union all
        select d.ticket_number, 'is reported otherwise: ' || d.channel from notify.delivery d
        left join report.delivery r using (id)
        where r.state is distinct from d.state
        union all
        select c.ticket_number, 'is called back otherwise' from followup.callback c
        left join report.call_back r using (id)
        where r.state is distinct from c.state
        limit 30
        """

    /// Doubled, unexpected, out of order.
    private func wrong(_ history: History) async throws -> [String] {
        var found = try await bench.stack.rows(expected(history) + Self.surplus).map { $0.joined(separator: " ") }
        let rows = try await bench.stack.rows(
            """
            select replace(d.id::text, '-', ''), d.ticket_number, d.channel,
                array_position(array['ticket.created', 'work.accepted', 'work.done'], d.occasion) - 1, d.state,
                bool_or(a.state = 'unknown' or a.outcome = 'ambiguous')
            from notify.delivery d left join notify.attempt a on a.delivery = d.id
            group by d.id
            """)
        var deliveries: [String: Sinks.Copy] = [:]
        for row in rows {
            deliveries[row[0]] = Sinks.Copy(ticket: row[1], channel: row[2], occasion: Int(row[3]) ?? -1)
        }
        let sinks = try await Sinks(bench.stack, deliveries: deliveries)
        let counts = sinks.counts
        for row in rows {
            guard let copy = deliveries[row[0]] else { continue }
            let (state, isDoubtful) = (row[4], row[5] == "t")
            let name = "\(copy.ticket) \(copy.channel) \(copy.occasion)"
            switch (state, counts[copy, default: 0]) {
            case ("sent", 1), ("delivered", 1): break
            // Nobody can say whether it arrived, and it says so.
            case ("unknown", 0...1) where isDoubtful: break
            // Sent again under the same Message-ID, as mail may be.
            case ("sent", 2...) where isDoubtful && copy.channel == "mail": break
            case (_, let count): found.append("\(name): \(state), and \(count) copies at the provider")
            }
        }
        found += sinks.strangers.map { "unexpected: \($0)" }
        found += sinks.copies.filter { history.tickets[$0.ticket] == nil }.map { "unexpected: \($0)" }
        found += sinks.outOfOrder.map { "out of order: \($0)" }
        found += try await deadLetters(history)
        return found
    }

    private static let surplus = """
        , wanted as (select * from expected where steps >= 0)
        select number, 'was not acknowledged' from intake.ticket
        where number not in (select number from wanted)
        union all
        select t.ticket_number, 'has work orders ' || count(*) from dispatch.work_order t
        group by t.ticket_number having count(*) > 1
        union all
        select number, 'has steps ' || count(*) || ', told of ' || w.version || ', revision ' || w.revision from wanted
        join dispatch.work_order w on w.ticket_number = number
        join dispatch.work_event s on s.work_order = w.id and s.kind in ('opened', 'moved')
        group by number, steps, w.id, w.version, w.revision
        having count(*) <> steps + 1 or w.version <> steps + 1
            or w.revision <> (select count(*) from dispatch.work_event e where e.work_order = w.id)
        union all
        select number, 'has deliveries ' || count(*) from wanted join notify.delivery d on d.ticket_number = number
        group by number, steps having count(*) <> 3 * (1 + (steps >= 1)::int + (steps >= 4)::int)
            or count(distinct (d.occasion, d.channel)) <> count(*)
        union all
        select number, 'has nodes ' || count(*) from wanted
        join report.ticket t using (number) join report.node n on n.ticket_id = t.id
        group by number, steps having count(*) <> steps + 2
        union all
        select ticket_number, 'has call-backs ' || count(*) from followup.callback
        group by ticket_number having count(*) > 1
        union all
        select c.ticket_number, 'was called back ' || count(t.fired_at) || ' times, to version ' || c.version
        from followup.callback c left join followup.timer t on t.subject_id = c.id
        group by c.id
        having count(t.fired_at) <> (c.state = 'due')::int or c.version <> 1 + (c.state = 'due')::int
            or min(t.fired_at) < min(t.due_at)
        union all
        select ticket_number, 'has a call-back too early' from followup.callback
        where ticket_number not in (select number from wanted where steps = 4)
        limit 30
        """

    /// Exactly those that were put in on purpose.
    private func deadLetters(_ history: History) async throws -> [String] {
        let sql = Self.schemas.map { "select '\($0) ' || coalesce(message_id, ''), reason from \($0).dead_letter" }
        let letters = try await bench.stack.rows(sql.joined(separator: " union all "))
        var left = history.dead
        var found: [String] = []
        for letter in letters {
            if let place = left.firstIndex(of: letter[0]) {
                left.remove(at: place)
            } else {
                found.append("unexpected dead letter: \(letter.joined(separator: " "))")
            }
        }
        return found + left.map { "missing dead letter: \($0)" }
    }
}
