internal import Contracts
public import Foundation
internal import Kernel

/// What can happen to a work order beside its steps, as the messages word it.
public enum Incident: String, Sendable, CaseIterable {
    case putAside, suspended, resumed, urged, approvalAsked, approvalGranted, approvalRefused, handedOver, takenBack
    case callBackRefused

    /// The work rests from it until it is resumed.
    public var isRest: Bool { self == .putAside || self == .suspended }

    public var titleZh: String {
        switch self {
        case .putAside: "搁置"
        case .suspended: "挂起"
        case .resumed: "恢复"
        case .urged: "催办"
        case .approvalAsked: "申请批准"
        case .approvalGranted: "批准"
        case .approvalRefused: "未批准"
        case .handedOver: "转交厂商"
        case .takenBack: "厂商交回"
        case .callBackRefused: "回访结果未能执行"
        }
    }

    public var titleEn: String {
        switch self {
        case .putAside: "Put aside"
        case .suspended: "Suspended"
        case .resumed: "Resumed"
        case .urged: "Urged"
        case .approvalAsked: "Approval asked for"
        case .approvalGranted: "Approved"
        case .approvalRefused: "Not approved"
        case .handedOver: "Handed to the vendor"
        case .takenBack: "Back from the vendor"
        case .callBackRefused: "The call-back's word could not be done"
        }
    }
}

/// Something happened to a work order beside its steps.
public struct IncidentFact: Hashable, Sendable {
    public let key: NodeFact.Key
    public let ticket: UUID
    public let incident: Incident
    /// Nil when it happened by itself.
    public let who: String?
    /// Why, as whoever did it said.
    public let note: String?
    public let at: Date

    public init(key: NodeFact.Key, ticket: UUID, incident: Incident, who: String?, note: String?, at: Date) {
        self.key = key
        self.ticket = ticket
        self.incident = incident
        self.who = who
        self.note = note
        self.at = at
    }

    static func all(in work: WorkMoved, _ event: RecordedEvent) -> [IncidentFact] {
        (work.happened ?? []).compactMap { Incident(rawValue: $0) }.compactMap { incident in
            // Nothing urges by itself: who is none of the staff is the customer, and his wish says it already.
            if incident == .urged, work.actor == nil { return nil }
            return IncidentFact(
                key: NodeFact.Key(event), ticket: work.ticket.value, incident: incident, who: work.actor?.name,
                note: work.note, at: work.at)
        }
    }
}

extension Timeline {
    public struct Event: Hashable, Sendable {
        public let incident: Incident
        public let who: String?
        public let note: String?
        public let at: Date
        /// When work that rested was resumed, or closed; nil while it rests, and for what takes no time.
        public let until: Date?
        /// How long it rested, or has rested at `now`.
        public let seconds: Double?
    }

    /// What happened beside the steps, in its order.
    public static func events(of incidents: [IncidentFact], among nodes: [NodeFact], now: Date) -> [Event] {
        let sorted = incidents.sorted { one, other in
            (one.at, one.key.version, one.incident.rawValue) < (other.at, other.key.version, other.incident.rawValue)
        }
        let closedAt = end(of: nodes)
        return sorted.indices.map { index in
            let fact = sorted[index]
            let resumed = sorted[(index + 1)...].first { $0.incident == .resumed }
            let until = fact.incident.isRest ? resumed?.at ?? closedAt : nil
            return Event(
                incident: fact.incident, who: fact.who, note: fact.note, at: fact.at, until: until,
                seconds: fact.incident.isRest ? max(0, (until ?? now).timeIntervalSince(fact.at)) : nil)
        }
    }
}
