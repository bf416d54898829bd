internal import Contracts
public import Foundation
internal import Kernel

/// What a handful of events says, ready to be merged into the tables. The same events in any order, any number of times,
/// give the same tables.
public struct ReadModels: Hashable, Sendable {
    public private(set) var tickets: [UUID: TicketView] = [:]
    public private(set) var nodes: [NodeFact.Key: NodeFact] = [:]
    public private(set) var incidents: Set<IncidentFact> = []
    public private(set) var wishes: [NodeFact.Key: WishView] = [:]
    public private(set) var deliveries: [UUID: DeliveryView] = [:]
    public private(set) var callBacks: [UUID: CallBackView] = [:]
    public private(set) var calls: [NodeFact.Key: CallView] = [:]

    public init() {}

    public init(_ events: some Sequence<RecordedEvent>) {
        for event in events { add(event) }
    }

    public mutating func add(_ event: RecordedEvent) {
        switch event.fact {
        case .opened(let ticket): add(ticket, event)
        case .asked(let asked):
            wishes[.init(event)] = WishView(
                ticket: asked.ticket.value, wish: asked.wish.rawValue, action: asked.action, visit: asked.visit,
                note: asked.note, at: asked.at)
        case .moved(let work): add(work, event)
        case .reported(let delivery):
            let view = DeliveryView(
                version: event.version, ticket: delivery.ticket.value, occasion: delivery.occasion,
                channel: delivery.channel.rawValue, recipient: delivery.recipient, state: delivery.state.rawValue,
                reason: delivery.reason, at: delivery.at)
            if (deliveries[delivery.delivery.value]?.version ?? 0) < event.version {
                deliveries[delivery.delivery.value] = view
            }
        case .calledBack(let callBack):
            if let call = callBack.call {
                calls[.init(event)] = CallView(
                    ticket: callBack.ticket.value, attempt: call.attempt, outcome: call.outcome.rawValue,
                    score: call.score, note: call.note, who: call.by.name, at: callBack.at)
            }
            let view = CallBackView(
                version: event.version, ticket: callBack.ticket.value, state: callBack.state.rawValue,
                dueAt: callBack.dueAt, at: callBack.at)
            if (callBacks[callBack.callBack.value]?.version ?? 0) < event.version {
                callBacks[callBack.callBack.value] = view
            }
        case .staff, .department: break
        }
    }

    private mutating func add(_ ticket: TicketCreated, _ event: RecordedEvent) {
        let fact = NodeFact(
            key: .init(event), ticket: ticket.ticket.value, node: .created, who: ticket.customer.name,
            at: ticket.createdAt)
        nodes[fact.key] = fact
        merge(
            TicketView(
                number: ticket.number, subject: ticket.subject, customer: ticket.customer.name,
                department: ticket.department, describedBy: nil,
                origin: TicketView.Origin(
                    channel: ticket.channel.rawValue, kind: ticket.kind.rawValue, urgency: ticket.urgency.rawValue,
                    createdAt: ticket.createdAt),
                status: TicketView.Status(node: .created, at: ticket.createdAt, version: 0, who: ticket.customer.name)),
            into: ticket.ticket.value)
    }

    private mutating func add(_ work: WorkMoved, _ event: RecordedEvent) {
        let node = Node(work.state)
        let who = work.holder
        incidents.formUnion(IncidentFact.all(in: work, event))
        // What happened within a step begins no new one.
        if work.isStep {
            let fact = NodeFact(
                key: .init(event), ticket: work.ticket.value, node: node, who: who, at: work.at,
                step: work.place.map {
                    NodeFact.Step(
                        code: $0.step, titleZh: $0.title.zh, titleEn: $0.title.en, visit: $0.visit,
                        isEnd: $0.outcome != nil)
                })
            nodes[fact.key] = fact
        }
        merge(
            TicketView(
                number: work.ticketNumber, subject: work.subject, customer: work.customer.name,
                department: work.department, describedBy: event.version, origin: nil,
                status: TicketView.Status(node: node, at: work.at, version: event.version, who: who)),
            into: work.ticket.value)
    }

    private mutating func merge(_ view: TicketView, into ticket: UUID) {
        tickets[ticket] = tickets[ticket].map { $0.merged(with: view) } ?? view
    }
}

