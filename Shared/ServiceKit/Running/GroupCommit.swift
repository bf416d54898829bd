public import Postgres
import Synchronization

/// Lets requests that arrive while a transaction commits share the next one: with many callers the cost of a commit is
/// divided among them, with one caller nothing waits.
///
/// Each caller gets its own verdict. When a batch fails for a reason that may be one request's fault, its requests are
/// tried again one by one, so that neighbours never suffer.
public final class GroupCommit<Request: Sendable, Verdict: Sendable>: Sendable {
    /// Does the work of a batch in one transaction and gives one verdict for each request, in their order.
    public typealias Work = @Sendable ([Request]) async throws -> [Verdict]

    private struct Waiting: Sendable {
        let request: Request
        let continuation: CheckedContinuation<Verdict, any Error>
    }

    private struct State {
        var waiting: [Waiting] = []
        var busyLanes = 0
    }

    private let state = Mutex(State())
    private let lanes: Int
    private let leastBeside: Int
    private let limit: Int
    private let executor: any TaskExecutor
    private let mayBeOnesFault: @Sendable (any Error) -> Bool
    private let work: Work

    /// - Parameters:
    ///   - lanes: transactions under way at once: with two, one is computed while the other commits.
    ///   - leastBeside: requests that must wait for one more to begin beside those under way. The fewer transactions the
    ///     same requests share, the less each costs; but what keeps one transaction waiting, a lock, keeps fewer of them.
    ///   - limit: requests in one transaction.
    ///   - executor: where transactions are carried out.
    ///   - mayBeOnesFault: false for errors that would meet every request alike, such as a lost database.
    public init(
        lanes: Int, leastBeside: Int = 1, limit: Int, executor: any TaskExecutor = globalConcurrentExecutor,
        mayBeOnesFault: @escaping @Sendable (any Error) -> Bool = PostgresError.mayBeOnesFault, work: @escaping Work
    ) {
        self.lanes = lanes
        self.leastBeside = leastBeside
        self.limit = limit
        self.executor = executor
        self.mayBeOnesFault = mayBeOnesFault
        self.work = work
    }

    /// - Throws: what the work threw for this request's batch, or for this request alone.
    public func callAsFunction(_ request: Request) async throws -> Verdict {
        try await withCheckedThrowingContinuation { continuation in
            let opensLane = state.withLock { state in
                state.waiting.append(Waiting(request: request, continuation: continuation))
                guard state.busyLanes == 0 || (state.busyLanes < lanes && state.waiting.count >= leastBeside)
                else { return false }
                state.busyLanes += 1
                return true
            }
            // A lane lives only while somebody waits for it, and every waiter awaits its answer: nothing is left behind.
            if opensLane { Task.detached(executorPreference: executor) { await self.runLane() } }
        }
    }

    private func runLane() async {
        while let batch = nextBatch() {
            await settle(batch)
        }
    }

    private func nextBatch() -> [Waiting]? {
        state.withLock { state in
            // Those who wait are too few for two transactions: whoever is under way takes them when it is through.
            guard !state.waiting.isEmpty, state.busyLanes == 1 || state.waiting.count >= leastBeside else {
                state.busyLanes -= 1
                return nil
            }
            if state.waiting.count <= limit {
                defer { state.waiting = [] }
                return state.waiting
            }
            defer { state.waiting.removeFirst(limit) }
            return Array(state.waiting.prefix(limit))
        }
    }

    private func settle(_ batch: [Waiting]) async {
        do {
            let verdicts = try await work(batch.map(\.request))
            precondition(verdicts.count == batch.count, "one verdict for each request")
            for (waiting, verdict) in zip(batch, verdicts) { waiting.continuation.resume(returning: verdict) }
        } catch  where batch.count > 1 && mayBeOnesFault(error) {
            for waiting in batch { await settle([waiting]) }
        } catch {
            for waiting in batch { waiting.continuation.resume(throwing: error) }
        }
    }
}

extension PostgresError {
    /// False for errors that would meet every request of a batch alike: a database that is lost, full or too slow.
    public static func mayBeOnesFault(_ error: any Error) -> Bool {
        guard let error = error as? PostgresError else { return true }
        return switch error.kind {
        case .connectionLost, .unavailable, .poolTimeout, .circuitOpen, .tooManyConnections, .diskFull, .readOnly,
            .statementTimeout:
            false
        default: true
        }
    }
}
