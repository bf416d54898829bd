public import Postgres
internal import ReportingDomain

/// Computes every read model again from the raw events: after a change of what a report means, or after a mistake.
public enum ReportingRebuild {
    /// In one transaction: readers see the old reports until the new ones are whole; the service's own writing waits.
    ///
    /// - Returns: the number of events read.
    public static func run(_ pool: PostgresPool) async throws -> Int {
        try await pool.transaction { transaction in
            try await transaction.pipeline(ReadModelStore.empty)
            var count = 0
            var cursor: EventStore.Cursor?
            repeat {
                let page = try await EventStore.page(after: cursor, limit: 2000, in: transaction)
                var models = ReadModels()
                for event in page.events {
                    let read = try RecordedEvent(
                        type: event.type, aggregate: event.aggregate, version: event.version, body: event.body)
                    if let read { models.add(read) }
                }
                if !page.events.isEmpty { try await transaction.pipeline(ReadModelStore.merge(models)) }
                count += page.events.count
                cursor = page.next
            } while cursor != nil
            return count
        }
    }
}
