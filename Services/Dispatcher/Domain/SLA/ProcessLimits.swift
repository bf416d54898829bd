import BusinessTime
import Kernel

extension SLATarget {
    /// In place of a calendar's key: that of the work's department.
    public static let ofDepartment = "department"
    /// Keys that no calendar can have.
    public static let givenCalendars = [ofDepartment, WorkCalendar.wallClock.key]

    /// The same for another timer.
    func named(_ timer: SLATimer) -> SLATarget {
        SLATarget(timer, within: limit, calendar: calendar, pauses: pauses, thresholds: thresholds)
    }

    /// The same limit, with these thresholds beside its own; at the same point both happen.
    func adding(_ more: [Threshold]) -> SLATarget {
        var all = thresholds
        for threshold in more {
            if let place = all.firstIndex(where: { $0.at == threshold.at }) {
                all[place] = Threshold(at: threshold.at, actions: all[place].actions + threshold.actions)
            } else {
                all.append(threshold)
            }
        }
        return SLATarget(timer, within: limit, calendar: calendar, pauses: pauses, thresholds: all)
    }
}

extension ProcessDefinition {
    /// The limits that its clocks have of their own, as a policy: what counts where the policy in force says nothing.
    public var limits: SLAPolicy {
        SLAPolicy(
            key: "process:\(code)", version: version, title: ["zh": title.zh, "en": title.en],
            rows: [
                .init(
                    targets: clocks.map { clock in
                        let (limit, calendar) =
                            clock.target.map(SLALimit.counting) ?? (.none, WorkCalendar.wallClock.key)
                        return SLATarget(
                            .clock(clock.code), within: limit, calendar: calendar,
                            thresholds: clock.thresholds.map {
                                .init(at: ThresholdPoint(percent: $0.percent), actions: [.own])
                            })
                    })
            ])
    }
}

extension SLALimit {
    /// Of a clock that has thresholds, but no limit unless a policy sets one.
    static let none = SLALimit(-1, .minutes)

    /// A span of a process, and the calendar by which it is counted. A working week is five working days.
    static func counting(_ limit: Limit) -> (SLALimit, calendar: String) {
        let amount = limit.amount
        switch (limit.unit, limit.isWorking) {
        case (.minute, true): return (SLALimit(amount, .minutes), SLATarget.ofDepartment)
        case (.hour, true): return (SLALimit(amount, .hours), SLATarget.ofDepartment)
        case (.day, true): return (SLALimit(amount, .workingDays), SLATarget.ofDepartment)
        case (.week, true): return (SLALimit(amount * 5, .workingDays), SLATarget.ofDepartment)
        // A clock that ends on a weekday is none: it has no length. A policy can give it a limit.
        case (.monday, _): return (.none, WorkCalendar.wallClock.key)
        case (.minute, false): return (SLALimit(amount, .minutes), WorkCalendar.wallClock.key)
        case (.hour, false): return (SLALimit(amount, .hours), WorkCalendar.wallClock.key)
        case (.day, false), (.week, false):
            let days = limit.unit == .week ? amount * 7 : amount
            return limit.movesForward
                ? (SLALimit(days, .days), SLATarget.ofDepartment)
                : (SLALimit(days, .days, due: .sameTime, movesForward: false), WorkCalendar.wallClock.key)
        }
    }
}

extension ThresholdPoint {
    init(percent: Int) { self = percent == 100 ? .due : .percent(percent) }

    /// Nil for points in minutes.
    public var percent: Int? {
        switch self {
        case .percent(let share): share
        case .due: 100
        case .before, .after: nil
        }
    }
}
