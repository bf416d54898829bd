public import Contracts
public import Foundation
public import Kernel

/// Somebody needs parts for a job (S0.39): asked, granted, on the way, received.
public struct PartRequest: Hashable, Sendable {
    public enum State: String, Hashable, Sendable, CaseIterable {
        case asked
        /// Put aside for him.
        case granted
        case refused
        case shipped, received
    }

    public enum Step: String, Hashable, Sendable, CaseIterable {
        case grant, refuse, ship, receive
    }

    /// The sender's own, so that the same request told twice is one.
    public let id: ID<PartRequest>
    public let order: ID<WorkOrder>
    public let visit: Int?
    public let part: String
    public let quantity: Int
    /// 紧急发货.
    public let isUrgent: Bool
    public let note: String?
    public let askedBy: Person
    public let askedAt: Date
    public var state: State
    public var from: StockPlace?
    public var carrier: String?
    public var tracking: String?
    public var reason: String?
    public var changedBy: Person
    public var changedAt: Date

    public init(
        id: ID<PartRequest>, order: ID<WorkOrder>, visit: Int?, part: String, quantity: Int, isUrgent: Bool,
        note: String?, askedBy: Person, askedAt: Date, state: State, from: StockPlace?, carrier: String?,
        tracking: String?, reason: String?, changedBy: Person, changedAt: Date
    ) {
        self.id = id
        self.order = order
        self.visit = visit
        self.part = part
        self.quantity = quantity
        self.isUrgent = isUrgent
        self.note = note
        self.askedBy = askedBy
        self.askedAt = askedAt
        self.state = state
        self.from = from
        self.carrier = carrier
        self.tracking = tracking
        self.reason = reason
        self.changedBy = changedBy
        self.changedAt = changedAt
    }

    /// What goes with a step, as it came in.
    public struct StepDraft: Hashable, Sendable {
        public var from: String?
        public var carrier: String?
        public var tracking: String?
        public var reason: String?

        public init(from: String?, carrier: String?, tracking: String?, reason: String?) {
            self.from = from
            self.carrier = carrier
            self.tracking = tracking
            self.reason = reason
        }
    }

    static let askers: [StaffRole] = [.engineer, .station, .desk, .manager]

    /// - Throws: `InvalidInput`, ``MoneyRefusal``.
    public static func ask(
        _ part: Part, quantity: Int?, isUrgent: Bool, note: String?, id: ID<PartRequest>, on order: ID<WorkOrder>,
        visit: Int?, visits: Int, by staff: StaffActor, at time: Date
    ) throws -> PartRequest {
        try MoneyRefusal.need(askers, staff)
        var reader = DraftReader()
        let count = StockRules.count(quantity, &reader)
        let note = reader.optional(note, "/note", limit: 500, isLine: false)
        if let visit, visits == 0 || !(1...visits).contains(visit) {
            reader.fault("/visit", "unknownValue", "There is no such visit.")
        }
        if !part.isActive { reader.fault("/part", "unknownValue", "This part is not kept any more.") }
        try reader.check()
        return PartRequest(
            id: id, order: order, visit: visit, part: part.code, quantity: count, isUrgent: isUrgent, note: note,
            askedBy: staff.person, askedAt: time, state: .asked, from: nil, carrier: nil, tracking: nil, reason: nil,
            changedBy: staff.person, changedAt: time)
    }

    public func isSame(as other: PartRequest) -> Bool {
        order == other.order && visit == other.visit && part == other.part && quantity == other.quantity
    }

    /// - Returns: the request after the step, and what moves with it; what is done already stays as it is.
    /// - Throws: `InvalidInput`, ``MoneyRefusal``: `role-missing`, `not-here`, `reason-missing`.
    public func taking(
        _ step: Step, _ draft: StepDraft, by staff: StaffActor, at time: Date
    ) throws -> (request: PartRequest, movement: StockMovement?) {
        let after: State =
            switch step {
            case .grant: .granted
            case .refuse: .refused
            case .ship: .shipped
            case .receive: .received
            }
        if step != .receive || staff.person.id != askedBy.id { try MoneyRefusal.need([.warehouse], staff) }
        if state == after { return (self, nil) }
        let before: [State] =
            switch step {
            case .grant: [.asked]
            case .refuse: [.asked, .granted]
            case .ship: [.granted]
            case .receive: [.granted, .shipped]
            }
        guard before.contains(state) else {
            throw MoneyRefusal(
                .notHere, zh: "申请现在是 \(state.rawValue)，不能 \(step.rawValue)",
                en: "the request is \(state.rawValue), so it cannot be taken to \(after.rawValue)")
        }
        var reader = DraftReader()
        var next = self
        next.state = after
        next.changedBy = staff.person
        next.changedAt = time
        var ends: (kind: StockMovement.Kind, from: StockPlace?, to: StockPlace?)?
        switch step {
        case .grant:
            guard let from = draft.from.flatMap(StockPlace.init) else {
                reader.fault("/from", draft.from == nil ? "required" : "malformed", "`headquarters` or `station:CODE`.")
                break
            }
            next.from = from
            ends = (.reservation, from, nil)
        case .refuse:
            next.reason = try MoneyRefusal.need(draft.reason)
            if state == .granted { ends = (.takeBack, nil, from) }
        case .ship:
            next.carrier = reader.text(draft.carrier, "/carrier", limit: 80)
            next.tracking = reader.text(draft.tracking, "/tracking", limit: 80)
        case .receive: ends = (.delivery, nil, .engineer(askedBy.id))
        }
        try reader.check()
        return (
            next,
            ends.map { ends in
                StockMovement(
                    id: ID(UUID(namespace: id.value, name: step.rawValue)), kind: ends.kind, part: part,
                    quantity: quantity, from: ends.from, to: ends.to, order: order, visit: visit, oldSerial: nil,
                    newSerial: nil, note: nil, by: staff.person, at: time)
            }
        )
    }
}
