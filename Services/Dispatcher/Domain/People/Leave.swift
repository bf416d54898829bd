public import Contracts
public import Foundation
public import Kernel

/// Somebody is away, or wants to be.
public struct Leave: Hashable, Sendable {
    public enum Kind: String, Sendable, CaseIterable {
        case annual, sick, personal, training, compensatory, other
    }

    public enum State: String, Sendable, CaseIterable {
        case requested, approved, rejected, withdrawn
    }

    /// What is done about a leave that was asked for.
    public enum Step: String, Sendable, CaseIterable {
        case approve, reject, withdraw
    }

    public let id: ID<Leave>
    public let staff: Person
    /// The department of whoever is away.
    public let department: String
    public let kind: Kind
    public let span: Span
    public let reason: String?
    /// Who stands in for him.
    public let deputy: Person?
    public var state: State
    public var version: Int64
    public let requestedAt: Date
    public var decidedBy: Person?
    public var decidedAt: Date?
    public var note: String?

    public init(
        id: ID<Leave>, staff: Person, department: String, kind: Kind, span: Span, reason: String?, deputy: Person?,
        state: State, version: Int64, requestedAt: Date, decidedBy: Person?, decidedAt: Date?, note: String?
    ) {
        self.id = id
        self.staff = staff
        self.department = department
        self.kind = kind
        self.span = span
        self.reason = reason
        self.deputy = deputy
        self.state = state
        self.version = version
        self.requestedAt = requestedAt
        self.decidedBy = decidedBy
        self.decidedAt = decidedAt
        self.note = note
    }
}

/// The rules of leave.
public enum LeaveRule {
    /// Nobody asks for more at once.
    public static let longest: TimeInterval = 366 * 86_400
    /// An illness is often told of afterwards.
    public static let longestBack: TimeInterval = 60 * 86_400

    public struct Draft: Hashable, Sendable {
        public var kind: String?
        public var start: Date?
        public var end: Date?
        public var reason: String?

        public init(kind: String?, start: Date?, end: Date?, reason: String?) {
            self.kind = kind
            self.start = start
            self.end = end
            self.reason = reason
        }
    }

    /// A leave that somebody asks for, for himself, or that a planner enters for another.
    ///
    /// - Parameters:
    ///   - deputy: nil when none is named.
    ///   - taken: the leaves of `staff` that are asked for or approved.
    ///   - deputyAway: the approved leaves of the deputy.
    /// - Throws: `InvalidInput`, ``PeopleRefusal``.
    public static func request(
        _ draft: Draft, id: ID<Leave>, for staff: StaffProfile, deputy: StaffProfile?, taken: [Span],
        deputyAway: [Span], by actor: Authority, now: Date
    ) throws -> Leave {
        if actor.person?.id != staff.id { try actor.require(.plan, in: staff.department) }
        var reader = DraftReader()
        let kind = reader.word(draft.kind, "/kind", of: Leave.Kind.self)
        let reason = reader.optional(draft.reason, "/reason", limit: 500, isLine: false)
        let span = reader.span(draft.start, draft.end, longest: longest)
        if let span, span.start < now.addingTimeInterval(-longestBack) {
            reader.fault("/from", "malformed", "A leave can be entered at most 60 days afterwards.")
        }
        try reader.check()
        // Both are there, or the check has thrown.
        guard let kind, let span else { throw InvalidInput([]) }
        guard !taken.contains(where: span.overlaps) else { throw PeopleRefusal.leaveOverlaps }
        if let deputy, deputy.id == staff.id || !deputy.isActive || deputyAway.contains(where: span.overlaps) {
            throw PeopleRefusal.deputyAway
        }
        return Leave(
            id: id, staff: Person(id: staff.id, name: staff.name), department: staff.department, kind: kind, span: span,
            reason: reason, deputy: deputy.map { Person(id: $0.id, name: $0.name) }, state: .requested, version: 1,
            requestedAt: now, decidedBy: nil, decidedAt: nil, note: nil)
    }

    /// - Throws: ``PeopleRefusal``.
    public static func decide(
        _ leave: Leave, _ step: Leave.Step, by actor: Authority, note: String?, expectedVersion: Int64?, now: Date
    ) throws(PeopleRefusal) -> Leave {
        let isOwn = actor.person?.id == leave.staff.id
        switch step {
        case .approve, .reject:
            try actor.require(.decideLeave, in: leave.department)
            guard !isOwn else { throw .ownLeave }
            if let expectedVersion, expectedVersion != leave.version { throw .stale(version: leave.version) }
            guard leave.state == .requested else { throw .leaveDecided }
        case .withdraw:
            if !isOwn { try actor.require(.decideLeave, in: leave.department) }
            if let expectedVersion, expectedVersion != leave.version { throw .stale(version: leave.version) }
            guard leave.state == .requested || leave.state == .approved else { throw .leaveDecided }
            guard leave.state == .requested || now < leave.span.start else { throw .leaveStarted }
        }
        var next = leave
        next.state =
            switch step {
            case .approve: .approved
            case .reject: .rejected
            case .withdraw: .withdrawn
            }
        next.version += 1
        next.decidedBy = actor.person
        next.decidedAt = now
        next.note = note
        return next
    }
}

extension DraftReader {
    mutating func span(_ start: Date?, _ end: Date?, longest: TimeInterval) -> Span? {
        if start == nil { fault("/from", "required", "It is missing.") }
        if end == nil { fault("/until", "required", "It is missing.") }
        guard let start, let end else { return nil }
        guard let span = Span(start, end) else {
            fault("/until", "malformed", "It must be after the begin.")
            return nil
        }
        if end.timeIntervalSince(start) > longest {
            fault("/until", "tooLong", "At most \(Int(longest / 86_400)) days.")
        }
        // Years that every calendar and PostgreSQL know.
        let years = Date(timeIntervalSince1970: -2_208_988_800)...Date(timeIntervalSince1970: 7_258_118_400)
        if !years.contains(start) || !years.contains(end) { fault("/from", "malformed", "A time of this era.") }
        return span
    }
}
