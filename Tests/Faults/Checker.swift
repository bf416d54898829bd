import Foundation
import StackSupport
import Synchronization

/// Compares what the tables and the sinks hold with what was acknowledged. Nothing but its verdict counts.
struct Checker {
    let bench: Bench

    private static let schemas = ["intake", "dispatch", "notify", "followup", "report"]

    /// Waits until nothing is under way any more, then judges. Empty when every promise was kept.
    func verdict(within seconds: Double = 150) async throws -> [String] {
        let history = bench.history.withLock { $0 }
        var unfinished: [String] = ["never looked"]
        do {
            _ = try await eventually("the suite to be drained", within: seconds) {
                unfinished = try await self.unfinished(history)
                if unfinished.isEmpty { return true }
                try await Task.sleep(for: .milliseconds(500))
                return nil
            }
        } catch let late as Unmet {
            return [late.description] + unfinished.prefix(20)
        }
        return try await wrong(history)
    }

    /// What is missing or under way still.
    private func unfinished(_ history: History) async throws -> [String] {
        let tables = Self.schemas.flatMap { ["\($0).outbox", "\($0).deferred"] }
        let counts =
            tables.map { "select '\($0)', count(*) from \($0)" } + [
                "select 'attempts sending', count(*) from notify.attempt where state = 'sending'",
                "select 'deliveries pending', count(*) from notify.delivery where state in ('pending', 'standby')",
            ]
        var found = try await bench.stack.rows(counts.joined(separator: " union all ")).filter { $0[1] != "0" }
            .map { "\($0[0]): \($0[1])" }
        found += try await bench.stack.rows(expected(history) + Self.missing).map { $0.joined(separator: " ") }
        guard found.isEmpty else { return found }
        let queued = try await bench.broker.metric("rabbitmq_queue_messages")
        return queued == 0 ? [] : ["in queues: \(queued)"]
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
        select number, 'has steps ' || count(s.version) from wanted
        left join dispatch.work_order w on w.ticket_number = number
        left join dispatch.work_step s on s.work_order = w.id
        group by number, steps having count(s.version) < steps + 1
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
        select number, 'has steps ' || count(*) || ' to version ' || max(s.version) from wanted
        join dispatch.work_order w on w.ticket_number = number join dispatch.work_step s on s.work_order = w.id
        group by number, steps having count(*) <> steps + 1 or max(s.version) <> steps + 1
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