extension WorkMoved {
    /// Who has the document that the message is about; where it ended, who ended it.
    fileprivate var holder: String? {
        if state == .closed || place?.outcome != nil { return actor?.name ?? owner?.name }
        // A sender that knew no processes named the owner at some steps only.
        if place == nil, state != .offered { return owner?.name ?? actor?.name }
        return owner?.name
    }
}

/// A ticket as it stands.
public struct TicketView: Hashable, Sendable {
    public var number: String
    public var subject: String
    public var customer: String
    public var department: String
    /// The version of the work that the fields above are from, the newest counting most: its department need not be the
    /// one that was asked for. Nil when the ticket's own event said them, which counts less than any.
    public var describedBy: Int64?
    /// Nil until the ticket's own event has come.
    public var origin: Origin?
    public var status: Status

    public struct Origin: Hashable, Sendable {
        public let channel: String
        public let kind: String
        public let urgency: String
        public let createdAt: Date
    }

    public struct Status: Hashable, Sendable {
        public let node: Node
        public let at: Date
        /// Of the work; 0 when there is none yet, which is older than any.
        public let version: Int64
        public let who: String?
    }

    /// The same for `a.merged(with: b)` and `b.merged(with: a)`; what the tables' upsert does, for two views in memory.
    func merged(with other: TicketView) -> TicketView {
        let (describer, rest) =
            (describedBy ?? 0) >= (other.describedBy ?? 0) ? (self, other) : (other, self)
        var merged = describer
        merged.origin = describer.origin ?? rest.origin
        merged.status = status.isNewer(than: other.status) ? status : other.status
        return merged
    }
}

extension TicketView.Status {
    func isNewer(than other: Self) -> Bool {
        if (version == 0) != (other.version == 0) { return other.version == 0 }
        return (at, version) > (other.at, other.version)
    }
}

/// A ticket came to a node.
public struct NodeFact: Hashable, Sendable {
    public let key: Key
    public let ticket: UUID
    public let node: Node
    /// Who had it from then on; nil while nobody had.
    public let who: String?
    public let at: Date
    /// The step of its process; nil where no process told of it.
    public let step: Step?

    /// A step as its process words it.
    public struct Step: Hashable, Sendable {
        public let code: String
        public let titleZh: String
        public let titleEn: String
        /// Number of the visit that came to it; nil: the work order itself.
        public let visit: Int?
        /// The work order, or the visit, goes nowhere from here.
        public let isEnd: Bool

        public init(code: String, titleZh: String, titleEn: String, visit: Int?, isEnd: Bool) {
            self.code = code
            self.titleZh = titleZh
            self.titleEn = titleEn
            self.visit = visit
            self.isEnd = isEnd
        }
    }

    public struct Key: Hashable, Sendable {
        public let aggregate: UUID
        public let version: Int64

        public init(aggregate: UUID, version: Int64) {
            self.aggregate = aggregate
            self.version = version
        }

        init(_ event: RecordedEvent) { self.init(aggregate: event.aggregate, version: event.version) }
    }

    public init(key: Key, ticket: UUID, node: Node, who: String?, at: Date, step: Step? = nil) {
        self.key = key
        self.ticket = ticket
        self.node = node
        self.who = who
        self.at = at
        self.step = step
    }
}

/// What a customer asked for on his ticket.
public struct WishView: Hashable, Sendable {
    public let ticket: UUID
    public let wish: String
    /// Code of the action of his work's process, with an answer only.
    public let action: String?
    /// Number of the visit that the action is about; nil: the work order itself.
    public let visit: Int?
    public let note: String?
    public let at: Date
}

/// A message to the customer as it stands.
public struct DeliveryView: Hashable, Sendable {
    public let version: Int64
    public let ticket: UUID
    public let occasion: String
    public let channel: String
    /// Masked.
    public let recipient: String
    public let state: String
    public let reason: String?
    public let at: Date
}

/// A call-back as it stands.
public struct CallBackView: Hashable, Sendable {
    public let version: Int64
    public let ticket: UUID
    public let state: String
    public let dueAt: Date
    public let at: Date
}

/// One call to a customer, and what came of it.
public struct CallView: Hashable, Sendable {
    public let ticket: UUID
    /// How many there were for this work, this one included.
    public let attempt: Int
    public let outcome: String
    /// 1 (worst) to 5.
    public let score: Int?
    public let note: String?
    public let who: String
    public let at: Date
}
