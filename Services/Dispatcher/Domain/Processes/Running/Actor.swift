public import Contracts
public import Foundation

/// Who asks for something to be done.
public enum Actor: Hashable, Sendable {
    case staff(StaffActor)
    case customer
    /// A timer, a clock or a follow-up of the process.
    case timer
    /// One track in the name of the other.
    case process
    /// Somebody has called the customer back; whether he may, the follow-up has seen to.
    case callBack(by: Doer)

    var doer: Doer {
        switch self {
        case .staff(let staff): .person(staff.person)
        case .customer: .customer
        case .timer: .timer
        case .process: .process
        case .callBack(let doer): doer
        }
    }

    var staff: StaffActor? {
        guard case .staff(let staff) = self else { return nil }
        return staff
    }
}

/// A member of staff, or of a station, with what he may.
public struct StaffActor: Hashable, Sendable, Codable {
    public let person: Person
    public let roles: Set<String>
    /// 1 to 3, for engineers.
    public let level: Int
    /// His own department and those below it.
    public let departments: Set<String>
    /// Stations that he works for.
    public let stations: Set<String>

    public init(
        person: Person, roles: Set<String>, level: Int = 1, departments: Set<String>, stations: Set<String> = []
    ) {
        self.person = person
        self.roles = roles
        self.level = level
        self.departments = departments
        self.stations = stations
    }

    public func has(_ role: RoleReference) -> Bool { roles.contains(role.role) && level >= role.level }

    /// Whether he, or a station of his, is the holder.
    func isHolder(_ holder: Holder) -> Bool {
        switch holder {
        case .person(let person): person.id == self.person.id
        case .station(let code): stations.contains(code)
        }
    }
}

/// Who did something, as history keeps it.
public enum Doer: Hashable, Sendable, Codable {
    case person(Person)
    case customer, timer, process
}

/// Who has a document.
public enum Holder: Hashable, Sendable, Codable {
    case person(Person)
    /// A station or agent as a whole, by its code: any of its people may act.
    case station(String)
}

/// Whom a command names: a person with what he may, or a station; and the department it goes to, if another.
public struct Candidate: Hashable, Sendable {
    public let holder: Holder
    /// Nil when the caller vouches for it, as for a station.
    public let roles: Set<String>?
    public let level: Int
    /// The department that gets the document with it; nil leaves it where it is.
    public let department: String?
    /// His own department and those below it; nil when the caller vouches for it.
    public let departments: Set<String>?

    public init(
        _ holder: Holder, roles: Set<String>? = nil, level: Int = 1, department: String? = nil,
        departments: Set<String>? = nil
    ) {
        self.holder = holder
        self.roles = roles
        self.level = level
        self.department = department
        self.departments = departments
    }
}

/// All that a decision depends on beside state and command.
public struct ProcessContext: Sendable {
    /// The database's time; decisions never look at a clock.
    public let time: Date
    public let actor: Actor
    /// What ticket and customer tell (``Facts``).
    public let facts: [String: FieldValue]
    /// The revision the caller looked at; nil when he does not mind.
    public let expectedRevision: Int64?

    public init(now: Date, actor: Actor, facts: [String: FieldValue] = [:], expectedRevision: Int64? = nil) {
        time = now
        self.actor = actor
        self.facts = facts
        self.expectedRevision = expectedRevision
    }
}
