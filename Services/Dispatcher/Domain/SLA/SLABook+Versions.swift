public import BusinessTime

extension SLAPolicy {
    /// Keys of the calendars that its rows name; without those that are always given.
    public var calendarKeys: Set<String> {
        Set(rows.flatMap { $0.targets.map(\.calendar) }).subtracting(SLATarget.givenCalendars)
    }
}

extension WorkClocks {
    /// The versions that running clocks are counted by, those of process definitions left out: these never change under
    /// running work by themselves. `calendar:cn@3`, `policy:standard@2`.
    public var references: [String] {
        calendars.map { "calendar:\($0)" } + (policy.map { ["policy:\($0)"] } ?? [])
    }

    /// What brings the clocks to the newest versions; empty when they stand on them.
    ///
    /// - Parameters:
    ///   - policy: the newest version of their policy.
    ///   - calendars: the newest versions of what they and that policy count by.
    public func renewal(policy newest: PolicyRef?, calendars: [CalendarRef]) -> [ClockFact] {
        let others = calendars.filter { !self.calendars.contains($0) }
        var facts = others.map(ClockFact.calendarChanged)
        if let newest, newest != policy { facts.append(.policyChanged(to: newest)) }
        return facts
    }
}
