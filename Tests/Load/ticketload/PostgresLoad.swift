import Foundation
import Logging
import Postgres

/// Inserts rows over a pool, as many callers as connections; the statement is that of `docker/local/bench.sh`.
struct PostgresLoad {
    static let rowsOfMany = 50
    private static let body = "Since this morning it starts, hums, and stops again with code E42. Please call first."

    /// In one statement.
    let rows: Int
    let connections: Int

    /// Rows a second, committed one statement at a time.
    func rate(for time: Duration) async throws -> Double {
        let pool = PostgresPool(
            try Places.database(schema: "public"), name: "load", size: connections, logger: Logger(label: "load"))
        return try await with(pool) {
            try await pool.ping()
            let begin = ContinuousClock.now
            let written = try await withThrowingTaskGroup(of: Int.self) { group in
                // As pgbench: the callers do nothing but ask, and run where the answers come in.
                for _ in 0..<connections {
                    group.addTask(executorPreference: pool.executor) {
                        try await insert(over: pool, until: begin + time)
                    }
                }
                return try await group.reduce(0, +)
            }
            return Double(written) / ((ContinuousClock.now - begin) / .seconds(1))
        }
    }

    private func insert(over pool: PostgresPool, until end: ContinuousClock.Instant) async throws -> Int {
        var written = 0
        while ContinuousClock.now < end {
            if rows == 1 {
                try await pool.query(
                    """
                    insert into load (id, customer, body)
                    values (gen_random_uuid(), \(Int.random(in: 1...100_000))::bigint, \(Self.body)::text)
                    """)
            } else {
                let customers = (0..<rows).map { _ in Int.random(in: 1...100_000) }
                let bodies = [String](repeating: Self.body, count: rows)
                try await pool.query(
                    """
                    insert into load (id, customer, body)
                    select gen_random_uuid(), customer, body
                    from unnest(\(customers)::bigint[], \(bodies)::text[]) as new (customer, body)
                    """)
            }
            written += rows
        }
        return written
    }
}
