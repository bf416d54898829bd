import Logging
import Metrics
import MetricsTestKit
import Postgres
import TestSupport
import Testing

@testable import Messaging

@Suite struct `What waits` {
    @Test func `is shown with its age, and as none when it is over`() async throws {
        try await withDatabase(schema: Workshop.schema, migrations: Workshop.migrations) { database in
            let metrics = TestMetrics()
            func gauge(_ label: String, _ dimensions: [(String, String)] = []) throws -> Double? {
                try metrics.expectGauge(label, dimensions).lastValue
            }
            try await database.pool.pipeline([
                """
                insert into dispatch.dead_letter (
                    queue, message_key, reason, exchange, routing_key, properties, body, body_size, first_failed_at,
                    archived_at)
                values ('dispatcher.events', gen_random_uuid(), 'refused', '', '', '{}', '', 0, now(),
                    now() - interval '1 hour')
                """,
                """
                insert into dispatch.timer (kind, subject_id, generation, due_at, wake_at)
                values
                    ('x', gen_random_uuid(), 1, now(), now() - interval '1 minute'),
                    ('x', gen_random_uuid(), 1, now(), now() + interval '1 minute')
                """,
            ])
            let worker = DeferredWorker(
                consumers: [], schema: Workshop.schema, pool: database.pool, logger: Workshop.logger)
            var queues: Set<String> = []
            let queue = [("queue", "dispatcher.events")]
            try await withMetricsFactory(metrics) { try await worker.measure(&queues) }
            #expect(try gauge("paidan_dead_letters_open", queue) == 1)
            #expect((3600...3660).contains(try gauge("paidan_dead_letters_oldest_age_seconds", queue) ?? 0))
            #expect(try gauge("paidan_timers_overdue") == 1)
            #expect((60...120).contains(try gauge("paidan_timers_oldest_overdue_seconds") ?? 0))
            #expect(try gauge("paidan_deferred_messages", queue) == 0)

            try await database.pool.pipeline([
                "update dispatch.dead_letter set discarded_at = now()",
                "update dispatch.timer set fired_at = now()",
            ])
            try await withMetricsFactory(metrics) { try await worker.measure(&queues) }
            #expect(try gauge("paidan_dead_letters_open", queue) == 0)
            #expect(try gauge("paidan_dead_letters_oldest_age_seconds", queue) == 0)
            #expect(try gauge("paidan_timers_overdue") == 0)
        }
    }
}
