internal import Logging
internal import Postgres
internal import ServiceLifecycle

/// Forgets idempotency keys after three days, a few thousand at a time, so that no lock is held for long.
struct IdempotencyKeyRetention: Service {
    let pool: PostgresPool
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    while try await AnswerStore.removeOld(in: pool) > 0, !Task.isCancelled {}
                } catch is CancellationError {
                    return
                } catch {
                    logger.warning(
                        "Old idempotency keys were not removed; it is tried again in an hour",
                        metadata: ["error": "\(error)"])
                }
                // Ends early by cancellation only, which the loop's condition sees.
                try? await Task.sleep(for: .seconds(3600))
            }
        }
    }
}
