import Logging
import ServiceLifecycle

/// One part of a running service: waits for the schema if it must, and turns a part that ends by itself into an error,
/// since nobody would notice it otherwise.
struct Part: Service {
    let name: String
    let service: any Service
    /// Nil when the part needs no schema.
    let gate: SchemaGate?
    let logger: Logger

    struct Ended: Error {
        let part: String
    }

    func run() async throws {
        if let gate { await cancelWhenGracefulShutdown { await gate.wait() } }
        if Task.isShuttingDownGracefully || Task.isCancelled { return }
        do {
            try await service.run()
        } catch {
            if Task.isShuttingDownGracefully, error is CancellationError { return }
            logger.error(
                "A part of the service has failed; the service stops",
                metadata: ["part": "\(name)", "error": "\(String(reflecting: error))"])
            throw error
        }
        guard Task.isShuttingDownGracefully || Task.isCancelled else { throw Ended(part: name) }
        logger.debug("Part stopped", metadata: ["part": "\(name)"])
    }
}

/// The last part to start and the first to stop: from its stop on, the service is not ready, and the clock of the
/// stop's deadline runs.
struct StopSignal: Service {
    let health: Health
    let onStop: @Sendable () -> Void

    func run() async throws {
        try await gracefulShutdown()
        health.beginStop()
        onStop()
    }
}
