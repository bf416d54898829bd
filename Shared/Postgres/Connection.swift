internal import Synchronization

/// One connection to the server, used by one caller at a time.
///
/// Operations are sent by the calling thread, one in flight, others behind it in the order of asking; the
/// ``PollThread`` reads the answers and calls the completions.
final class Connection: Sendable {
    struct Listener: Sendable {
        let channel: String
        let stream: AsyncThrowingStream<String, any Error>.Continuation
    }

    /// What is to be told when the lock is released.
    struct Outcome: Sendable {
        let settled: [(Operation.Completion, Result<[QueryResult], any Error>)]
        let loss: Loss?
    }

    /// How a connection ended without our asking.
    enum Loss: Sendable { case ended, silent }

    struct State: Sendable {
        var line: Line?
        var token: UInt64 = 0
        var prepared = PreparedStatements()
        var current: Operation?
        var waiting: [Operation] = []
        var pendingPrefix: [SQL] = []
        var deadline: ContinuousClock.Instant?
        var waitsForRoom = false
        /// The conversation was disturbed (a cancel is under way): not to be used by another caller.
        var isTainted = false
        var loss: PostgresError?
        /// A cancellation that came before its operation.
        var cancelledEarly: UInt64?
        var listeners: [Listener] = []
        /// Completions to be called when the lock is released.
        var settled: [(Operation.Completion, Result<[QueryResult], any Error>)] = []
        var newLoss: Loss?
    }

    let id: Int
    let poll: PollThread
    let canceller: Canceller?
    private let onLost: @Sendable (Int, Loss) -> Void
    let state = Mutex(State())

    /// - Parameter onLost: called once when the server ends the connection or is silent, not when ``close()`` does.
    init(id: Int, line: Line, poll: PollThread, onLost: @escaping @Sendable (Int, Loss) -> Void) {
        self.id = id
        self.poll = poll
        self.onLost = onLost
        canceller = line.makeCanceller()
        let token = poll.add(self, descriptor: line.descriptor)
        state.withLock { state in
            state.line = line
            state.token = token
        }
    }

    var transactionStatus: TransactionStatus { state.withLock { $0.line?.transactionStatus ?? .unknown } }

    /// Whether the next caller may have it as it is.
    var isReusable: Bool {
        state.withLock { state in
            guard let line = state.line, !state.isTainted, state.current == nil, state.listeners.isEmpty else {
                return false
            }
            return line.transactionStatus == .idle
        }
    }

    /// Whether it can still be spoken to.
    var isUsable: Bool { state.withLock { $0.line != nil && !$0.isTainted } }

    /// Puts `statements` before the next batch, in the same round trip.
    func begin(with statements: [SQL]) { state.withLock { $0.pendingPrefix = statements } }

    /// Takes back what ``begin(with:)`` was given, when it was not sent; says whether it was taken back.
    func withdrawBegin() -> Bool {
        state.withLock { state in
            defer { state.pendingPrefix = [] }
            return !state.pendingPrefix.isEmpty
        }
    }

    func taint() { state.withLock { $0.isTainted = true } }

    /// Asks, and calls `completion` exactly once, on this thread or the poll thread.
    func submit(_ operation: Operation) {
        act { state in
            if let loss = state.loss {
                state.settled.append((operation.completion, .failure(loss)))
            } else if state.cancelledEarly == operation.id {
                state.settled.append((operation.completion, .failure(CancellationError())))
            } else if state.current == nil {
                start(operation, &state)
            } else {
                state.waiting.append(operation)
            }
        }
    }

    /// Asks that the operation end soon. Its completion is called when the server has answered, and the connection is
    /// not used again: the server may get the request a moment late and apply it to what follows.
    func cancel(_ id: UInt64) {
        act { state in
            if state.current?.id == id {
                state.current?.isCancelled = true
                state.isTainted = true
                state.deadline = .now + .seconds(5)
                canceller?.request()
            } else if let place = state.waiting.firstIndex(where: { $0.id == id }) {
                state.settled.append((state.waiting.remove(at: place).completion, .failure(CancellationError())))
            } else {
                state.cancelledEarly = id
            }
        }
    }

    /// What others say on `channel`, until the connection is closed or taken back. The LISTEN itself is the caller's.
    func notifications(on channel: String) -> AsyncThrowingStream<String, any Error> {
        let (stream, continuation) = AsyncThrowingStream.makeStream(
            of: String.self, throwing: (any Error).self, bufferingPolicy: .bufferingNewest(1024))
        let loss = state.withLock { state in
            if state.loss == nil { state.listeners.append(Listener(channel: channel, stream: continuation)) }
            return state.loss
        }
        if let loss { continuation.finish(throwing: loss) }
        return stream
    }

    func endNotifications() {
        let listeners = state.withLock { state in
            defer { state.listeners = [] }
            return state.listeners
        }
        for listener in listeners { listener.stream.finish() }
    }

    /// Ends the connection; operations under way fail with `connectionLost`.
    func close() {
        act { state in
            lose(PostgresError(.connectionLost, "The connection was closed"), &state)
            state.newLoss = nil
        }
    }

    // MARK: Called by the poll thread

    /// False: a caller is just sending. It may have been put to sleep in the middle by the server that it woke, so it is
    /// better let run than waited for with a spinning lock.
    func ready(writable: Bool) -> Bool {
        tryAct { state in
            guard let line = state.line else { return }
            let alive = line.consume()
            while let (channel, payload) = line.nextNotification() {
                for listener in state.listeners where listener.channel == channel { listener.stream.yield(payload) }
            }
            advance(&state)
            // It speaks: its time begins anew.
            if let operation = state.current, let patience = operation.patience, !operation.isCancelled {
                state.deadline = .now + patience
            }
            if !alive { return lose(PostgresError(.connectionLost, line.complaint), &state) }
            if writable || state.waitsForRoom { flush(&state) }
        }
    }

    func sweep(_ now: ContinuousClock.Instant) {
        act { state in
            if let deadline = state.deadline, deadline <= now {
                lose(PostgresError(.connectionLost, "The server did not answer in time"), as: .silent, &state)
            }
        }
    }

    // MARK: Under the lock

    private func act(_ body: (inout State) -> Void) { finish(state.withLock { Self.outcome(of: body, &$0) }) }

    private func tryAct(_ body: (inout State) -> Void) -> Bool {
        guard let outcome = state.withLockIfAvailable({ Self.outcome(of: body, &$0) }) else { return false }
        finish(outcome)
        return true
    }

    private static func outcome(of body: (inout State) -> Void, _ state: inout State) -> Outcome {
        body(&state)
        defer { (state.settled, state.newLoss) = ([], nil) }
        return Outcome(settled: state.settled, loss: state.newLoss)
    }

    private func finish(_ outcome: Outcome) {
        // The pool first: whoever hears of the silence and asks again at once must not be lent the next silent one.
        if let loss = outcome.loss { onLost(id, loss) }
        for (completion, result) in outcome.settled { completion(result) }
    }
}
