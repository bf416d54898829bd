public import BusinessTime
public import Foundation

/// Something that happened to a piece of work and moves its clocks.
public enum ClockFact: Hashable, Sendable, Codable {
    /// The first of every history. The calendars are the versions to count by, one for each key.
    case opened(as: Classification, policy: PolicyRef?, calendars: [CalendarRef])
    /// What holds where the policy says nothing: the limits of the work's process; and the key of the calendar that
    /// `department` means.
    case placed(process: PolicyRef?, calendar: String?)
    case classified(as: Classification)
    case policyChanged(to: PolicyRef?)
    /// Replaces the version of the calendar with the same key.
    case calendarChanged(to: CalendarRef)
    /// The work stands in a step; the reason is there just when the step pauses the clocks.
    case stepEntered(step: String, pause: String?)
    /// What a clock of the process does; the reason is there just when it pauses. Its n-th start is its n-th run.
    case clock(String, ClockState.Phase, pause: String?)
    case assigned(group: String)
    case offered
    case accepted
    /// Taken back, refused or expired.
    case offerEnded
    case appointmentAgreed(from: Date, to: Date)
    case appointmentCancelled
    case arrived
    /// Words that the customer can read count, not notes inside the house.
    case customerSpoke
    case staffSpoke
    case solved
    case reopened
    case closed
    /// A threshold's actions were taken.
    case fired(timer: SLATimer, run: Int, point: ThresholdPoint)
}

/// A fact and its time, in whole seconds.
public struct ClockEvent: Hashable, Sendable, Codable {
    public let at: Date
    public let fact: ClockFact

    public init(_ fact: ClockFact, at: Date) {
        self.at = at.wholeSecond
        self.fact = fact
    }
}
