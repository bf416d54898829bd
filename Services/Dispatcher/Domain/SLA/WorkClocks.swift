public import BusinessTime
public import Foundation

/// All SLA clocks of one piece of work: a fold over its ``ClockEvent``s.
///
/// The same events and the same book give the same value, byte for byte. A run that has ended keeps the policy, the
/// calendar and the verdict that it ended with, whatever changes later.
public struct WorkClocks: Hashable, Sendable, Codable {
    public private(set) var classification: Classification
    public private(set) var policy: PolicyRef?
    /// Limits of the process, for what the policy says nothing on.
    public private(set) var process: PolicyRef?
    /// One for each key, sorted by it.
    public private(set) var calendars: [CalendarRef]
    /// Key of the calendar of the work's department.
    public private(set) var ownCalendar: String?
    /// In the order in which they started.
    public private(set) var runs: [ClockRun] = []
    /// In order; the last one may still last.
    public private(set) var pauses: [ClockPause] = []
    public private(set) var step: String?
    public private(set) var group: String?
    public private(set) var isSolved = false
    public private(set) var isClosed = false
    /// Of the last event.
    public private(set) var changedAt: Date

    /// Folds a whole history. Events are taken in the order of their times; those of the same second in the given order,
    /// so that what a telephone reports late falls into its place. What is earlier than the opening is left out.
    ///
    /// - Returns: nil for no events.
    public static func fold(_ events: [ClockEvent], by book: SLABook) throws(SLABook.Gap) -> WorkClocks? {
        let ordered = events.enumerated().sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }
        var clocks: WorkClocks?
        for (_, event) in ordered {
            if clocks == nil {
                clocks = try WorkClocks(openedBy: event, by: book)
            } else {
                try clocks?.apply(event, by: book)
            }
        }
        return clocks
    }

    /// - Returns: nil when the event is no opening.
    public init?(openedBy event: ClockEvent, by book: SLABook) throws(SLABook.Gap) {
        guard case .opened(let classification, let policy, let calendars) = event.fact else { return nil }
        self.classification = classification
        self.policy = policy
        self.calendars = calendars.sorted { $0.key < $1.key }
        changedAt = event.at
        start(.firstResponse, at: event.at)
        start(.solution, at: event.at)
        try reckon(at: event.at, by: book)
    }

    /// Takes in one more event. Events are facts: one that cannot be (an arrival that nobody awaited) moves no clock.
    public mutating func apply(_ event: ClockEvent, by book: SLABook) throws(SLABook.Gap) {
        let now = event.at
        changedAt = max(changedAt, now)
        switch event.fact {
        case .fired(let timer, let number, let point):
            noteFired(timer, number, point, at: now)
            return
        case .opened,
            .closed where isClosed:
            return
        case .classified(let classification): self.classification = classification
        case .policyChanged(let ref): policy = ref
        case .calendarChanged(let ref):
            calendars = (calendars.filter { $0.key != ref.key } + [ref]).sorted { $0.key < $1.key }
        case .placed(let process, let calendar): (self.process, ownCalendar) = (process, calendar)
        case .clock(let code, let phase, let reason): try set(code, phase, reason, at: now, by: book)
        case .stepEntered(let step, let reason): try enter(step, reason, at: now, by: book)
        case .assigned(let group): try assign(group, at: now, by: book)
        case .offered:
            try end(.acceptance, at: now, isReached: false, by: book)
            start(.acceptance, at: now)
        case .accepted: try end(.acceptance, at: now, isReached: true, by: book)
        case .offerEnded: try end(.acceptance, at: now, isReached: false, by: book)
        case .appointmentAgreed(_, let end):
            if let index = running(.arrival) {
                runs[index].promisedFor = end.wholeSecond
            } else {
                start(.arrival, at: now, promisedFor: end.wholeSecond)
            }
        case .appointmentCancelled: try end(.arrival, at: now, isReached: false, by: book)
        case .arrived: try end(.arrival, at: now, isReached: true, by: book)
        case .customerSpoke:
            if !isSolved, running(.firstResponse) == nil, running(.nextResponse) == nil {
                start(.nextResponse, at: now)
            }
        case .staffSpoke:
            for timer in [SLATimer.firstResponse, .nextResponse, .update] {
                try end(timer, at: now, isReached: true, by: book)
            }
            if !isSolved { start(.update, at: now) }
        case .solved: try solve(at: now, by: book)
        case .reopened:
            guard isSolved else { break }
            isSolved = false
            isClosed = false
            start(.solution, at: now)
            if let group { start(.group(group), at: now) }
            if let step, running(.step(step)) == nil { start(.step(step), at: now) }
        case .closed:
            try solve(at: now, by: book)
            isClosed = true
            for index in runs.indices where runs[index].isRunning {
                switch runs[index].timer {
                case .step, .clock: try end(index, at: now, isReached: true, by: book)
                default: try end(index, at: now, isReached: false, by: book)
                }
            }
            for pause in pauses where pause.to == nil { endPause(of: pause.clock, at: now) }
        }
        try reckon(at: now, by: book)
    }

    /// Whether the pause of the present step stops clocks.
    public var pause: ClockPause? { openPause(of: nil).map { pauses[$0] } }

    public func run(_ timer: SLATimer, _ number: Int) -> ClockRun? {
        runs.first { $0.timer == timer && $0.number == number }
    }

    private mutating func solve(at now: Date, by book: SLABook) throws(SLABook.Gap) {
        guard !isSolved else { return }
        isSolved = true
        for timer in [SLATimer.firstResponse, .nextResponse, .solution] {
            try end(timer, at: now, isReached: true, by: book)
        }
        if let group { try end(.group(group), at: now, isReached: true, by: book) }
        try end(.update, at: now, isReached: false, by: book)
    }

    private mutating func enter(
        _ step: String, _ reason: String?, at now: Date, by book: SLABook
    ) throws(SLABook.Gap) {
        if self.step == step, pause?.reason == reason { return }
        endPause(of: nil, at: now)
        if let reason { pauses.append(ClockPause(from: now, to: nil, step: step, reason: reason)) }
        guard self.step != step else { return }
        if let left = self.step { try end(.step(left), at: now, isReached: true, by: book) }
        self.step = step
        if !isClosed { start(.step(step), at: now) }
    }

    private mutating func assign(_ group: String, at now: Date, by book: SLABook) throws(SLABook.Gap) {
        guard self.group != group else { return }
        if let left = self.group { try end(.group(left), at: now, isReached: true, by: book) }
        self.group = group
        if !isSolved { start(.group(group), at: now) }
    }

    /// A clock of the process: it starts anew when it does not run yet.
    private mutating func set(
        _ code: String, _ phase: ClockState.Phase, _ reason: String?, at now: Date, by book: SLABook
    ) throws(SLABook.Gap) {
        let timer = SLATimer.clock(code)
        switch phase {
        case .running:
            endPause(of: code, at: now)
            if running(timer) == nil, !isClosed { start(timer, at: now) }
        case .paused:
            guard running(timer) != nil, openPause(of: code) == nil else { return }
            pauses.append(ClockPause(from: now, to: nil, step: step ?? "", reason: reason ?? "", clock: code))
        case .stopped:
            try end(timer, at: now, isReached: true, by: book)
            endPause(of: code, at: now)
        }
    }

    private func openPause(of clock: String?) -> Int? { pauses.lastIndex { $0.to == nil && $0.clock == clock } }

    private mutating func endPause(of clock: String?, at now: Date) {
        guard let index = openPause(of: clock) else { return }
        pauses[index].to = now
        if pauses[index].from == now { pauses.remove(at: index) }
    }

    private func running(_ timer: SLATimer) -> Int? { runs.lastIndex { $0.timer == timer && $0.isRunning } }

    private mutating func start(_ timer: SLATimer, at now: Date, promisedFor: Date? = nil) {
        let number = 1 + runs.count { $0.timer == timer }
        runs.append(ClockRun(timer, number: number, startedAt: now, promisedFor: promisedFor))
    }

    private mutating func end(
        _ timer: SLATimer, at now: Date, isReached: Bool, by book: SLABook
    ) throws(SLABook.Gap) {
        if let index = running(timer) { try end(index, at: now, isReached: isReached, by: book) }
    }

    /// Ends a run and judges it; one that did not reach its aim is judged only when its deadline is over.
    private mutating func end(
        _ index: Int, at now: Date, isReached: Bool, by book: SLABook
    ) throws(SLABook.Gap) {
        try reckon(index, at: now, by: book)
        runs[index].endedAt = now
        guard let basis = runs[index].basis else { return }
        let due = runs[index].dueAt
        let isMet = due.map { now <= $0 } ?? true
        if case .unknown = runs[index].standing { return }
        guard isReached || !isMet else { return }
        var reckoning = ClockReckoning(
            runs[index], target: basis.target, calendar: try book.calendar(basis.calendar), pauses: pauses)
        do {
            let elapsed = try reckoning.elapsed(from: runs[index].startedAt, to: now)
            let late =
                isMet ? 0 : try due.map { due throws(CalendarFault) in try reckoning.elapsed(from: due, to: now) } ?? 0
            runs[index].verdict = .init(isMet: isMet, elapsed: elapsed, late: late)
        } catch {
            runs[index].standing = .unknown(because: error)
        }
    }

    private mutating func reckon(at now: Date, by book: SLABook) throws(SLABook.Gap) {
        for index in runs.indices where runs[index].isRunning { try reckon(index, at: now, by: book) }
    }

    private mutating func reckon(_ index: Int, at now: Date, by book: SLABook) throws(SLABook.Gap) {
        // Until it is said which calendar the department has, there is no limit by it.
        guard let (policy, row, target) = try limit(for: runs[index].timer, by: book),
            ownCalendar != nil || target.calendar != SLATarget.ofDepartment
        else {
            runs[index].take(nil, .noLimit, [], at: now)
            return
        }
        let calendar = try book.calendar(target.calendar, among: calendars, own: ownCalendar)
        var reckoning = ClockReckoning(runs[index], target: target, calendar: calendar, pauses: pauses)
        let (standing, points) = reckoning.reckon()
        let basis = ClockRun.Basis(policy: policy, row: row, target: target, calendar: calendar.calendar.ref)
        runs[index].take(basis, standing, points, at: now)
    }

    /// By the policy, else by the process; what the process does on the way, it does under either.
    private func limit(
        for timer: SLATimer, by book: SLABook
    ) throws(SLABook.Gap) -> (policy: PolicyRef, row: Int, target: SLATarget)? {
        var own: (policy: PolicyRef, row: Int, target: SLATarget)?
        if let process, let substitute = timer.substitute,
            try book.policy(process).target(for: substitute, of: classification) != nil
        {
            return nil
        }
        if let process, let (row, target) = try book.policy(process).target(for: timer, of: classification) {
            own = (process, row, target)
        }
        guard let policy, let (row, target) = try book.policy(policy).target(for: timer, of: classification) else {
            // A clock without a limit of its own has thresholds for when a policy gives it one.
            return own.flatMap { $0.target.limit == .none ? nil : $0 }
        }
        return (policy, row, own.map { target.adding($0.target.thresholds) } ?? target)
    }

    private mutating func noteFired(_ timer: SLATimer, _ number: Int, _ point: ThresholdPoint, at now: Date) {
        guard let index = runs.firstIndex(where: { $0.timer == timer && $0.number == number }),
            let point = runs[index].thresholds.first(where: { $0.point == point }), let due = runs[index].armed(point)
        else { return }
        runs[index].fired.append(.init(point: point.point, at: now, due: due, spent: due))
    }
}
