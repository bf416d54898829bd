public import BusinessTime
public import Foundation

/// What past work would have looked like under other versions: "last month's breaches by the new calendar".
///
/// The histories stay as they are; only the versions that they name are others. Nothing is stored.
public struct WhatIf: Hashable, Sendable {
    /// Every policy is this one, at all times; nil leaves them.
    public let policy: PolicyRef?
    /// Instead of the calendars with the same keys, at all times.
    public let calendars: [CalendarRef]
    /// Instead of the calendar of the work's department, at all times; it is one of ``calendars``.
    public let ownCalendar: String?
    /// For policies that name calendars which the work was never given.
    public let spare: [CalendarRef]

    public init(
        policy: PolicyRef? = nil, calendars: [CalendarRef] = [], ownCalendar: String? = nil, spare: [CalendarRef] = []
    ) {
        self.spare = spare
        self.policy = policy
        self.calendars = calendars
        self.ownCalendar = ownCalendar
    }

    /// One run that ended, as it was judged and as it would be.
    public struct Comparison: Hashable, Sendable, Codable {
        public let timer: SLATimer
        public let run: Int
        public let endedAt: Date
        public let was: ClockRun.Verdict?
        public let wasDue: Date?
        public let wouldBe: ClockRun.Verdict?
        public let wouldBeDue: Date?
    }

    public struct Summary: Hashable, Sendable, Codable {
        /// Runs that are judged before or after.
        public var judged = 0
        public var missed = 0
        public var wouldBeMissed = 0
        public var newlyMissed = 0
        public var newlyMet = 0

        public init(_ comparisons: [Comparison]) { add(comparisons) }

        public mutating func add(_ comparisons: [Comparison]) {
            for one in comparisons {
                let (was, wouldBe) = (one.was?.isMet == false, one.wouldBe?.isMet == false)
                if one.was != nil || one.wouldBe != nil { judged += 1 }
                if was { missed += 1 }
                if wouldBe { wouldBeMissed += 1 }
                if wouldBe, !was { newlyMissed += 1 }
                if was, !wouldBe { newlyMet += 1 }
            }
        }
    }

    /// The runs of one piece of work that ended within `period`.
    ///
    /// - Throws: when a version is not in the book.
    public func compare(
        _ history: [ClockEvent], endedWithin period: Range<Date>, by book: SLABook
    ) throws(SLABook.Gap) -> [Comparison] {
        guard let real = try WorkClocks.fold(history, by: book),
            let other = try WorkClocks.fold(history.map(replaced), by: book)
        else { return [] }
        return real.runs.compactMap { run in
            guard let endedAt = run.endedAt, period.contains(endedAt) else { return nil }
            let twin = other.run(run.timer, run.number)
            return Comparison(
                timer: run.timer, run: run.number, endedAt: endedAt, was: run.verdict, wasDue: run.dueAt,
                wouldBe: twin?.verdict, wouldBeDue: twin?.dueAt)
        }
    }

    private func missing(_ more: [CalendarRef], in refs: [CalendarRef]) -> [CalendarRef] {
        more.filter { new in !refs.contains { $0.key == new.key } }
    }

    private func replaced(_ event: ClockEvent) -> ClockEvent {
        func calendar(_ ref: CalendarRef) -> CalendarRef { calendars.first { $0.key == ref.key } ?? ref }
        let fact: ClockFact =
            switch event.fact {
            case .opened(let work, let before, let refs):
                .opened(
                    as: work, policy: policy ?? before,
                    calendars: refs.map(calendar) + missing(calendars, in: refs)
                        + missing(missing(spare, in: calendars), in: refs))
            case .placed(let process, let key): .placed(process: process, calendar: ownCalendar ?? key)
            case .policyChanged(let ref): .policyChanged(to: policy ?? ref)
            case .calendarChanged(let ref): .calendarChanged(to: calendar(ref))
            default: event.fact
            }
        return ClockEvent(fact, at: event.at)
    }
}
