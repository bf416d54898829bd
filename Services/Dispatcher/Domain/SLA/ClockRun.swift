public import BusinessTime
public import Foundation

/// A time in which pausable clocks stand still: the work is in a step that the process declares as waiting.
public struct ClockPause: Hashable, Sendable, Codable {
    public let from: Date
    /// Nil while it lasts.
    public var to: Date?
    public let step: String
    public let reason: String
    /// The clock of the process that stands still; nil for all those that do not belong to the process.
    public let clock: String?

    public init(from: Date, to: Date?, step: String, reason: String, clock: String? = nil) {
        self.from = from
        self.to = to
        self.step = step
        self.reason = reason
        self.clock = clock
    }

    func concerns(_ timer: SLATimer) -> Bool {
        if case .clock(let code) = timer { return clock == code }
        return clock == nil
    }
}

/// One run of one timer, from what starts it to what ends it; it is there whether or not a limit is set for it.
public struct ClockRun: Hashable, Sendable, Codable {
    public let timer: SLATimer
    /// From 1, for each timer on its own.
    public let number: Int
    public let startedAt: Date
    /// The end of the window agreed, for an arrival.
    public var promisedFor: Date?
    /// Nil while it runs.
    public var endedAt: Date?
    /// By what it is counted, or was when it ended; nil when no limit is set.
    public var basis: Basis?
    public var standing: Standing
    /// The points of the target, with their instants; one that a pause keeps away has none.
    public var thresholds: [Point]
    public var fired: [Fired]
    /// Nil while it runs, and when it was called off before its deadline or had none.
    public var verdict: Verdict?

    public struct Basis: Hashable, Sendable, Codable {
        public let policy: PolicyRef
        /// From 1.
        public let row: Int
        public let target: SLATarget
        public let calendar: CalendarRef
    }

    public enum Standing: Hashable, Sendable, Codable {
        case noLimit
        /// Years without known holidays make the deadline provisional.
        case due(at: Date, uncoveredYears: [Int])
        /// A pause lasts, so nobody can say when.
        case paused
        /// The calendar refuses to say.
        case unknown(because: CalendarFault)
    }

    public struct Point: Hashable, Sendable, Codable {
        public let point: ThresholdPoint
        public let at: Date?
    }

    public struct Fired: Hashable, Sendable, Codable {
        public let point: ThresholdPoint
        public let at: Date
        /// The instant that the point had then.
        public let due: Date
        /// Instants up to this one count as fired; a later one arms the point again.
        public internal(set) var spent: Date
    }

    /// How it ended, by the basis that it ended with.
    public struct Verdict: Hashable, Sendable, Codable {
        public let isMet: Bool
        /// Seconds by the limit's calendar, without pauses.
        public let elapsed: Int
        /// The same time behind the deadline; 0 when met.
        public let late: Int

        public init(isMet: Bool, elapsed: Int, late: Int) {
            self.isMet = isMet
            self.elapsed = elapsed
            self.late = late
        }
    }

    init(_ timer: SLATimer, number: Int, startedAt: Date, promisedFor: Date? = nil) {
        self.timer = timer
        self.number = number
        self.startedAt = startedAt
        self.promisedFor = promisedFor
        standing = .noLimit
        thresholds = []
        fired = []
    }

    public var isRunning: Bool { endedAt == nil }

    // Inlined, it breaks the optimizer of Swift 6.3.1 ("Found ownership error" in CopyPropagation).
    @inline(never) public var dueAt: Date? {
        guard case .due(let at, _) = standing else { return nil }
        return at
    }

    /// Takes up what was reckoned at `instant`. A point that has fired and moved to an instant that is over already is not
    /// armed again.
    mutating func take(_ basis: Basis?, _ standing: Standing, _ points: [Point], at instant: Date) {
        self.basis = basis
        self.standing = standing
        thresholds = points
        for index in fired.indices {
            let moved = points.first { $0.point == fired[index].point }?.at
            if let moved, moved > fired[index].spent, moved <= instant { fired[index].spent = moved }
        }
    }

    /// The instant at which the point is to fire; nil when it has, or has none.
    func armed(_ point: Point) -> Date? {
        guard let at = point.at, !fired.contains(where: { $0.point == point.point && $0.spent >= at }) else {
            return nil
        }
        return at
    }
}
