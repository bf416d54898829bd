import Foundation
import Messaging
import Postgres
import Testing
import TestSupport

@Suite struct `The archive of dead letters` {
    @Test func `lists, counts and replays all that are meant, however many`() async throws {
        try await Workshop.run { shop in
            try await shop.database.adminPool.query(
                """
                insert into \(unescaped: Workshop.schema).dead_letter (
                    queue, message_key, reason, exchange, routing_key, properties, body, body_size, first_failed_at)
                select 'dispatcher.events', gen_random_uuid(), 'refused', 'x', 'y', '{}', '{}', 2, now()
                from generate_series(1, 230)
                """)
            let archive = DeadLetters(schema: Workshop.schema)
            let all = try await archive.list(in: shop.pool)
            #expect(all.count == 230)
            #expect(try await archive.list(DeadLetterFilter(limit: 7), in: shop.pool).count == 7)
            #expect(try await archive.count(DeadLetterFilter(limit: 7), in: shop.pool) == 230)
            #expect(try await archive.replay(all.map(\.id), in: shop.pool) == 230)
            #expect(try await archive.count(in: shop.pool) == 0)
            #expect(try await shop.count("deferred") == 230)
        }
    }
}
