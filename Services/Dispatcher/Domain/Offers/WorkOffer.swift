public import Contracts
public import Foundation
public import Kernel

/// A document that was put before somebody to take: who was asked, until when, what they said, and how it ended.
///
/// It stands beside the process and never moves it: the process alone says where the work is, and an offer is over when
/// the document leaves the stay that it was offered in.
public struct WorkOffer: Hashable, Sendable {
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// Everybody of the role, or those who were asked of them: the first to accept gets it.
        case pool
        /// One person or station, who has it already and says whether he can.
        case named
        /// A colleague whom the one before has named (S3.14); he has it already.
        case transfer
    }

    public let id: ID<WorkOffer>
    public let order: ID<WorkOrder>
    public let scope: Scope
    /// Of the document when it was offered: tells one stay in a step from the next.
    public let entry: Int
    public let kind: Kind
    /// That has the document.
    public let department: String
    /// Who may take it; nil: anybody who sees it.
    public let role: RoleReference?
    /// Those who were asked by name; of a pool nobody: everybody of the role.
    public let asked: [Person]
    /// That was asked as a whole.
    public let station: String?
    public let offeredAt: Date
    /// Nil when the process did it by itself.
    public let offeredBy: Person?
    /// Who had it before a transfer.
    public let from: Person?
    /// Nil: it stays until somebody takes it.
    public var expiresAt: Date?
    public var answers: [OfferAnswer]
    public var end: OfferEnd?

    public init(
        id: ID<WorkOffer>, order: ID<WorkOrder>, scope: Scope, entry: Int, kind: Kind, department: String,
        role: RoleReference?, asked: [Person], station: String?, offeredAt: Date, offeredBy: Person?, from: Person?,
        expiresAt: Date?, answers: [OfferAnswer] = [], end: OfferEnd? = nil
    ) {
        self.id = id
        self.order = order
        self.scope = scope
        self.entry = entry
        self.kind = kind
        self.department = department
        self.role = role
        self.asked = asked
        self.station = station
        self.offeredAt = offeredAt
        self.offeredBy = offeredBy
        self.from = from
        self.expiresAt = expiresAt
        self.answers = answers
        self.end = end
    }

    /// Whether it is his to answer, and his to be told how it went.
    public func isFor(_ staff: StaffActor) -> Bool {
        if let station { return staff.stations.contains(station) }
        if !asked.isEmpty { return asked.contains { $0.id == staff.person.id } }
        return staff.departments.contains(department) && (role.map { staff.has($0) } ?? true)
    }

    /// Everybody who was asked by name has said no.
    public var isRefusedByAll: Bool {
        !asked.isEmpty
            && asked.allSatisfy { one in answers.contains { $0.staff.id == one.id && $0.reason != .atCapacity } }
    }
}

/// Somebody's no.
public struct OfferAnswer: Hashable, Sendable {
    public let staff: Person
    public let at: Date
    public let reason: OfferRefusal
    public let note: String?

    public init(staff: Person, at: Date, reason: OfferRefusal, note: String?) {
        self.staff = staff
        self.at = at
        self.reason = reason
        self.note = note
    }
}

/// Why somebody cannot take a job.
public enum OfferRefusal: String, Hashable, Sendable, CaseIterable {
    case schedule, skills, location, duplicate, parts, customer
    /// With words of his own.
    case other
    /// He wanted it and has enough: said by the rules, and taken back when he has room again.
    case atCapacity = "at-capacity"

    /// What people may say.
    public static let sayable = allCases.filter { $0 != .atCapacity }

    public var words: Phrase {
        switch self {
        case .schedule: Phrase(zh: "时间冲突", en: "schedule conflict")
        case .skills: Phrase(zh: "技能不符", en: "skills do not fit")
        case .location: Phrase(zh: "地点不便", en: "too far away")
        case .duplicate: Phrase(zh: "重复工单", en: "a duplicate")
        case .parts: Phrase(zh: "没有配件", en: "no parts")
        case .customer: Phrase(zh: "客户不在", en: "customer not available")
        case .other: Phrase(zh: "其他原因", en: "another reason")
        case .atCapacity: Phrase(zh: "手上的单已满", en: "has enough to do")
        }
    }
}

/// How an offer ended.
public struct OfferEnd: Hashable, Sendable {
    public enum Outcome: String, Hashable, Sendable, CaseIterable {
        case accepted
        /// Those who were asked said no.
        case refused
        case expired
        /// Somebody else has moved the document: the desk took it back, or the work ended.
        case withdrawn

        public var words: Phrase {
            switch self {
            case .accepted: Phrase(zh: "已接单", en: "accepted")
            case .refused: Phrase(zh: "都不能接", en: "refused")
            case .expired: Phrase(zh: "无人接单，已过期", en: "expired: nobody accepted in time")
            case .withdrawn: Phrase(zh: "已收回", en: "withdrawn")
            }
        }
    }

    public let outcome: Outcome
    public let at: Date
    /// Who took it, refused it last or withdrew it.
    public let by: Person?

    public init(_ outcome: Outcome, at: Date, by: Person?) {
        self.outcome = outcome
        self.at = at
        self.by = by
    }
}
