public import BusinessTime

/// The policies and calendars, each version for ever: what clocks are folded by.
public struct SLABook: Sendable {
    /// A version that a clock stands on is not in the book.
    public enum Gap: Error, Hashable, Sendable {
        case policy(PolicyRef)
        case calendar(CalendarRef)
        /// The policy counts by a calendar that the work was not given.
        case calendarKey(String)
    }

    private var policies: [PolicyRef: SLAPolicy]
    private var calendars: [CalendarRef: WorkingTime]

    public init(policies: [SLAPolicy], calendars: [WorkingTime]) {
        self.policies = Dictionary(policies.map { ($0.ref, $0) }) { first, _ in first }
        self.calendars = Dictionary(calendars.map { ($0.calendar.ref, $0) }) { first, _ in first }
    }

    public mutating func add(_ policy: SLAPolicy) { policies[policy.ref] = policy }

    public mutating func add(_ calendar: WorkingTime) { calendars[calendar.calendar.ref] = calendar }

    public func policy(_ ref: PolicyRef) throws(Gap) -> SLAPolicy {
        guard let policy = policies[ref] else { throw .policy(ref) }
        return policy
    }

    public func calendar(_ ref: CalendarRef) throws(Gap) -> WorkingTime {
        if ref == WorkCalendar.wallClock.ref { return .wallClock }
        guard let calendar = calendars[ref] else { throw .calendar(ref) }
        return calendar
    }

    /// - Parameters:
    ///   - refs: the versions that a piece of work was given, one for each key.
    ///   - own: the key that ``SLATarget/ofDepartment`` means.
    func calendar(_ key: String, among refs: [CalendarRef], own: String?) throws(Gap) -> WorkingTime {
        let key = key == SLATarget.ofDepartment ? own ?? key : key
        if key == WorkCalendar.wallClock.key { return .wallClock }
        guard let ref = refs.first(where: { $0.key == key }) else { throw .calendarKey(key) }
        return try calendar(ref)
    }
}
