import Logging
import Postgres
import ServiceLifecycle
private import Synchronization

/// Stays shut until the schema has every migration that the program knows, so that a service started too early waits
/// instead of failing. Consumers, relay and timers start behind it; the API answers 503 before it.
final class SchemaGate: Service {
    private static let pause = Duration.milliseconds(500)

    private struct State {
        var isOpen = false
        var trouble = "not looked at yet"
        var waiting: [Int: CheckedContinuation<Void, Never>] = [:]
        var next = 0
        var given: Set<Int> = []
    }

    private let migrator: Migrator
    private let logger: Logger
    private let state = Mutex(State())

    init(_ migrations: [Migration], schema: String, pool: PostgresPool, logger: Logger) {
        migrator = Migrator(migrations, schema: schema, in: pool, logger: logger)
        self.logger = logger
    }

    var isOpen: Bool { state.withLock { $0.isOpen } }

    func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            defer { state.waiting = [:] }
            return state.waiting.values
        }
        for continuation in waiting { continuation.resume() }
    }

    /// For ``Health``.
    func verify() throws {
        let trouble = state.withLock { $0.isOpen ? nil : $0.trouble }
        if let trouble { throw NotReady(trouble) }
    }

    /// Returns when the gate is open, or the task is cancelled.
    func wait() async {
        let ticket = state.withLock { state in
            state.next += 1
            return state.next
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let mayPass = state.withLock { state in
                    if state.isOpen || state.given.remove(ticket) != nil { return true }
                    state.waiting[ticket] = continuation
                    return false
                }
                if mayPass { continuation.resume() }
            }
        } onCancel: {
            let continuation = state.withLock { state in
                let continuation = state.waiting.removeValue(forKey: ticket)
                if continuation == nil, !state.isOpen { state.given.insert(ticket) }
                return continuation
            }
            continuation?.resume()
        }
    }

    /// Looks twice a second until everything is there, then waits for the stop.
    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled, !self.isOpen {
                await self.look()
                // Ends early at the stop; the loop's condition sees it.
                if !self.isOpen { try? await Task.sleep(for: Self.pause) }
            }
        }
        if !Task.isShuttingDownGracefully { try await gracefulShutdown() }
    }

    private func look() async {
        let trouble: String
        do {
            let missing = try await migrator.check()
            if missing.isEmpty { return open() }
            trouble = "migrations are missing: \(missing.joined(separator: ", ")); run `paidan migrate`"
        } catch MigrationError.unknown(let name) {
            // A newer program has migrated already; migrations are made so that this one can still run.
            logger.warning("The schema is newer than this program; upgrade it", metadata: ["migration": "\(name)"])
            return open()
        } catch let error as PostgresError where error.isOutage {
            trouble = "the database does not answer"
        } catch {
            trouble = "the schema cannot be checked, run `paidan migrate`: \(error)"
        }
        let isNew = state.withLock { state in
            defer { state.trouble = trouble }
            return state.trouble != trouble
        }
        if isNew { logger.warning("Waiting for the schema", metadata: ["error": "\(trouble)"]) }
    }
}
