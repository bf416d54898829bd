import Foundation
import Synchronization

/// A thread that runs one actor's jobs and sleeps on its socket in between, so that the blocking C library can never
/// hold up a thread that others need.
///
/// The thread lives until ``stop()``, which the actor calls when it goes; jobs are run until then.
final class ThreadExecutor: SerialExecutor {
    /// What the thread sleeps on, besides new jobs.
    struct Sleep: Sendable {
        var descriptor: Int32?
        var wantsWrite = false
        /// Nil: for ever.
        var limit: Duration?
    }

    private struct State {
        var jobs: [UnownedJob] = []
        var isAsleep = false
        var isNudged = false
        var isStopped = false
        var thread: pthread_t?
    }

    private let state = Mutex(State())
    private let wakeup = Wakeup()

    /// - Parameter turn: called on the thread whenever it wakes, with whether the socket can be written; returns what
    ///   to sleep on, nil when the actor is gone.
    func start(name: String, turn: @escaping @Sendable (_ isWritable: Bool) -> Sleep?) {
        let thread = Thread { self.loop(turn) }
        thread.name = name
        // Tables nested as deep as a frame allows are decoded by recursion in the library.
        thread.stackSize = 64 << 20
        thread.start()
    }

    func stop() {
        state.withLock { $0.isStopped = true }
        wake()
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let mustWake = state.withLock { state in
            state.jobs.append(job)
            defer { state.isAsleep = false }
            return state.isAsleep
        }
        if mustWake { wake() }
    }

    /// Sees to it that a turn begins after this call.
    func nudge() {
        let mustWake = state.withLock { state in
            state.isNudged = true
            defer { state.isAsleep = false }
            return state.isAsleep
        }
        if mustWake { wake() }
    }

    func asUnownedSerialExecutor() -> UnownedSerialExecutor { UnownedSerialExecutor(ordinary: self) }

    func checkIsolated() {
        precondition(isCurrent, "called outside the connection's thread")
    }

    private var isCurrent: Bool {
        state.withLock { $0.thread.map { pthread_equal($0, pthread_self()) != 0 } ?? false }
    }

    /// Makes the thread take a turn.
    func wake() { wakeup.ring() }

    private func loop(_ turn: @Sendable (Bool) -> Sleep?) {
        state.withLock { $0.thread = pthread_self() }
        var isWritable = false
        while true {
            let (jobs, isStopped) = state.withLock { state in
                defer { (state.jobs, state.isNudged) = ([], false) }
                return (state.jobs, state.isStopped)
            }
            for job in jobs { job.runSynchronously(on: asUnownedSerialExecutor()) }
            if isStopped, jobs.isEmpty { return }
            guard let sleep = turn(isWritable) else {
                isWritable = false
                if state.withLock({ $0.isStopped && $0.jobs.isEmpty }) { return }
                self.sleep(Sleep(limit: .milliseconds(100)))
                continue
            }
            isWritable = self.sleep(sleep)
        }
    }

    /// - Returns: whether the socket can be written.
    @discardableResult private func sleep(_ sleep: Sleep) -> Bool {
        let maySleep = state.withLock {
            $0.isAsleep = $0.jobs.isEmpty && !$0.isStopped && !$0.isNudged
            return $0.isAsleep
        }
        var descriptors = [
            pollfd(fd: wakeup.descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(
                fd: sleep.descriptor ?? -1, events: Int16(POLLIN) | (sleep.wantsWrite ? Int16(POLLOUT) : 0), revents: 0),
        ]
        let limit = maySleep ? sleep.limit.map(Self.milliseconds) ?? -1 : 0
        _ = poll(&descriptors, 2, limit)
        state.withLock { $0.isAsleep = false }
        if descriptors[0].revents != 0 { wakeup.silence() }
        return descriptors[1].revents & Int16(POLLOUT) != 0
    }

    /// Rounded up, so that a deadline has passed when the thread wakes for it.
    private static func milliseconds(_ duration: Duration) -> Int32 {
        let (seconds, attoseconds) = duration.components
        if seconds < 0 { return 0 }
        if seconds >= 3600 { return 3_600_000 }
        return Int32(seconds) * 1000 + Int32((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }
}
