internal import Foundation
internal import Logging
internal import Messaging
internal import Postgres
internal import ServiceLifecycle
internal import Synchronization

/// Sees to it that every month has its partition: this month and the next two ahead, another month when its first event
/// comes. Months far away (a sender's broken clock) stay in the default partition.
final class EventPartitions: Service {
    private let pool: PostgresPool
    private let logger: Logger
    private let known = Mutex<Set<String>>([])

    init(pool: PostgresPool, logger: Logger) {
        self.pool = pool
        self.logger = logger
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    let months = Self.months(from: Date(), count: 3)
                    for month in months { try await self.pool.query(EventStore.makePartition(of: month)) }
                    self.known.withLock { $0.formUnion(months) }
                } catch is CancellationError {
                    return
                } catch {
                    self.logger.warning(
                        "Partitions were not made ahead; events of a new month wait in the default partition until it succeeds",
                        metadata: ["error": "\(error)"])
                }
                // Ends early by cancellation only, which the loop's condition sees.
                try? await Task.sleep(for: .seconds(6 * 3600))
            }
        }
    }

    /// Makes what is missing for events of these times, in their transaction.
    func prepare(for times: [Date], now: Date, in transaction: Transaction) async throws {
        let near = now.addingTimeInterval(-400 * 86_400)...now.addingTimeInterval(100 * 86_400)
        let wanted = Set(times.filter(near.contains).map(Self.month))
        let missing = known.withLock { wanted.subtracting($0) }
        guard !missing.isEmpty else { return }
        for month in missing.sorted() { try await transaction.query(EventStore.makePartition(of: month)) }
        transaction.afterCommit { self.known.withLock { $0.formUnion(missing) } }
    }

    /// The first day of the month in UTC: `2026-11-01`.
    static func month(of time: Date) -> String {
        time.formatted(.iso8601.year().month()) + "-01"
    }

    static func months(from time: Date, count: Int) -> [String] {
        var months: [String] = []
        var day = time
        while months.count < count {
            if months.last != month(of: day) { months.append(month(of: day)) }
            day.addTimeInterval(20 * 86_400)
        }
        return months
    }
}
