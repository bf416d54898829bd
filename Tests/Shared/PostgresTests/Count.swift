import Synchronization

/// A number that tasks count up together.
final class Count: Sendable {
    private let count = Mutex(0)

    var value: Int { count.withLock { $0 } }

    @discardableResult func up() -> Int {
        count.withLock { count in
            count += 1
            return count
        }
    }
}
