import Synchronization

/// Process ids of backends, gathered in closures.
final class Pids: Sendable {
    private let pids = Mutex<[Int]>([])

    var all: [Int] { pids.withLock { $0 } }

    func add(_ pid: Int) { pids.withLock { $0.append(pid) } }
}
