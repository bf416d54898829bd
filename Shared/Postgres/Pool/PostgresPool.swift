public import Logging
public import ServiceLifecycle
private import Synchronization

/// Connections to one database for one purpose. Add it to the service group: `run()` opens connections and keeps them.
///
/// Requests made before `run()` has connected wait up to the acquire timeout. While the server cannot be reached for
/// longer than five seconds, they fail at once with kind `circuitOpen`.
public final class PostgresPool: Service, Sendable {
    typealias Grant = @Sendable (Result<Connection, any Error>) -> Void

    private struct State: Sendable {
        var machine: PoolMachine
        var connections: [Int: Connection] = [:]
        var grants: [UInt64: Grant] = [:]
        /// Why the last attempt to connect failed; shown to those who waited in vain.
        var lastFailure: PostgresError?
        var end: CheckedContinuation<Void, Never>?
        var hasEnded = false
    }

    let settings: DatabaseSettings
    let name: String
    let logger: Logger
    private let metrics: PoolMetrics
    private let origin = ContinuousClock.now
    private let lastRequest = Atomic<UInt64>(0)
    private let state: Mutex<State>
    private let poll: PollThread

    /// - Parameters:
    ///   - name: tells pools apart in logs and metrics; from a closed set.
    ///   - size: connections at most.
    public convenience init(
        _ settings: DatabaseSettings, name: String, size: Int, acquireTimeout: Duration = .seconds(5), logger: Logger
    ) {
        self.init(
            settings, name: name, limits: .init(size: max(size, 1), acquireTimeout: acquireTimeout), logger: logger)
    }

    init(_ settings: DatabaseSettings, name: String, limits: PoolMachine.Limits, logger: Logger) {
        self.settings = settings
        self.name = name
        var logger = logger
        logger[metadataKey: "pool"] = "\(name)"
        self.logger = logger
        metrics = PoolMetrics(pool: name)
        state = Mutex(State(machine: PoolMachine(limits: limits)))
        let pool = WeakPool()
        poll = PollThread(label: "pg-\(name)") { pool.value?.tick($0) }
        pool.value = self
    }

    deinit { poll.stop() }

    /// Keeps connections until a graceful shutdown, after which it waits for those in use; when the task is cancelled
    /// it closes them at once. It cannot be run a second time.
    public func run() async throws {
        act { $0.start(now: $1) }
        await withTaskCancellationHandler {
            await withGracefulShutdownHandler {
                await ended()
            } onGracefulShutdown: {
                self.act { $0.drain(now: $1) }
            }
        } onCancel: {
            act { machine, _ in machine.shutDown() }
        }
        poll.stop()
    }

    /// The thread that reads the answers, for tasks that do little else than wait for this pool:
    /// `group.addTask(executorPreference: pool.executor) { … }`. They go on without a change of thread when an answer has
    /// come. Nothing may block there, or compute for long: every answer of the pool waits meanwhile.
    public var executor: any TaskExecutor { poll }

    // MARK: Requests

    /// Ids of requests are those of the operations done for them, so that one id cancels whichever it finds.
    func newRequest() -> UInt64 { lastRequest.add(1, ordering: .relaxed).newValue }

    /// Calls `grant` exactly once, on this thread or another; it must be quick. Whoever gets a connection gives it back.
    func acquire(_ request: UInt64, grant: @escaping Grant) {
        let asked = ContinuousClock.now
        let immediate = state.withLock { state in
            state.machine.acquireNow(request).flatMap { state.connections[$0] }
        }
        if let immediate {
            metrics.recordWait(.zero)
            return grant(.success(immediate))
        }
        act(
            remembering: (
                request,
                { [metrics] result in
                    metrics.recordWait(.now - asked)
                    grant(result)
                }
            )
        ) { $0.acquire(request, now: $1) }
    }

    /// Withdraws the request, or asks the server to end what is being done for it.
    func cancel(_ request: UInt64) {
        let (grant, connection): (Grant?, Connection?) = state.withLock { state in
            if state.machine.withdraw(request) { return (state.grants.removeValue(forKey: request), nil) }
            return (nil, state.machine.member(serving: request).flatMap { state.connections[$0] })
        }
        grant?(.failure(CancellationError()))
        connection?.cancel(request)
    }

