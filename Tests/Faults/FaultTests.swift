import AMQP
import Foundation
import StackSupport
import Synchronization
import Testing

/// Nothing acknowledged is lost and nothing is done twice, whatever dies. Each test leaves the stack well, and the checker
/// looks at everything that was ever asked of it.
@Suite(.serialized, .ownBench) struct `Under load` {
    let bench: Bench
    var stack: Stack { bench.stack }

    init() throws { bench = try #require(Bench.current) }

    @Test func `kill -9 of the broker`() async throws {
        try await bench.survive("kill -9 of the broker") { [stack] in
            try await stack.end("rabbitmq")
            try await stack.startBroker()
        }
    }

    /// What was sent to it meanwhile is in nobody's hands: sockets take it, and no disk has it.
    @Test func `kill -9 of a broker that answered no more`() async throws {
        try await bench.survive("kill -9 of a frozen broker") { [bench, stack] in
            try stack.signal("rabbitmq", SIGSTOP)
            try await Task.sleep(for: .seconds(1))
            try await bench.pause(upTo: 1)
            try await stack.end("rabbitmq")
            try await stack.startBroker()
        }
    }

    @Test func `all the broker's connections closed, three times`() async throws {
        try await bench.survive("connections closed") { [bench] in
            for _ in 0..<3 {
                // The management's list lags behind.
                _ = try await eventually("connections to close") {
                    try await bench.broker.closeConnections() > 0 ? true : nil
                }
                try await bench.pause(upTo: 2)
            }
        }
    }

    @Test func `an immediate restart of the database`() async throws {
        try await bench.survive("database restarted in immediate mode") { [stack] in
            let command = try stack.databaseCommand()
            try await stack.end("postgres", by: SIGQUIT)
            try await stack.startDatabase(command)
        }
    }

    @Test func `a storm that ends the database's sessions`() async throws {
        try await bench.survive("sessions terminated") { [bench, stack] in
            for _ in 0..<5 {
                let ended = try await stack.number(
                    "select count(pg_terminate_backend(pid)) from pg_stat_activity where usename like '%\\_run'")
                #expect(ended > 0)
                try await bench.pause(upTo: 1)
            }
        }
    }

    @Test func `services that are there before their database and their broker`() async throws {
        try await bench.survive("everything killed, services first") { [bench, stack] in
            let command = try stack.databaseCommand()
            for part in bench.shuffled(services + ["rabbitmq", "postgres"]) {
                try await stack.end(part, by: part == "postgres" ? SIGQUIT : SIGKILL)
            }
            for service in services { try await stack.start(service) }
            try await bench.pause(upTo: 2)
            try await stack.startBroker()
            try await stack.startDatabase(command)
        }
    }

    /// As after a broker that lost its messages: two in three events were never heard when the copies come.
    @Test func `every event three times, shuffled, for services that heard nothing of it`() async throws {
        let hearers = ["notifier", "followup", "reporting"]
        let queues = ["notifier.events", "followup.events", "reporting.events"]
        for service in hearers { try await stack.end(service, by: SIGTERM) }
        let moment = try await stack.rows("select now()")[0][0]
        try await bench.load(100, during: {})
        _ = try await eventually("the outboxes to be sent") { [stack] in
            try await stack.number(
                "select (select count(*) from intake.outbox) + (select count(*) from dispatch.outbox)") == 0
                ? true : nil
        }
        for queue in queues { try await bench.broker.purge(queue) }
        for service in hearers { try await stack.start(service) }
        try await stack.waitUntilReady()
        try await resendShuffled(since: moment)
        // Once as an operator does it; in its order, so not as the last.
        let resent = try await stack.paidan("outbox", "resend", "--since", "10m", "--yes")
        #expect(resent.status == 0, "\(resent.output)")
        try await resendShuffled(since: moment)
        try await bench.judge("every event three times")
    }

    /// Puts what was sent since `moment` back in the outboxes, in an order shuffled within windows of 100.
    private func resendShuffled(since moment: String) async throws {
        let columns = """
            message_id, exchange, routing_key, type, source, occurred_at, aggregate_id, aggregate_version, correlation_id,
            causation_id, traceparent, headers, properties, body
            """
        let salt = bench.salt()
        for schema in ["intake", "dispatch"] {
            try await sent(schema)
            _ = try await stack.rows(
                """
                insert into \(schema).outbox (\(columns))
                select \(columns)
                from (
                    select distinct on (message_id) *
                    from \(schema).outbox_sent
                    where sent_at >= '\(moment)' and exchange = 'paidan.events'
                ) as sent
                order by id / 100, md5('\(salt)' || message_id)
                """)
            try await sent(schema)
        }
    }

    private func sent(_ schema: String) async throws {
        _ = try await eventually("the outbox to be sent again", within: 60) { [stack] in
            try await stack.number("select count(*) from \(schema).outbox") == 0 ? true : nil
        }
    }

    @Test func `bad messages end in the archive, and their neighbours do not`() async throws {
        let neighbours = 40
        try await BadMessages(bench: bench).publish(among: neighbours)
        let numbers = try await eventually("the neighbours' tickets", within: 60) { [stack] in
            let rows = try await stack.rows("select number from intake.ticket where channel = 'faults'")
            return rows.count >= neighbours ? rows.map { $0[0] } : nil
        }
        #expect(numbers.count == neighbours)
        bench.history.withLock { history in for number in numbers { history.tickets[number] = 0 } }
        try await bench.judge("bad messages")
    }

    /// With it dies what is handled beside it, so that nobody can say which of them it was.
    @Test func `a message that ends its process goes to the archive alone`() async throws {
        let armed = "PAIDAN_DEADLY=deadly-message"
        try await stack.end("notifier", by: SIGTERM)
        let id = try await BadMessages(bench: bench).publishDeadly("deadly-message")
        try await bench.load(100, during: {})
        try await stack.start("notifier", with: armed)
        var deaths = 0
        _ = try await eventually("the message to be archived", within: 120) { [stack] in
            if !Stack.isAlive(try stack.pid("notifier")) {
                deaths += 1
                // What it had in its hands is due when its lease is over; nobody waits for that here.
                _ = try await stack.rows("update notify.deferred set next_attempt_at = now() where taken > 0")
                try await stack.start("notifier", with: armed)
            }
            let letters = "select count(*) from notify.dead_letter where message_id = '\(id)' and reason = 'crashed'"
            return try await stack.number(letters) == 1 ? true : nil
        }
        // Three times out of the queue, three times out of the table.
        #expect((3...6).contains(deaths), "\(deaths)")
        try await stack.end("notifier", by: SIGTERM)
        try await stack.start("notifier")
        try await stack.waitUntilReady()
        try await bench.judge("a message that ends its process, after \(deaths) deaths")
    }

    @Test func `a message in another's name is refused by the broker`() async throws {
        let outcomes = try await BadMessages(bench: bench).publishInAnothersName()
        #expect(outcomes.count == 2)
        for outcome in outcomes {
            switch outcome {
            case .unroutable(let code, _): #expect(code == 406 || code == 403)
            default: Issue.record("\(outcome)")
            }
        }
        try await bench.judge("a message in another's name")
    }
}
