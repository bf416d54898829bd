import AMQP
import Contracts
import Kernel

/// What becomes of outbox rows after the broker's answers: a pure rule.
struct RelayVerdicts {
    /// A queue that has room or is there again is found within the cap, so the cap is part of every recovery.
    private static let backoff = Backoff(base: .seconds(2), cap: .seconds(8))
    /// An answer to an adapter that leaves its queue full is given up after so many tries.
    private static let replyTries = 5

    private(set) var confirmed: [Int64] = []
    private(set) var failures: [(row: OutboxRow, failure: RelayStore.Failure)] = []
    /// Answers to adapters that nobody can take. They may not wait for ever: the outbox's age stops new requests.
    private(set) var dropped: [Int64] = []
    private(set) var inDoubt = 0
    private(set) var doubt = ""

    private(set) var refused = 0
    private(set) var unroutable = 0

    /// - Parameter share: a random number in 0..<1.
    mutating func add(_ row: OutboxRow, _ outcome: PublishOutcome, share: Double) {
        let isReply = row.publication.exchange == Topology.ExchangeName.replies
        switch outcome {
        case .confirmed:
            confirmed.append(row.id)
        case .unknown(let text):
            inDoubt += 1
            doubt = text
        case .refused:
            refused += 1
            if isReply, row.attempts + 1 >= Self.replyTries { return dropped.append(row.id) }
            fail(row, "refused: the queue is full or the broker could not store it", share)
        case .unroutable(let code, let text):
            unroutable += 1
            if isReply { return dropped.append(row.id) }
            fail(row, "unroutable: \(code) \(text)", share)
        }
    }

    private mutating func fail(_ row: OutboxRow, _ error: String, _ share: Double) {
        // At least half of the ceiling: a full queue is not helped by trying at once.
        let wait = Self.backoff.ceiling(failures: row.attempts + 1) * (0.5 + share / 2)
        failures.append((row, RelayStore.Failure(id: row.id, error: error, wait: wait)))
    }
}
