internal import CRabbitMQ
import Foundation

/// A descriptor that becomes readable when somebody rings.
final class Wakeup: Sendable {
    let descriptor = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))

    deinit { close(descriptor) }

    func ring() {
        var one: UInt64 = 1
        // Fails only when the counter is full, and then it is readable anyway.
        _ = write(descriptor, &one, 8)
    }

    func silence() {
        var count: UInt64 = 0
        _ = read(descriptor, &count, 8)
    }
}
