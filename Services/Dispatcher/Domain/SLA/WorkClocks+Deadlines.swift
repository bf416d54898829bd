public import BusinessTime
import Contracts
public import Foundation
public import Kernel

/// Names one run of one timer to the outside.
public enum SLAClock {}

extension ClockRun {
    /// The same on every machine and in every replay.
    public func id(of workOrder: ID<WorkOrder>) -> ID<SLAClock> {
        ID(UUID(namespace: workOrder.value, name: "sla \(timer) \(number)"))
    }
}

/// One row that the timers wait for: a point of a running clock that has not fired.
public struct SLADeadline: Hashable, Sendable, Codable {
    public let timer: SLATimer
    public let run: Int
    public let point: ThresholdPoint
    public let at: Date
    public let policy: PolicyRef
    /// Row of the policy, from 1.
    public let row: Int
    public let calendar: CalendarRef
    /// Not empty: provisional, until the calendar knows these years.
    public let uncoveredYears: [Int]
}

/// A point that is reached, with what is to be done.
public struct DueThreshold: Hashable, Sendable {
    public let deadline: SLADeadline
    public let actions: [ThresholdAction]
    /// A warning that comes when the deadline itself is already over, because nobody looked in time.
    public let isOvertaken: Bool
    /// It has fired in this run before, and was armed again since.
    public let isRepeated: Bool

    /// To be saved together with the actions.
    public func event(at now: Date) -> ClockEvent {
        ClockEvent(.fired(timer: deadline.timer, run: deadline.run, point: deadline.point), at: now)
    }
}

extension WorkClocks {
    /// What is stored, earliest first.
    public var deadlines: [SLADeadline] {
        runs.flatMap { run -> [SLADeadline] in
            guard run.isRunning, let basis = run.basis else { return [] }
            let years = if case .due(_, let years) = run.standing { years } else { [Int]() }
            return run.thresholds.compactMap { point in
                guard let at = run.armed(point) else { return nil }
                return SLADeadline(
                    timer: run.timer, run: run.number, point: point.point, at: at, policy: basis.policy,
                    row: basis.row, calendar: basis.calendar, uncoveredYears: years)
            }
        }.sorted { one, other in
            (one.at, one.timer.rawValue, one.run, one.point.rawValue)
                < (other.at, other.timer.rawValue, other.run, other.point.rawValue)
        }
    }

    /// The stored form: the same history gives the same bytes.
    ///
    /// - Throws: never for values of this type.
    public func storedDeadlines() throws -> [UInt8] { try WireJSON.encode(deadlines) }

    /// The points that are reached by `now` and have not fired, earliest first. Saving each one's event makes it fire
    /// once.
    public func due(at now: Date) -> [DueThreshold] {
        deadlines.prefix { $0.at <= now }.map { deadline in
            let run = run(deadline.timer, deadline.run)
            let threshold = run?.basis?.target.thresholds.first { $0.at == deadline.point }
            let isWarning =
                switch deadline.point {
                case .percent, .before: true
                case .due, .after: false
                }
            return DueThreshold(
                deadline: deadline, actions: threshold?.actions ?? [],
                isOvertaken: isWarning && (run?.dueAt.map { $0 <= now } ?? false),
                isRepeated: run?.fired.contains { $0.point == deadline.point } ?? false)
        }
    }
}