    func release(_ connection: Connection) {
        let reusable = connection.isReusable
        act { $0.release(connection.id, reusable: reusable, now: $1) }
    }

    // MARK: The machine's hands

    private func tick(_ now: ContinuousClock.Instant) {
        act { $0.tick($1) }
        metrics.show(state.withLock { $0.machine })
    }

    private func act(
        remembering grant: (UInt64, Grant)? = nil, _ event: (inout PoolMachine, Duration) -> [PoolMachine.Action]
    ) {
        let now = ContinuousClock.now - origin
        var calls: [@Sendable () -> Void] = []
        let deadline = state.withLock { state in
            if let (request, grant) = grant { state.grants[request] = grant }
            for action in event(&state.machine, now) {
                if let call = perform(action, &state) { calls.append(call) }
            }
            return state.machine.nextDeadline
        }
        if let deadline { poll.wake(at: origin + deadline) }
        for call in calls { call() }
    }

    /// What is to be done when the lock is released.
    private func perform(_ action: PoolMachine.Action, _ state: inout State) -> (@Sendable () -> Void)? {
        switch action {
        case .open(let id): return { self.open(id) }
        case .close(let id):
            let connection = state.connections.removeValue(forKey: id)
            return { connection?.close() }
        case .check(let id):
            guard let connection = state.connections[id] else { return nil }
            return { self.check(connection) }
        case .grant(let request, let id):
            let grant = state.grants.removeValue(forKey: request)
            guard let connection = state.connections[id] else { return nil }
            return { grant?(.success(connection)) }
        case .refuse(let request, let reason):
            let grant = state.grants.removeValue(forKey: request)
            let error = Self.error(reason, after: state.lastFailure, timeout: state.machine.limits.acquireTimeout)
            return { grant?(.failure(error)) }
        case .finish:
            state.hasEnded = true
            let end = state.end.take()
            return { end?.resume() }
        }
    }

    private func open(_ id: Int) {
        Dial.dial(settings) { [self] result in
            switch result {
            case .success(let line):
                metrics.countOpened()
                let connection = Connection(id: id, line: line, poll: poll) { [weak self] id, loss in
                    self?.act { loss == .silent ? $0.fellSilent(id, now: $1) : $0.lost(id, now: $1) }
                }
                state.withLock { state in
                    state.connections[id] = connection
                    state.lastFailure = nil
                }
                act { $0.opened(id, now: $1, share: .random(in: 0..<1)) }
            case .failure(let error):
                metrics.countFailed()
                let isFirst = state.withLock { state in
                    defer { state.lastFailure = error }
                    return state.lastFailure == nil
                }
                logger.log(
                    level: isFirst ? .error : .debug,
                    "Cannot connect to the database; trying again. Check that it runs and that database.* settings fit",
                    metadata: ["error": "\(error)"])
                act { $0.openFailed(id, now: $1, share: .random(in: 0..<1)) }
            }
        }
    }

    private func check(_ connection: Connection) {
        let id = connection.id
        connection.submit(
            Operation(id: newRequest(), work: .batch(["select 1"]), patience: .seconds(5)) { [weak self] result in
                let works = (try? result.get()) != nil  // the reason is of no interest: it is closed
                self?.act { $0.checked(id, works: works, now: $1) }
            })
    }

    private func ended() async {
        await withCheckedContinuation { continuation in
            let hasEnded = state.withLock { state in
                if !state.hasEnded { state.end = continuation }
                return state.hasEnded
            }
            if hasEnded { continuation.resume() }
        }
    }

    private static func error(_ reason: PoolMachine.Refusal, after failure: PostgresError?, timeout: Duration)
        -> PostgresError
    {
        let cause = failure.map { "; the last attempt to connect: \($0.message)" } ?? ""
        return switch reason {
        case .timeout: PostgresError(.poolTimeout, "No connection became free within \(timeout)\(cause)")
        case .circuitOpen: PostgresError(.circuitOpen, "The database cannot be reached\(cause)")
        case .closed: PostgresError(.unavailable, "The pool is closed")
        }
    }
}

/// Breaks the circle between the pool and its thread.
private final class WeakPool: Sendable {
    private let held = Mutex<Held>(Held())
    private struct Held: Sendable { weak var pool: PostgresPool? }

    var value: PostgresPool? {
        get { held.withLock { $0.pool } }
        set { held.withLock { $0.pool = newValue } }
    }
}
