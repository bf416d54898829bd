import Synchronization

/// Deliveries of one queue, on a channel of their own that is opened again after every loss, until ``cancel()``.
///
/// Subscribes when the first delivery is asked for, or before by ``subscribe()``. At-least-once: what was not acknowledged on a lost connection is
/// delivered again.
public final class Consumption: Sendable, AsyncSequence {
    public typealias Element = ReceivedMessage

    public struct AsyncIterator: AsyncIteratorProtocol {
        let consumption: Consumption

        /// The next delivery; nil after ``Consumption/cancel()`` or the client's stop.
        public mutating func next() async throws -> ReceivedMessage? { try await consumption.nextBatch(upTo: 1)?.first }
    }

    private enum State { case new, subscribed, cancelled }

    public let queue: String
    private let prefetch: Int
    private let id: Int
    private let connection: Connection
    private let buffer = DeliveryBuffer()
    private let state = Mutex(State.new)

    init(queue: String, prefetch: Int, id: Int, connection: Connection) {
        self.queue = queue
        self.prefetch = prefetch
        self.id = id
        self.connection = connection
    }

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(consumption: self) }

    /// What is there now, at least one (waits for it), at most `limit`; nil after `cancel()` and the last one, and after
    /// the client's stop.
    ///
    /// - Throws: `CancellationError` when the task is cancelled while it waits; no delivery is lost by that.
    public func nextBatch(upTo limit: Int) async throws -> [ReceivedMessage]? {
        await subscribe()
        return try await buffer.take(upTo: limit)
    }

    /// Asks for deliveries, without waiting for them.
    public func subscribe() async {
        let isFirst = state.withLock {
            guard $0 == .new else { return false }
            $0 = .subscribed
            return true
        }
        guard isFirst else { return }
        await connection.subscribe(id, queue: queue, prefetch: prefetch, buffer)
        if state.withLock({ $0 == .cancelled }) { await connection.cancel(id, buffer) }
    }

    /// Whether the broker has agreed to deliver.
    public var isActive: Bool { get async { await connection.isConsuming(id) } }

    /// `tags` in the order of delivery; contiguous ones become one multiple-ack. Tags of a lost channel are dropped.
    /// Returns at once.
    public func acknowledge(_ tags: [DeliveryTag]) {
        guard !tags.isEmpty else { return }
        buffer.acknowledged(tags)
        connection.acknowledge(tags)
    }

    /// How many deliveries the broker may still send before an acknowledgement. At 0 nothing is on its way.
    public var room: Int { Swift.max(0, prefetch - buffer.open) }

    /// Back to the queue, or to its dead letters.
    public func reject(_ tag: DeliveryTag, requeue: Bool) async {
        buffer.acknowledged([tag])
        await connection.reject(tag, requeue: requeue)
    }

    /// Stops deliveries and waits for the broker's cancel-ok; what was already received can still be handled and
    /// acknowledged.
    public func cancel() async {
        let before = state.withLock { state in
            defer { state = .cancelled }
            return state
        }
        switch before {
        case .new: buffer.end()
        case .subscribed, .cancelled: await connection.cancel(id, buffer)
        }
    }
}
