private import Metrics
private import Synchronization

/// Readiness by part, for `/readyz?verbose`.
public final class Health: Sendable {
    /// One part as it was found.
    public struct Part: Sendable, Hashable {
        public let name: String
        /// Whether the service counts as not ready without it.
        public let isRequired: Bool
        /// Nil when all is well; else what is wrong and what to do, for an operator.
        public let trouble: String?
    }

    private struct Check {
        let name: String
        let isRequired: Bool
        let body: @Sendable () async throws -> Void
    }

    private struct State {
        var checks: [Check] = []
        var isStopping = false
    }

    /// A part that has not answered after this long counts as failed.
    private static let patience = Duration.seconds(2)

    private let state = Mutex(State())
    private let ready = Meter(label: "paidan_ready")

    public init() {}

    /// Adds a part. `check` throws when the part is not ready; what it throws is shown to operators.
    ///
    /// - Parameter isRequired: false for a part without which the service can still do its work; it is shown only.
    public func register(
        _ name: String, isRequired: Bool = true, _ check: @escaping @Sendable () async throws -> Void
    ) {
        state.withLock { $0.checks.append(Check(name: name, isRequired: isRequired, body: check)) }
    }

    /// From now on the service is not ready, whatever its parts say: it stops.
    func beginStop() { state.withLock { $0.isStopping = true } }

    /// Asks every part, all at once.
    public func report() async -> (isReady: Bool, parts: [Part]) {
        let (checks, isStopping) = state.withLock { ($0.checks, $0.isStopping) }
        var parts = await withTaskGroup(of: (Int, Part).self) { group in
            for (index, check) in checks.enumerated() {
                group.addTask { (index, await Self.ask(check)) }
            }
            return await group.reduce(into: [(Int, Part)]()) { $0.append($1) }.sorted { $0.0 < $1.0 }.map(\.1)
        }
        if isStopping { parts.append(Part(name: "process", isRequired: true, trouble: "is stopping")) }
        let isReady = parts.allSatisfy { $0.trouble == nil || !$0.isRequired }
        ready.set(isReady ? 1 : 0)
        return (isReady, parts)
    }

    /// Does not wait for a check that does not end when it is cancelled: whoever asks has no more patience either.
    private static func ask(_ check: Check) async -> Part {
        let (answers, answer) = AsyncStream<String?>.makeStream(bufferingPolicy: .bufferingOldest(1))
        let asking = Task {
            do {
                try await check.body()
                answer.yield(nil)
            } catch {
                answer.yield((error as? NotReady)?.reason ?? String(describing: error))
            }
        }
        let waiting = Task {
            // Cancelled as soon as the check has answered; then nobody reads what this says.
            try? await Task.sleep(for: patience)
            answer.yield("gives no answer")
        }
        defer {
            asking.cancel()
            waiting.cancel()
        }
        var trouble: String? = "gives no answer"
        for await first in answers {
            trouble = first
            break
        }
        return Part(name: check.name, isRequired: check.isRequired, trouble: trouble)
    }
}

/// Why a part is not ready, and what to do, in words for an operator.
public struct NotReady: Error, Hashable {
    public let reason: String

    public init(_ reason: String) { self.reason = reason }
}
