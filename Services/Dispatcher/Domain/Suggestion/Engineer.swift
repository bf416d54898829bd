public import Contracts
public import Foundation
import Kernel

/// Somebody who may be sent, with all that speaks for and against it.
public struct Engineer: Hashable, Sendable {
    public let person: Person
    public let roles: Set<String>
    public let level: Int
    public let department: String
    public let zone: TimeZone
    /// Code to level, of those that have not run out.
    public let skills: [String: Int]
    /// Shifts and duties of the days around the moment; nil when none are planned for him, so that he is taken to be there.
    public let planned: [Span]?
    /// Approved.
    public let leaves: [Span]
    /// Time that is taken by visits.
    public let visits: [Span]
    /// Documents that he has.
    public let open: Int
    /// Jobs that he accepted in the last hour.
    public let acceptedLately: Int
    public let limits: EngineerLimits?
    /// When he last said no to this work.
    public let refusedAt: Date?

    public init(
        person: Person, roles: Set<String>, level: Int, department: String, zone: TimeZone, skills: [String: Int],
        planned: [Span]?, leaves: [Span], visits: [Span], open: Int, acceptedLately: Int, limits: EngineerLimits?,
        refusedAt: Date?
    ) {
        self.person = person
        self.roles = roles
        self.level = level
        self.department = department
        self.zone = zone
        self.skills = skills
        self.planned = planned
        self.leaves = leaves
        self.visits = visits
        self.open = open
        self.acceptedLately = acceptedLately
        self.limits = limits
        self.refusedAt = refusedAt
    }

    /// The end of his leave at that time; nil when he is not on leave.
    public func leave(at time: Date) -> Date? {
        Span.union(leaves).first { $0.contains(time) }?.end
    }

    /// Whether he answers his telephone then: in his shift or without one, and not on leave.
    public func isReachable(at time: Date) -> Bool {
        leave(at: time) == nil && (planned?.contains { $0.contains(time) } ?? true)
    }

    /// The first time from `start` on at which he has so long in one piece; nil when there is none before `end`.
    ///
    /// - Parameter length: seconds, the way there and back included.
    public func free(for length: TimeInterval, from start: Date, until end: Date) -> Date? {
        guard let window = Span(start, end) else { return nil }
        let present = (planned ?? [window]).compactMap { $0.intersection(window) }
        return Span.subtracting(leaves + visits, from: present).first { $0.end.timeIntervalSince($0.start) >= length }?
            .start
    }
}
