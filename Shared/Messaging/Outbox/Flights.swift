import AMQP

/// What the relay has published and not yet written down as settled. Pure.
///
/// Rows come from two sides: fetched from the table, and handed over by whoever has just committed them. The latter only
/// while the table holds nothing else, so that nobody overtakes what has waited longer.
struct Flights {
    struct Landing: Sendable {
        let rows: [OutboxRow]
        let outcomes: [PublishOutcome]
    }

    /// What the relay does next.
    struct Turn {
        var landings: [Landing] = []
        /// The ids that a fetch leaves out; nil when nothing is to be fetched now.
        var fetchExcept: [Int64]?
        var isOver = false
    }

    private static let handedOverLimit = 1000
    private static let handedOverBytes = 4 << 20
    private static let fetchedBatches = 2
    /// Answers are written down together: after this long, or when there are so many.
    private static let settleInterval = Duration.milliseconds(200)
    private static let settleCount = 100

    /// Counts the times of leading; what was published in a former one is not this one's business.
    private(set) var term = 0
    private var isLeading = false
    /// The table holds rows that come first.
    private var isBehind = true
    /// The table has to be read without waiting for the next poll.
    private var mustFetch = true
    /// Published and not yet settled in the table.
    private var rows: Set<Int64> = []
    private var airborne = 0
    private var airborneFetched = 0
    private var airborneBytes = 0
    private var landings: [Landing] = []
    private var landedRows = 0
    private var settleAt: ContinuousClock.Instant?
    private var pausedUntil: ContinuousClock.Instant?
    private var pauses = 0

    /// Nothing is known of what was on its way before: it is published again.
    mutating func lead() {
        self = Flights(term: term + 1)
        isLeading = true
    }

    mutating func resign() { isLeading = false }

    init(term: Int = 0) { self.term = term }

    var takesRows: Bool { isLeading && !isBehind && pausedUntil == nil }

    /// - Returns: those to be published now; the others stay in the table.
    mutating func handOver(_ new: [OutboxRow]) -> [OutboxRow] {
        guard isLeading else { return [] }
        let bytes = Self.bytes(new)
        guard takesRows, rows.count + new.count <= Self.handedOverLimit,
            airborneBytes + bytes <= Self.handedOverBytes
        else {
            (isBehind, mustFetch) = (true, true)
            return []
        }
        return takeOff(new)
    }

    /// - Parameter isAll: the table holds no more.
    mutating func fetched(_ new: [OutboxRow], isAll: Bool) -> [OutboxRow] {
        isBehind = !isAll
        if isBehind { mustFetch = true }
        let flying = takeOff(new)
        if !flying.isEmpty { airborneFetched += 1 }
        return flying
    }

    /// Rows may come from both sides at once.
    private mutating func takeOff(_ new: [OutboxRow]) -> [OutboxRow] {
        let flying = new.filter { rows.insert($0.id).inserted }
        if !flying.isEmpty { airborne += 1 }
        airborneBytes += Self.bytes(flying)
        return flying
    }

    private static func bytes(_ rows: [OutboxRow]) -> Int { rows.reduce(0) { $0 + $1.publication.body.count } }

    /// - Returns: whether the relay must look at once.
    mutating func land(_ landing: Landing, term: Int, wasFetched: Bool, now: ContinuousClock.Instant) -> Bool {
        guard term == self.term else { return false }
        airborne -= 1
        if wasFetched { airborneFetched -= 1 }
        airborneBytes -= Self.bytes(landing.rows)
        landings.append(landing)
        landedRows += landing.rows.count
        let isFirst = settleAt == nil
        let isUrgent =
            isBehind || landedRows >= Self.settleCount || landing.outcomes.contains { $0 != .confirmed }
        if isFirst { settleAt = now + Self.settleInterval }
        if isUrgent { settleAt = now }
        return isFirst || isUrgent
    }

    /// - Parameter isPoll: read the table even if nobody has said that there is something.
    mutating func turn(now: ContinuousClock.Instant, isPoll: Bool, isStopping: Bool) -> Turn {
        var turn = Turn()
        if let at = settleAt, at <= now || isStopping {
            turn.landings = landings
            (landings, landedRows, settleAt) = ([], 0, nil)
        }
        if let end = pausedUntil, end <= now {
            pausedUntil = nil
            (isBehind, mustFetch) = (true, true)
        }
        if !isStopping, mayFetch, isPoll || mustFetch {
            turn.fetchExcept = Array(rows)
            // What is refused or said from now on, the fetch may not see.
            mustFetch = false
        }
        turn.isOver = isStopping && airborne == 0 && landings.isEmpty && turn.landings.isEmpty
        return turn
    }

    private var mayFetch: Bool { pausedUntil == nil && airborneFetched < Self.fetchedBatches }

    /// When there is something to do without being woken.
    func nextTurn(
        poll: ContinuousClock.Instant, now: ContinuousClock.Instant, isStopping: Bool
    ) -> ContinuousClock.Instant? {
        if isStopping { return settleAt.map { _ in now } }
        return [settleAt, pausedUntil, mayFetch ? (mustFetch ? now : poll) : nil].compactMap { $0 }.min()
    }

    /// Their answers are written down.
    mutating func settle(_ landings: [Landing]) {
        for landing in landings { rows.subtract(landing.rows.lazy.map(\.id)) }
    }

    /// After an answer that did not come: 100 ms, doubling to 2 s.
    mutating func pause(now: ContinuousClock.Instant) {
        pauses = min(pauses + 1, 6)
        pausedUntil = now + min(.milliseconds(50 << pauses), .seconds(2))
    }

    mutating func resume() { pauses = 0 }

    /// The table holds something that was not handed over.
    mutating func announce() { mustFetch = true }
}
