import BusinessTime
public import Foundation

/// Why a deadline is what it is: which policy, which calendar, which hours, which pauses.
public struct ClockExplanation: Hashable, Sendable, Encodable {
    /// Hours that were counted, from an opening or the end of a pause to a closing, a pause or the deadline; none for a
    /// limit in days of the wall calendar.
    public struct Counted: Hashable, Sendable, Codable {
        public let from: Date
        public let to: Date
        public let seconds: Int
    }

    public struct Pause: Hashable, Sendable, Codable {
        public let from: Date
        /// Nil while it lasts.
        public let to: Date?
        public let step: String
        public let reason: String
        /// Working seconds that it took out; 0 when it lay outside the hours.
        public let seconds: Int
    }

    /// Intervals that are listed one by one; the rest is summed up.
    public static let listLimit = 60

    public let timer: SLATimer
    public let run: Int
    public let classification: Classification
    public let startedAt: Date
    public let promisedFor: Date?
    public let endedAt: Date?
    public let basis: ClockRun.Basis?
    public let policyTitle: [String: String]
    public let calendarTitle: [String: String]
    public let timeZone: String
    public let standing: ClockRun.Standing
    public let counted: [Counted]
    /// Seconds counted behind those listed.
    public let countedBeyond: Int
    public let pauses: [Pause]
    public let points: [ClockRun.Point]
    public let fired: [ClockRun.Fired]
    public let verdict: ClockRun.Verdict?
    /// For the times and names in sentences; not part of the encoded form.
    private let texts: [Date: String]
    let titles: ClockTitles

    private enum CodingKeys: CodingKey {
        case timer, run, classification, startedAt, promisedFor, endedAt, basis, policyTitle, calendarTitle, timeZone
        case standing, counted, countedBeyond, pauses, points, fired, verdict
    }

    /// Explains one run of `clocks`, by the versions that it stands on.
    ///
    /// - Returns: nil when there is no such run.
    public init?(
        _ clocks: WorkClocks, _ timer: SLATimer, _ number: Int, by book: SLABook, titles: ClockTitles = .none
    ) throws(SLABook.Gap) {
        guard let run = clocks.run(timer, number) else { return nil }
        self.titles = titles
        self.timer = timer
        self.run = number
        classification = clocks.classification
        (startedAt, promisedFor, endedAt) = (run.startedAt, run.promisedFor, run.endedAt)
        (basis, standing, points) = (run.basis, run.standing, run.thresholds)
        (fired, verdict) = (run.fired, run.verdict)
        let own = try run.basis.map { basis throws(SLABook.Gap) in try book.calendar(basis.calendar) }
        // The wall clock has no place of its own: its times are shown as the work's first calendar shows them.
        var shown = own ?? .wallClock
        if shown.calendar.key == WorkCalendar.wallClock.key, let first = clocks.calendars.first {
            shown = try book.calendar(first)
        }
        timeZone = shown.calendar.timeZone
        guard let basis = run.basis, let calendar = own else {
            (policyTitle, calendarTitle) = ([:], [:])
            (counted, countedBeyond, pauses) = ([], 0, [])
            texts = Self.texts(of: [run.startedAt, run.promisedFor, run.endedAt].compactMap { $0 }, by: shown)
            return
        }
        let ruler = basis.target.limit.unit == .days ? WorkingTime.wallClock : calendar
        policyTitle = try book.policy(basis.policy).title
        calendarTitle = calendar.calendar.title
        let until = run.dueAt ?? max(run.endedAt ?? clocks.changedAt, run.startedAt)
        let last = min(until, run.endedAt ?? until)
        let kept =
            basis.target.isPausable
            ? clocks.pauses.filter {
                // The present one begins where counting stops.
                $0.concerns(timer) && ($0.from < last || ($0.to == nil && run.isRunning))
                    && ($0.to ?? .distantFuture) > run.startedAt
            } : []
        var taken: [Pause] = []
        var listed: (counted: [Counted], beyond: Int) = ([], 0)
        do {
            for pause in kept {
                let seconds = try ruler.between(max(pause.from, run.startedAt), pause.to ?? max(until, pause.from))
                    .value
                taken.append(
                    Pause(from: pause.from, to: pause.to, step: pause.step, reason: pause.reason, seconds: seconds))
            }
            if basis.target.limit.unit != .days {
                listed = try Self.count(from: run.startedAt, to: until, without: kept, by: ruler)
            }
        } catch {
            // The calendar refuses the span; the standing says so, and there is nothing to list.
            (taken, listed) = ([], ([], 0))
        }
        (pauses, counted, countedBeyond) = (taken, listed.counted, listed.beyond)
        let instants =
            [run.startedAt, run.promisedFor, run.endedAt, run.dueAt] + counted.flatMap { [$0.from, $0.to] }
            + pauses.flatMap { [$0.from, $0.to] } + points.map(\.at) + fired.flatMap { [$0.at, $0.due] }
        texts = Self.texts(of: instants.compactMap { $0 }, by: shown)
    }

    /// As the calendar's clocks show it.
    func text(_ instant: Date) -> String { texts[instant] ?? instant.ISO8601Format() }

    private static func texts(of instants: [Date], by time: WorkingTime) -> [Date: String] {
        var texts: [Date: String] = [:]
        for instant in instants {
            // An instant that the calendar cannot show is written in UTC instead.
            texts[instant] = (try? time.localText(at: instant)) ?? instant.ISO8601Format()
        }
        return texts
    }

    private static func count(
        from start: Date, to end: Date, without pauses: [ClockPause], by ruler: WorkingTime
    ) throws(CalendarFault) -> ([Counted], Int) {
        var counted: [Counted] = []
        var beyond = 0
        var place = start
        for pause in pauses + [ClockPause(from: end, to: end, step: "", reason: "")] {
            if place < pause.from {
                let room = listLimit - counted.count
                let hours = try ruler.openHours(from: place, to: pause.from, limit: room).value
                counted += hours.map {
                    Counted(
                        from: $0.lowerBound, to: $0.upperBound,
                        seconds: Int($0.upperBound.timeIntervalSince($0.lowerBound)))
                }
                if hours.count == room {
                    beyond += try ruler.between(hours.last?.upperBound ?? place, pause.from).value
                }
            }
            place = max(place, pause.to ?? end)
        }
        return (counted, beyond)
    }
}
