public import AMQP
public import Foundation
public import Kernel
public import Postgres

/// Which dead letters are meant; what is nil does not matter.
public struct DeadLetterFilter: Sendable, Hashable {
    public var ids: [Int64]?
    public var queue: String?
    public var reason: String?
    public var type: String?
    /// As the sender wrote it, or as the log has it.
    public var messageID: String?
    /// By the time of archiving.
    public var since: Date?
    public var until: Date?
    /// Neither replayed nor discarded.
    public var onlyOpen: Bool
    /// The newest so many; nil for all.
    public var limit: Int?

    public init(
        ids: [Int64]? = nil, queue: String? = nil, reason: String? = nil, type: String? = nil, messageID: String? = nil,
        since: Date? = nil, until: Date? = nil, onlyOpen: Bool = true, limit: Int? = nil
    ) {
        self.ids = ids
        self.queue = queue
        self.reason = reason
        self.type = type
        self.messageID = messageID
        self.since = since
        self.until = until
        self.onlyOpen = onlyOpen
        self.limit = limit
    }
}

/// A message that nobody could handle, as it is archived.
public struct DeadLetter: Sendable, Hashable, Codable {
    public let id: Int64
    public let queue: String
    /// As the sender wrote it.
    public let messageID: String?
    public let type: String?
    /// A word of ``DeadReason``, or the broker's.
    public let reason: String
    public let detail: String?
    public let faults: [FieldFault]?
    public let attempts: Int
    /// The broker's login of whoever published it, when the broker vouched for that.
    public let sourceUser: String?
    /// Bytes, before a body that was too long was cut; such a letter cannot be replayed.
    public let bodySize: Int64
    public let replayCount: Int
    public let firstFailedAt: Date
    public let archivedAt: Date
    public let replayedAt: Date?
    public let discardedAt: Date?
}

/// The archive of one schema, for the operators' tool.
public struct DeadLetters: Sendable {
    public struct Content: Sendable {
        public let letter: DeadLetter
        public let exchange: String
        public let routingKey: String
        public let properties: MessageProperties
        public let body: [UInt8]
    }

    private let store: DeadLetterStore

    public init(schema: String) { store = DeadLetterStore(schema: schema) }

    /// Newest first.
    public func list(_ filter: DeadLetterFilter = DeadLetterFilter(), in pool: PostgresPool) async throws
        -> [DeadLetter]
    {
        try await pool.query(store.list(filter)).map(Self.letter)
    }

    /// How many there are, whatever the filter's limit.
    public func count(_ filter: DeadLetterFilter = DeadLetterFilter(), in pool: PostgresPool) async throws -> Int {
        try await pool.query(store.count(filter)).first?.value("n", as: Int.self) ?? 0
    }

    /// Nil when there is no such letter.
    public func show(_ id: Int64, in pool: PostgresPool) async throws -> Content? {
        let filter = DeadLetterFilter(ids: [id], onlyOpen: false, limit: 1)
        let results = try await pool.pipeline([store.list(filter), store.content(id)])
        guard let letter = try results[0].first.map(Self.letter), let row = results[1].first else { return nil }
        let (properties, body, exchange, routingKey) = try row.decode(JSON.self, [UInt8].self, String.self, String.self)
        return Content(
            letter: letter, exchange: exchange, routingKey: routingKey,
            properties: try PropertiesJSON.decode(properties.bytes), body: body)
    }

    /// Hands open letters to their consumers again, under the same message id, within a second or two: what was
    /// finished before stays finished. Letters whose body was cut are left alone. Many take several transactions.
    ///
    /// - Returns: how many were taken.
    public func replay(_ ids: [Int64], in pool: PostgresPool) async throws -> Int {
        var taken = 0
        for start in stride(from: 0, to: ids.count, by: Self.atOnce) {
            let some = Array(ids[start..<min(start + Self.atOnce, ids.count)])
            taken += try await pool.transaction { transaction in
                let letters = try await transaction.query(store.takeForReplay(some)).map(store.replayed)
                guard !letters.isEmpty else { return 0 }
                try await transaction.commit(with: [try store.deliverAgain(letters)])
                return letters.count
            }
        }
        return taken
    }

    /// Letters of one transaction of a replay, each with a body of up to a MiB.
    private static let atOnce = 50

    /// Says that nothing will be done about open letters. They stay readable.
    ///
    /// - Returns: how many were taken.
    public func discard(_ ids: [Int64], in pool: PostgresPool) async throws -> Int {
        try await pool.query(store.discard(ids)).affected
    }

    private static func letter(_ row: Row) throws -> DeadLetter {
        let (
            id, queue, messageID, type, reason, detail, faults, attempts, sourceUser, bodySize, replayCount,
            firstFailedAt, archivedAt, replayedAt, discardedAt
        ) = try row.decode(
            Int64.self, String.self, String?.self, String?.self, String.self, String?.self, JSON?.self, Int.self,
            String?.self, Int64.self, Int.self, Date.self, Date.self, Date?.self, Date?.self)
        return DeadLetter(
            id: id, queue: queue, messageID: messageID, type: type, reason: reason, detail: detail,
            // Text of our own making; a stranger's, put in the header by hand, is not shown.
            faults: faults.flatMap { try? JSONDecoder().decode([FieldFault].self, from: Data($0.bytes)) },
            attempts: attempts, sourceUser: sourceUser, bodySize: bodySize, replayCount: replayCount,
            firstFailedAt: firstFailedAt, archivedAt: archivedAt, replayedAt: replayedAt, discardedAt: discardedAt)
    }
}
