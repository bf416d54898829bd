private import CPostgres
private import Dispatch

/// Asks the server to end the statement that a connection is running.
///
/// `@unchecked Sendable`: `PQcancel` only reads the object, and libpq says that it may be called from any thread.
final class Canceller: @unchecked Sendable {
    private let cancel: OpaquePointer

    init(owning cancel: OpaquePointer) { self.cancel = cancel }

    deinit { PQfreeCancel(cancel) }

    /// Returns at once. libpq opens a connection of its own for this and waits for it, hence the other queue. Whether
    /// it worked is seen on the connection: the statement fails with 57014, or it had ended already.
    func request() {
        DispatchQueue.global().async { [self] in
            withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { words in
                _ = PQcancel(cancel, words.baseAddress, Int32(words.count))
            }
        }
    }
}
