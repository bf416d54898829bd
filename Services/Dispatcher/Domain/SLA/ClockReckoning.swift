import BusinessTime
import Foundation

/// Works out the deadline of one run: from its start, its limit and the pauses, and from nothing else.
///
/// So the order in which pauses, policies and calendars changed does not matter.
struct ClockReckoning {
    private let start: Date
    private let promisedFor: Date?
    private let target: SLATarget
    private let calendar: WorkingTime
    /// Those that count for this target, in order, none touching another.
    private let pauses: [ClockPause]
    private var uncovered: Set<Int> = []

    init(_ run: ClockRun, target: SLATarget, calendar: WorkingTime, pauses: [ClockPause]) {
        start = run.startedAt
        promisedFor = run.promisedFor
        self.target = target
        self.calendar = calendar
        self.pauses =
            target.isPausable
            ? pauses.filter { $0.concerns(run.timer) && ($0.to ?? .distantFuture) > run.startedAt } : []
    }

    /// Time is measured by the calendar, but by the wall clock for limits in days of the wall calendar.
    private var ruler: WorkingTime { target.limit.unit == .days ? .wallClock : calendar }

    mutating func reckon() -> (ClockRun.Standing, [ClockRun.Point]) {
        do {
            let whole = try unpausedDeadline()
            let due = try deadline(whole)
            var points: [ClockRun.Point] = []
            for threshold in target.thresholds {
                points.append(.init(point: threshold.at, at: try instant(of: threshold.at, whole: whole, due: due)))
            }
            return (due.map { .due(at: $0, uncoveredYears: uncovered.sorted()) } ?? .paused, points)
        } catch {
            return (.unknown(because: error), target.thresholds.map { .init(point: $0.at, at: nil) })
        }
    }

    /// Seconds by the ruler between two instants, pauses taken out.
    mutating func elapsed(from: Date, to: Date) throws(CalendarFault) -> Int {
        var seconds = try take(ruler.between(from, to))
        for pause in pauses {
            let (start, end) = (max(pause.from, from), min(pause.to ?? to, to))
            if start < end { seconds -= try take(ruler.between(start, end)) }
        }
        return seconds
    }

    /// The deadline as it would be without any pause.
    private mutating func unpausedDeadline() throws(CalendarFault) -> Date {
        let origin = promisedFor ?? start
        let limit = target.limit
        return switch limit.unit {
        case .minutes, .hours: try take(calendar.add(limit.seconds ?? 0, to: origin))
        case .workingDays: try take(calendar.addWorkingDays(limit.amount, to: origin, at: limit.due))
        case .days:
            try take(calendar.addDays(limit.amount, to: origin, at: limit.due, movesForward: limit.movesForward))
        }
    }

    private mutating func deadline(_ whole: Date) throws(CalendarFault) -> Date? {
        guard target.limit.unit == .days else { return try pushed(whole, from: start) }
        // Days are counted again from a start that is later by the time paused.
        var due = whole
        var paused: TimeInterval = 0
        for pause in pauses where pause.from < due {
            guard let end = pause.to else { return nil }
            paused += end.timeIntervalSince(max(pause.from, start))
            let limit = target.limit
            due = try take(
                calendar.addDays(
                    limit.amount, to: (promisedFor ?? start) + paused, at: limit.due, movesForward: limit.movesForward))
        }
        return due
    }

    private mutating func instant(
        of point: ThresholdPoint, whole: Date, due: Date?
    ) throws(CalendarFault) -> Date? {
        switch point {
        case .due: return due
        case .percent(let share):
            let seconds = try take(ruler.between(start, whole)) * share / 100
            let reached = try pushed(take(ruler.add(seconds, to: start)), from: start)
            return if share < 100, let reached, let due { min(reached, due) } else { reached }
        case .before(let minutes):
            if target.limit.unit == .days { return due.map { max($0 - Double(minutes * 60), start) } }
            let seconds = try take(ruler.between(start, whole)) - minutes * 60
            return try pushed(take(ruler.add(max(seconds, 0), to: start)), from: start)
        case .after(let minutes):
            guard let due else { return nil }
            return try pushed(take(ruler.add(minutes * 60, to: due)), from: due)
        }
    }

    /// An instant that is reached after `origin`, moved on by the working time of the pauses before it; nil when a pause
    /// lasts. A pause that starts just when the instant is reached comes too late.
    private mutating func pushed(_ instant: Date, from origin: Date) throws(CalendarFault) -> Date? {
        var reached = instant
        for pause in pauses {
            let from = max(pause.from, origin)
            guard from < reached else { break }
            guard let to = pause.to else { return nil }
            if from < to { reached = try take(ruler.add(take(ruler.between(from, to)), to: reached)) }
        }
        return reached
    }

    private mutating func take<Value>(_ reckoned: Reckoned<Value>) -> Value {
        uncovered.formUnion(reckoned.uncoveredYears)
        return reckoned.value
    }
}
