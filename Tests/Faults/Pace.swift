import Foundation
import Synchronization

/// How much slower a thread computes here than on a processor of its own: every tenth of a second it works for some
/// milliseconds of processor time, and looks how long that took.
final class Pace: Sendable {
    private static let burst = 0.004
    private let state = Mutex((elapsed: 0.0, processor: 0.0, isOver: false))

    init() {
        let thread = Thread { [self] in
            while !state.withLock(\.isOver) {
                let (start, began) = (Self.read(CLOCK_MONOTONIC), Self.read(CLOCK_THREAD_CPUTIME_ID))
                var used = 0.0
                while used < Self.burst { used = Self.read(CLOCK_THREAD_CPUTIME_ID) - began }
                let elapsed = Self.read(CLOCK_MONOTONIC) - start
                state.withLock {
                    $0.elapsed += elapsed
                    $0.processor += used
                }
                Thread.sleep(forTimeInterval: 0.1)
            }
        }
        thread.name = "pace"
        thread.start()
    }

    /// Ends it. 1 on a quiet machine; 2 when every processor is wanted by two.
    func slowness() -> Double {
        state.withLock { state in
            state.isOver = true
            return state.processor > 0 ? state.elapsed / state.processor : 1
        }
    }

    private static func read(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
