private import Synchronization

/// One connection to the server, used by one caller at a time.
///
/// Operations are sent by the calling thread, one in flight, others behind it in the order of asking; the
/// ``PollThread`` reads the answers and calls the completions.
final class Connection: Sendable {
    private struct Listener: Sendable {
        let channel: String
        let stream: AsyncThrowingStream<String, any Error>.Continuation
    }

    private struct State: Sendable {
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
        var isNewlyLost = false
    }

    let id: Int
    private let poll: PollThread
    private let canceller: Canceller?
    private let onLost: @Sendable (Int) -> Void
    private let state = Mutex(State())

    /// - Parameter onLost: called once when the server ends the connection, not when ``close()`` does.
    init(id: Int, line: Line, poll: PollThread, onLost: @escaping @Sendable (Int) -> Void) {
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
            guard let line = state.line, !state.isTainted, state.current == nil, state.listeners.isEmpty else { return false }
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
            state.isNewlyLost = false
        }
    }

    // MARK: Called by the poll thread

    func ready(writable: Bool) {
        act { state in
            guard let line = state.line else { return }
            let alive = line.consume()
            while let (channel, payload) = line.nextNotification() {
                for listener in state.listeners where listener.channel == channel { listener.stream.yield(payload) }
            }
            advance(&state)
            if !alive { return lose(PostgresError(.connectionLost, line.complaint), &state) }
            if writable || state.waitsForRoom { flush(&state) }
        }
    }

    func sweep(_ now: ContinuousClock.Instant) {
        act { state in
            if let deadline = state.deadline, deadline <= now {
                lose(PostgresError(.connectionLost, "The server did not answer in time"), &state)
            }
        }
    }

    // MARK: Under the lock

    private func act(_ body: (inout State) -> Void) {
        let (settled, lost) = state.withLock { state in
            body(&state)
            defer { (state.settled, state.isNewlyLost) = ([], false) }
            return (state.settled, state.isNewlyLost)
        }
        for (completion, result) in settled { completion(result) }
        if lost { onLost(id) }
    }

    private func start(_ operation: Operation, _ state: inout State) {
        guard let line = state.line else { return }
        var operation = operation
        let sent =
            switch operation.work {
            case .batch(let statements): Self.send(statements, as: &operation, on: line, &state)
            case .script(let text), .copyStart(let text): line.script(text)
            case .copyRows, .copyEnd: true
            }
        state.deadline = operation.patience.map { .now + $0 }
        state.current = operation
        guard sent else { return lose(PostgresError(.connectionLost, line.complaint), &state) }
        switch operation.work {
        case .copyRows, .copyEnd: feedCopy(&state)
        case .batch, .script, .copyStart: flush(&state)
        }
    }

    private static func send(
        _ statements: [SQL], as operation: inout Operation, on line: Line, _ state: inout State
    ) -> Bool {
        let prefix = state.pendingPrefix
        state.pendingPrefix = []
        let status = line.transactionStatus
        operation.isAlone = prefix.isEmpty && status == .idle
        operation.reader = PipelineReader()
        // In a failed transaction nothing but its end is allowed.
        if status != .failed, let name = state.prepared.discarded.first {
            guard line.executeOnce("deallocate \(name)") else { return false }
            operation.reader.expect(.forget(name))
        }
        var fresh: [PreparedStatements.Key: String] = [:]
        for (place, sql) in (prefix + statements).enumerated() {
            let key = PreparedStatements.Key(text: sql.text, types: sql.parameters.types)
            let name: String
            if let known = state.prepared.name(of: key) ?? fresh[key] {
                name = known
            } else {
                name = state.prepared.newName()
                fresh[key] = name
                guard line.prepare(name, sql) else { return false }
                operation.reader.expect(.prepare(name, key))
            }
            guard line.execute(name, sql.parameters) else { return false }
            operation.reader.expect(place < prefix.count ? .prefix : .execute)
        }
        operation.reader.expect(.sync)
        return line.sync()
    }

    /// Hands libpq's buffer to the kernel, and waits for room when there is none.
    private func flush(_ state: inout State) {
        guard let line = state.line else { return }
        let sent = line.flush()
        if sent == .failed {
            // What the server said before it went may still be there to read: `ready` finds out.
            return
        }
        let waits = sent == .partly
        if waits != state.waitsForRoom {
            state.waitsForRoom = waits
            poll.watch(line.descriptor, token: state.token, writable: waits)
        }
        if !waits, case .copyRows(let bytes) = state.current?.work {
            if state.current?.copied == bytes.count { settle(&state) } else { feedCopy(&state) }
        } else if !waits, case .copyEnd = state.current?.work, state.current?.copied == 0 {
            feedCopy(&state)
        }
    }

    private func feedCopy(_ state: inout State) {
        guard let line = state.line, let operation = state.current else { return }
        let taken: Bool?
        switch operation.work {
        case .copyRows(let bytes):
            let end = min(operation.copied + 32_768, bytes.count)
            taken = line.copy(bytes[operation.copied..<end])
            if taken == true { state.current?.copied = end }
        case .copyEnd(let refusal):
            taken = line.endCopy(refusal: refusal)
            if taken == true { state.current?.copied = 1 }
        case .batch, .script, .copyStart: return
        }
        if taken == nil { return lose(PostgresError(.connectionLost, line.complaint), &state) }
        if taken == false {
            state.waitsForRoom = true
            poll.watch(line.descriptor, token: state.token, writable: true)
        } else {
            flush(&state)
        }
    }

    /// Takes the answers that are complete.
    private func advance(_ state: inout State) {
        while let line = state.line, let operation = state.current {
            if case .copyRows = operation.work { return }
            if case .copyEnd = operation.work, operation.copied == 0 { return }
            guard let answer = line.nextAnswer() else { return }
            if let patience = operation.patience, !operation.isCancelled { state.deadline = .now + patience }
            if case .failed(let error) = answer, error.isConnectionLost { return lose(error, &state) }
            switch operation.work {
            case .batch: advanceBatch(answer, &state)
            case .script, .copyStart, .copyEnd: advanceScript(answer, line, &state)
            case .copyRows: return
            }
        }
    }

    private func advanceBatch(_ answer: Answer, _ state: inout State) {
        switch state.current?.reader.receive(answer) {
        case .finished: settle(&state)
        case .surprise(let words): lose(PostgresError(.connectionLost, "The server's answers are out of step: \(words)"), &state)
        case .more, nil: break
        }
    }

    private func advanceScript(_ answer: Answer, _ line: Line, _ state: inout State) {
        switch answer {
        case .result(let result): state.current?.results.append(result)
        case .failed(let error): if state.current?.error == nil { state.current?.error = error }
        case .copyIn:
            guard case .copyStart = state.current?.work else {
                return lose(PostgresError(.programming, "COPY is for copyIn"), &state)
            }
            settle(&state)
        case .end:
            guard line.resumePipelines() else { return lose(PostgresError(.connectionLost, line.complaint), &state) }
            settle(&state)
        case .aborted, .sync, .other:
            lose(PostgresError(.connectionLost, "The server's answers are out of step: \(answer)"), &state)
        }
    }

    /// The current operation has its answer.
    private func settle(_ state: inout State) {
        guard var operation = state.current else { return }
        state.current = nil
        state.deadline = nil
        for (name, key) in operation.reader.prepared { state.prepared.insert(name, for: key) }
        for name in operation.reader.forgotten { state.prepared.forgotten(name) }
        let error = operation.error ?? operation.reader.error
        if let error, error.isStalePlan {
            state.prepared.forgetAll(kept: error.sqlState != "26000")
            let isOver = state.line?.transactionStatus == .idle
            if operation.isAlone, isOver, !operation.hasRetried, !operation.isCancelled {
                operation.hasRetried = true
                return start(operation, &state)
            }
        }
        let result: Result<[QueryResult], any Error> =
            if let error {
                .failure(operation.isCancelled && error.kind == .statementTimeout ? CancellationError() : error)
            } else if case .batch = operation.work {
                .success(operation.reader.results)
            } else {
                .success(operation.results)
            }
        state.settled.append((operation.completion, result))
        if !state.waiting.isEmpty { start(state.waiting.removeFirst(), &state) }
    }

    private func lose(_ error: PostgresError, _ state: inout State) {
        guard let line = state.line else { return }
        poll.forget(line.descriptor, token: state.token)
        state.loss = error
        state.isNewlyLost = true
        let operations = (state.current.map { [$0] } ?? []) + state.waiting
        for operation in operations { state.settled.append((operation.completion, .failure(error))) }
        for listener in state.listeners { listener.stream.finish(throwing: error) }
        (state.current, state.waiting, state.listeners) = (nil, [], [])
        state.deadline = nil
        state.line = nil
    }
}
