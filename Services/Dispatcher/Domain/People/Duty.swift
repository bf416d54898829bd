public import Contracts
public import Foundation
public import Kernel

/// A line of the duty roster (S4.12): who sits at a post (`hotline`), and in which order they are asked.
public struct Duty: Hashable, Sendable {
    public let id: ID<Duty>
    public let department: String
    /// Code of the post.
    public let post: String
    public let staff: Person
    /// 1 is asked first, 2 stands behind him.
    public let rank: Int
    public let span: Span
    public let note: String?

    public init(
        id: ID<Duty>, department: String, post: String, staff: Person, rank: Int, span: Span, note: String?
    ) {
        self.id = id
        self.department = department
        self.post = post
        self.staff = staff
        self.rank = rank
        self.span = span
        self.note = note
    }
}

/// The rules of the duty roster.
public enum DutyRoster {
    public static let longest: TimeInterval = 31 * 86_400

    public struct Draft: Hashable, Sendable {
        public var department: String?
        public var post: String?
        public var rank: Int?
        public var start: Date?
        public var end: Date?
        public var note: String?

        public init(department: String?, post: String?, rank: Int?, start: Date?, end: Date?, note: String?) {
            self.department = department
            self.post = post
            self.rank = rank
            self.start = start
            self.end = end
            self.note = note
        }
    }

    /// - Parameters:
    ///   - away: approved leaves of the member.
    ///   - busy: his other duties.
    /// - Throws: `InvalidInput`, ``PeopleRefusal``.
    public static func add(
        _ draft: Draft, id: ID<Duty>, for staff: StaffProfile, departments: Set<String>, away: [Span], busy: [Span],
        by actor: Authority, now: Date
    ) throws -> Duty {
        guard actor.may(.plan) else { throw PeopleRefusal.roleMissing(PeopleAct.plan.roles) }
        var reader = DraftReader()
        let department = reader.code(draft.department, "/department")
        let post = reader.code(draft.post, "/post")
        let rank = draft.rank ?? 1
        if !(1...9).contains(rank) { reader.fault("/rank", "malformed", "A number from 1 to 9.") }
        let note = reader.optional(draft.note, "/note", limit: 500, isLine: false)
        let span = reader.span(draft.start, draft.end, longest: longest)
        try reader.check()
        // It is there, or the check has thrown.
        guard let span else { throw InvalidInput([]) }
        guard departments.contains(department) else { throw PeopleRefusal.unknownDepartment(department) }
        guard actor.reaches(department), actor.reaches(staff.department) else { throw PeopleRefusal.otherDepartment }
        guard staff.isActive else { throw PeopleRefusal.unknownStaff }
        guard span.end > now else { throw PeopleRefusal.dutyOver }
        guard !away.contains(where: span.overlaps) else { throw PeopleRefusal.onLeave }
        guard !busy.contains(where: span.overlaps) else { throw PeopleRefusal.dutyOverlaps }
        return Duty(
            id: id, department: department, post: post, staff: Person(id: staff.id, name: staff.name), rank: rank,
            span: span, note: note)
    }

    /// - Throws: ``PeopleRefusal`` when it may not be taken off the roster.
    public static func remove(_ duty: Duty, by actor: Authority, now: Date) throws(PeopleRefusal) {
        try actor.require(.plan, in: duty.department)
        guard duty.span.end > now else { throw .dutyOver }
    }
}
