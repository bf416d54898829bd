/// What went wrong at the broker or on the way to it.
public struct BrokerError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Reason: Hashable, Sendable {
        /// The broker said no, with its reply code: 403 not allowed, 404 not there, 405 locked, 406 declared otherwise.
        case refused(code: Int)
        /// The connection could not be made, or ended before the answer.
        case connectionLost
        /// The client was stopped, or never started.
        case stopped
        /// The declaration cannot be put on the wire.
        case invalid
    }

    public let reason: Reason
    /// In the broker's words where it said something.
    public let description: String

    init(_ reason: Reason, _ description: String) {
        self.reason = reason
        self.description = description
    }

    /// Whether the same call may succeed later without anybody changing anything.
    public var isRetriable: Bool { isConnectionLost }

    public var isConnectionLost: Bool { reason == .connectionLost }
}
