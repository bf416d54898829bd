import Foundation
import Synchronization

/// Frees a thread that is stuck inside the library, which can block without end in a send: shuts the socket down from
/// outside, so that the call returns an error.
///
/// It keeps a descriptor of its own for the socket, so the number cannot meanwhile belong to somebody else's.
final class SendGuard: Sendable {
    private struct State {
        var descriptor: Int32 = -1
        /// Counts entries; odd while the thread is inside the library.
        var entries: UInt64 = 0
        var seen: UInt64 = 0
        var strikes = 0
    }

    /// Looks, one second apart, at the same call before it is ended. Counting looks instead of time spares a process
    /// that was itself stopped for a while.
    static let limit = 5
    private let state = Mutex(State())

    func watch(_ descriptor: Int32) {
        state.withLock {
            if $0.descriptor >= 0 { close($0.descriptor) }
            $0.descriptor = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
        }
    }

    /// To be called before the connection's own descriptor is closed.
    func forget() {
        state.withLock {
            if $0.descriptor >= 0 { close($0.descriptor) }
            $0.descriptor = -1
        }
    }

    func enter() { state.withLock { $0.entries += 1 } }

    func leave() { state.withLock { $0.entries += 1 } }

    /// To be called once a second.
    ///
    /// - Returns: whether a stuck call was ended.
    func look() -> Bool {
        state.withLock {
            guard $0.entries % 2 == 1, $0.entries == $0.seen else {
                ($0.seen, $0.strikes) = ($0.entries, 0)
                return false
            }
            $0.strikes += 1
            guard $0.strikes >= Self.limit, $0.descriptor >= 0 else { return false }
            shutdown($0.descriptor, Int32(SHUT_RDWR))
            return true
        }
    }

    deinit { forget() }
}
