private import CPostgres
private import Foundation
private import Glibc
private import Synchronization

/// One thread that waits for all connections of a pool and hands out what arrives.
///
/// Statements are sent by the caller's own thread; this one reads the answers. So a statement costs one change of
/// thread, whatever the number of connections, and none for tasks that run here (``PostgresPool/executor``).
final class PollThread: TaskExecutor {
    private struct State {
        var watched: [UInt64: Connection] = [:]
        var nextToken: UInt64 = 1
        var wakeAt: ContinuousClock.Instant?
        var stopped = false
        /// Of tasks that run here.
        var jobs: [UnownedJob] = []
        /// Waits for the descriptors, so that it must be rung for.
        var isAsleep = false
        /// Runs no job any more.
        var hasEnded = false
    }

    private static let wakeToken: UInt64 = 0
    private static let sweepInterval = Duration.seconds(1)

    private let epoll: Int32
    private let alarm: Int32
    private let state = Mutex(State())

    /// - Parameter tick: called on the thread every second, and at the instants asked for by ``wake(at:)``.
    init(label: String, tick: @escaping @Sendable (ContinuousClock.Instant) -> Void) {
        epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
        alarm = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        control(EPOLL_CTL_ADD, alarm, token: Self.wakeToken, writable: false)
        let thread = Thread { [self] in run(tick) }
        thread.name = label
        thread.start()
    }

    // Not at the thread's end: a late call must not reach a descriptor that is another's by then.
    deinit {
        close(epoll)
        close(alarm)
    }

    /// Ends the thread; connections still watched hear nothing any more.
    func stop() {
        state.withLock { $0.stopped = true }
        ring()
    }

    /// - Returns: the token for ``watch(_:token:writable:)`` and ``forget(_:token:)``.
    func add(_ connection: Connection, descriptor: Int32) -> UInt64 {
        let token = state.withLock { state in
            defer { state.nextToken += 1 }
            state.watched[state.nextToken] = connection
            return state.nextToken
        }
        control(EPOLL_CTL_ADD, descriptor, token: token, writable: false)
        return token
    }

    /// Says whether room for writing is waited for too.
    func watch(_ descriptor: Int32, token: UInt64, writable: Bool) {
        control(EPOLL_CTL_MOD, descriptor, token: token, writable: writable)
    }

    /// To be called before the descriptor is closed: its number may be another's a moment later.
    func forget(_ descriptor: Int32, token: UInt64) {
        control(EPOLL_CTL_DEL, descriptor, token: token, writable: false)
        // Released outside of the lock: it may be the last reference.
        _ = state.withLock { $0.watched.removeValue(forKey: token) }
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let (isTaken, mustRing) = state.withLock { state in
            if state.hasEnded { return (false, false) }
            state.jobs.append(job)
            defer { state.isAsleep = false }
            return (true, state.isAsleep)
        }
        if mustRing { ring() }
        // A task outlives the pool's end: what is left of it runs where all others do.
        if !isTaken { globalConcurrentExecutor.enqueue(ExecutorJob(job)) }
    }

    func wake(at instant: ContinuousClock.Instant) {
        let sooner = state.withLock { state in
            guard state.wakeAt.map({ instant < $0 }) ?? true else { return false }
            state.wakeAt = instant
            return true
        }
        if sooner { ring() }
    }

    private func ring() {
        var one: UInt64 = 1
        write(alarm, &one, 8)
    }

    private func control(_ operation: Int32, _ descriptor: Int32, token: UInt64, writable: Bool) {
        var event = epoll_event()
        event.events = EPOLLIN.rawValue | (writable ? EPOLLOUT.rawValue : 0)
        event.data.u64 = token
        epoll_ctl(epoll, operation, descriptor, &event)
    }

    private func run(_ tick: (ContinuousClock.Instant) -> Void) {
        var events = [epoll_event](repeating: epoll_event(), count: 64)
        var jobs: [UnownedJob] = []
        var nextSweep = ContinuousClock.now + Self.sweepInterval
        while true {
            let (wakeAt, stopped, hasJobs) = state.withLock { state in
                state.isAsleep = state.jobs.isEmpty && !state.stopped
                state.hasEnded = state.jobs.isEmpty && state.stopped
                return (state.wakeAt, state.hasEnded, !state.jobs.isEmpty)
            }
            if stopped { break }
            let until = min(nextSweep, wakeAt ?? nextSweep) - .now
            let wait = hasJobs || until <= .zero ? 0 : Int32(clamping: until.milliseconds + 1)
            let count = epoll_wait(epoll, &events, Int32(events.count), wait)
            state.withLock { $0.isAsleep = false }
            var isBusy = false
            for event in events.prefix(Int(max(count, 0))) where !handle(event) { isBusy = true }
            // The event comes again, since nobody has read what it announces.
            if isBusy { sched_yield() }
            state.withLock { swap(&$0.jobs, &jobs) }
            for job in jobs { job.runSynchronously(on: asUnownedTaskExecutor()) }
            jobs.removeAll(keepingCapacity: true)

            let now = ContinuousClock.now
            let due = state.withLock { state in
                guard let wakeAt = state.wakeAt, wakeAt <= now else { return false }
                state.wakeAt = nil
                return true
            }
            if now >= nextSweep {
                nextSweep = now + Self.sweepInterval
                for connection in state.withLock({ Array($0.watched.values) }) { connection.sweep(now) }
                tick(now)
            } else if due {
                tick(now)
            }
        }
    }

    /// False: the connection is in use just now.
    private func handle(_ event: epoll_event) -> Bool {
        let token = event.data.u64
        if token == Self.wakeToken {
            var count: UInt64 = 0
            read(alarm, &count, 8)
            return true
        }
        guard let connection = state.withLock({ $0.watched[token] }) else { return true }
        return connection.ready(writable: event.events & EPOLLOUT.rawValue != 0)
    }
}
