private import Metrics

/// What an operator sees of a pool: `paidan_db_connections{pool,state}`, `paidan_db_acquire_seconds{pool}`,
/// `paidan_db_waiting{pool}`, `paidan_db_connections_opened_total{pool}`, `paidan_db_connection_failures_total{pool}`.
struct PoolMetrics: Sendable {
    private let idle, leased, opening, waiting: Gauge
    private let acquire: Metrics.Timer
    private let opened, failed: Counter

    init(pool: String) {
        func gauge(_ state: String) -> Gauge {
            Gauge(label: "paidan_db_connections", dimensions: [("pool", pool), ("state", state)])
        }
        (idle, leased, opening) = (gauge("idle"), gauge("leased"), gauge("opening"))
        waiting = Gauge(label: "paidan_db_waiting", dimensions: [("pool", pool)])
        acquire = Metrics.Timer(
            label: "paidan_db_acquire_seconds", dimensions: [("pool", pool)], preferredDisplayUnit: .seconds)
        opened = Counter(label: "paidan_db_connections_opened_total", dimensions: [("pool", pool)])
        failed = Counter(label: "paidan_db_connection_failures_total", dimensions: [("pool", pool)])
    }

    func countOpened() { opened.increment() }
    func countFailed() { failed.increment() }

    func recordWait(_ wait: Duration) {
        let (seconds, attoseconds) = wait.components
        acquire.recordNanoseconds(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }

    func show(_ machine: PoolMachine) {
        idle.record(machine.idleCount)
        leased.record(machine.leasedCount)
        opening.record(machine.openingCount)
        waiting.record(machine.waitingCount)
    }
}
