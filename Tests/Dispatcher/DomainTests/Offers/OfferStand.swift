import Contracts
import DispatcherDomain
import Foundation
import Kernel

/// A repair on its way, with the offers that its decisions open and end.
struct OfferStand {
    let definition: ProcessDefinition
    var order: WorkOrderRecord
    var offers: [WorkOffer] = []
    var now = Walk.start

    init() throws {
        definition = try ShippedProcesses.read("s3-repair").definition
        let decision = try ProcessRules.open(
            definition, number: "T1000001", department: "home", ProcessContext(now: Walk.start, actor: .customer))
        order = WorkOrderRecord(
            id: ID(UUID(namespace: Cast.desk.person.id.value, name: "order")), ticket: ID(UUID()),
            ticketNumber: "T1000001", subject: "", customer: Self.customer, address: nil, facts: [:],
            state: decision.state, told: 0, alarms: AlarmList(), changedAt: Walk.start)
    }

    private static let customer = CustomerCard(
        id: ID(UUID()), name: "张三", contact: nil, phone: nil, email: nil, weChatOpenID: nil, language: Open(.chinese))

    var open: WorkOffer? { offers.first { $0.end == nil } }

    mutating func send(_ command: ProcessCommand, by actor: Actor) throws {
        let before = order
        let decision = try ProcessRules.decide(
            order.state, command, ProcessContext(now: now, actor: actor, facts: order.facts), by: definition)
        order.state = decision.state
        order.alarms.apply(decision.effects) { $1.addingTimeInterval(Double($0.amount * $0.unit.seconds)) }
        order.changedAt = now
        for index in offers.indices where offers[index].end == nil {
            offers[index].end = OfferRules.end(of: offers[index], by: decision, at: now)
        }
        offers += OfferRules.opened(by: decision, before: before, after: order, definition)
    }

    mutating func act(
        _ action: String, by staff: StaffActor, reason: String? = nil, to candidate: Candidate? = nil,
        asking: [StaffActor] = []
    ) throws {
        try send(
            .act(
                ActionCommand(action, reason: reason, candidate: candidate, offered: asking.map(\.candidate))),
            by: .staff(staff))
    }

    mutating func accept(_ staff: StaffActor) throws -> OfferRules.Acceptance {
        let offer = open ?? offers[offers.count - 1]
        let acceptance = try OfferRules.accept(offer, by: staff, order.state, definition)
        if case .act(let action) = acceptance { try send(.act(action), by: .staff(staff)) }
        return acceptance
    }

    mutating func refuse(_ staff: StaffActor, _ reason: String? = "schedule", note: String? = nil) throws {
        let offer = open ?? offers[offers.count - 1]
        let (after, next) = try OfferRules.refuse(
            offer, by: staff, reason: reason, note: note, order.state, definition, at: now)
        offers[offers.firstIndex { $0.id == offer.id } ?? 0] = after
        switch next {
        case .noted: break
        case .act(.timer(let key)): try send(.timer(key), by: .timer)
        case .act(let command): try send(command, by: .staff(staff))
        }
    }

    /// The rule that a body is refused by.
    mutating func refusal(_ body: (inout OfferStand) throws -> Void) -> ProcessRefusal.Rule? {
        do {
            try body(&self)
            return nil
        } catch {
            return (error as? ProcessRefusal)?.rule
        }
    }
}
