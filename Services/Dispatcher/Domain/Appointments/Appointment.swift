public import Contracts
public import Foundation

/// A time agreed for a visit: when somebody comes, and what the customer was told.
public struct Appointment: Hashable, Sendable {
    /// When the work at the customer's is to begin; not told to him.
    public let start: Date
    /// Of each day, seconds.
    public let length: TimeInterval
    /// Days after one another, each at the same time of day.
    public let days: Int
    /// The window told to the customer; the start lies in it.
    public let window: Span
    /// When the customer can be visited on a day; nil: at any time.
    public let access: ShiftHours?
    public let zone: TimeZone
    /// Who leads, first, and who helps.
    public let crew: [Person]

    public static let shortest: TimeInterval = 900
    public static let longest: TimeInterval = 12 * 3600
    public static let mostDays = 7
    public static let mostCrew = 8

    public init(
        start: Date, length: TimeInterval, days: Int, window: Span, access: ShiftHours?, zone: TimeZone,
        crew: [Person]
    ) {
        self.start = start
        self.length = length
        self.days = days
        self.window = window
        self.access = access
        self.zone = zone
        self.crew = crew
    }

    /// The same at another time, with a window as wide and as early before it.
    public func moved(to start: Date) -> Appointment {
        let shift = start.timeIntervalSince(self.start)
        return Appointment(
            start: start, length: length, days: days,
            window: Span(window.start.addingTimeInterval(shift), window.end.addingTimeInterval(shift)) ?? window,
            access: access, zone: zone, crew: crew)
    }

    /// The time on each day, at the same time on the wall.
    public var parts: [Span] {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = zone
        return (0..<days).compactMap { day in
            guard let begin = calendar.date(byAdding: .day, value: day, to: start) else { return nil }
            return Span(begin, begin.addingTimeInterval(length))
        }
    }
}

/// Somebody of a crew, and when he can be sent.
public struct CrewMember: Hashable, Sendable {
    public let person: Person
    /// In his shifts and duties and not on leave; nil when nothing is planned for him and he has no leave.
    public let present: [Span]?
    public let leaves: [Span]
    /// Other appointments.
    public let booked: [Span]

    public init(person: Person, present: [Span]?, leaves: [Span], booked: [Span]) {
        self.person = person
        self.present = present
        self.leaves = leaves
        self.booked = booked
    }
}

/// Why a time is not free.
public enum AppointmentObstacle: Hashable, Sendable {
    /// It has begun already.
    case past
    /// The customer cannot be visited then.
    case access
    /// Somebody is not at work, or on leave, in part of it.
    case away(Person)
    /// Somebody has another appointment, or is on the way from or to one.
    case booked(Person)
}

/// When a visit can really take place.
public enum AppointmentRules {
    /// Seconds between two appointments of one person, for the way.
    public static let travel: TimeInterval = 1800
    /// Between the starts of two slots.
    public static let step: TimeInterval = 1800
    /// Slots that are told at once.
    public static let mostSlots = 200
    /// Days that are looked through at once.
    public static let horizon: TimeInterval = 7 * 86_400

    /// The first thing in the way; nil when everybody is free for the whole visit.
    ///
    /// - Parameter travel: seconds between two appointments of one person.
    public static func obstacle(
        _ appointment: Appointment, _ crew: [CrewMember], travel: TimeInterval, now: Date
    ) -> AppointmentObstacle? {
        if appointment.start <= now { return .past }
        for part in appointment.parts {
            if let access = appointment.access, !isInside(part, access, appointment.zone) { return .access }
            for member in crew {
                if member.leaves.contains(where: part.overlaps) { return .away(member.person) }
                if let present = member.present,
                    !Span.union(present).contains(where: { $0.start <= part.start && part.end <= $0.end })
                {
                    return .away(member.person)
                }
                let around =
                    Span(part.start.addingTimeInterval(-travel), part.end.addingTimeInterval(travel)) ?? part
                if member.booked.contains(where: around.overlaps) { return .booked(member.person) }
            }
        }
        return nil
    }

    /// Starts at which nothing is in the way, the first ones first, on the full and half hours of the place.
    public static func slots(
        like appointment: Appointment, _ crew: [CrewMember], travel: TimeInterval, within: Span, now: Date
    ) -> [Appointment] {
        var found: [Appointment] = []
        let offset = Double(appointment.zone.secondsFromGMT(for: within.start))
        let local = ((within.start.timeIntervalSince1970 + offset) / step).rounded(.up) * step
        var start = Date(timeIntervalSince1970: local - offset)
        let end = min(within.end, within.start.addingTimeInterval(horizon))
        while start < end, found.count < mostSlots {
            let candidate = appointment.moved(to: start)
            if obstacle(candidate, crew, travel: travel, now: now) == nil { found.append(candidate) }
            start += step
        }
        return found
    }

    private static func isInside(_ part: Span, _ hours: ShiftHours, _ zone: TimeZone) -> Bool {
        guard let day = LocalDay(part.start, in: zone) else { return false }
        // Hours over midnight began the day before.
        let before = LocalDay(part.start.addingTimeInterval(-86_400), in: zone)
        let open = [before, day, day.next].compactMap { $0 }.flatMap { hours.spans(on: $0, in: zone) }
        return Span.union(open).contains { $0.start <= part.start && part.end <= $0.end }
    }
}
