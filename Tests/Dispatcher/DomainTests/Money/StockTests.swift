import Contracts
@testable import DispatcherDomain
import Foundation
import Kernel
import Testing

@Suite struct `Parts` {
    static let board = Part(
        code: "board", name: Phrase(zh: "主板", en: "Board"), price: Fen(50_000), hasSerials: true, isActive: true)
    static let own = StockPlace.engineer(Cast.engineer.person.id)

    static func draft(
        _ kind: String?, _ from: StockPlace?, _ to: StockPlace?, quantity: Int? = 1, order: ID<WorkOrder>? = nil,
        visit: Int? = nil, old: String? = nil, serial: String? = nil, note: String? = nil
    ) -> StockRules.Draft {
        StockRules.Draft(
            kind: kind, quantity: quantity, from: from?.text, to: to?.text, order: order, visit: visit, oldSerial: old,
            newSerial: serial, note: note)
    }

    static func move(_ draft: StockRules.Draft, by staff: StaffActor = Cast.warehouse) throws -> StockMovement {
        try StockRules.move(draft, board, id: ID(UUID()), visits: 1, by: staff, at: Money.time)
    }

    static func fields(_ draft: StockRules.Draft) -> [String] {
        do {
            _ = try move(draft)
            return []
        } catch {
            return (error as? InvalidInput)?.faults.map(\.field) ?? ["\(error)"]
        }
    }

    @Test func `are told of with all that belongs to it, or the field that is wrong`() throws {
        #expect(Self.fields(Self.draft("receipt", nil, .headquarters)) == [])
        #expect(Self.fields(Self.draft("receipt", .headquarters, nil)) == ["/from", "/to"])
        for count in [0, -3, 10_000] {
            #expect(Self.fields(Self.draft("receipt", nil, .headquarters, quantity: count)) == ["/quantity"])
        }
        #expect(Self.fields(Self.draft("transfer", .headquarters, .headquarters)) == ["/to"])
        #expect(Self.fields(Self.draft("use", Self.own, nil)) == ["/workOrder", "/newSerial"])
        #expect(
            Self.fields(Self.draft("use", Self.own, nil, quantity: 2, order: Money.order, serial: "S1")) == [
                "/quantity"
            ])
        for visit in [0, -1, 2, .max, .min] as [Int] {
            let use = Self.draft("use", Self.own, nil, order: Money.order, visit: visit, serial: "S1")
            #expect(Self.fields(use) == ["/visit"], "\(visit)")
        }
        #expect(Self.fields(Self.draft("use", Self.own, nil, order: Money.order, visit: 1, serial: "S1")) == [])
        #expect(Self.fields(Self.draft("write-off", .headquarters, nil)) == ["/note"])
        #expect(Self.fields(Self.draft("reservation", .headquarters, nil)).contains("/kind"))
        #expect(StockPlace("engineer:x") == nil && StockPlace("station:") == nil && StockPlace("moon") == nil)
        for place in [StockPlace.headquarters, .station("home"), Self.own] { #expect(StockPlace(place.text) == place) }
    }

    @Test func `are moved by the warehouse, and his own by an engineer`() throws {
        func rule(_ draft: StockRules.Draft, _ staff: StaffActor) -> MoneyRefusal.Rule? {
            Money.rule { _ = try Self.move(draft, by: staff) }
        }
        let use = Self.draft("use", Self.own, nil, order: Money.order, serial: "S1")
        #expect(rule(use, Cast.engineer) == nil)
        #expect(rule(use, Cast.colleague) == .roleMissing)
        #expect(rule(Self.draft("return", Self.own, .station("home")), Cast.engineer) == nil)
        #expect(rule(Self.draft("receipt", nil, Self.own), Cast.engineer) == .roleMissing)
        #expect(rule(Self.draft("transfer", .headquarters, Self.own), Cast.engineer) == .roleMissing)
        let station = Cast.staff("站长", "station", stations: ["home"])
        #expect(rule(Self.draft("transfer", .station("home"), Self.own), station) == nil)
        #expect(rule(Self.draft("transfer", .station("away"), Self.own), station) == .roleMissing)
    }

    /// S0.39.
    @Test func `are asked for, put aside, sent and received, or refused`() throws {
        let asked = try PartRequest.ask(
            Self.board, quantity: 1, isUrgent: true, note: nil, id: ID(UUID()), on: Money.order, visit: 1, visits: 1,
            by: Cast.engineer, at: Money.time)
        func take(
            _ request: PartRequest, _ step: PartRequest.Step,
            _ draft: PartRequest.StepDraft = .init(
                from: "headquarters", carrier: "顺丰", tracking: "SF1", reason: "没有"),
            by staff: StaffActor = Cast.warehouse
        ) throws -> (request: PartRequest, movement: StockMovement?) {
            try request.taking(step, draft, by: staff, at: Money.time)
        }
        #expect(Money.rule { _ = try take(asked, .grant, by: Cast.engineer) } == .roleMissing)
        #expect(Money.rule { _ = try take(asked, .ship) } == .notHere)
        let granted = try take(asked, .grant)
        #expect(granted.movement?.kind == .reservation && granted.movement?.from == .headquarters)
        #expect(try take(granted.request, .grant).movement == nil)
        let shipped = try take(granted.request, .ship)
        #expect(shipped.movement == nil && shipped.request.tracking == "SF1")
        let received = try take(shipped.request, .receive, by: Cast.engineer)
        #expect(received.movement?.to == Self.own && received.request.state == .received)
        let returned = try take(granted.request, .refuse)
        #expect(returned.movement?.to == .headquarters)
        #expect(throws: InvalidInput.self) {
            try take(asked, .grant, .init(from: "moon", carrier: nil, tracking: nil, reason: nil))
        }
        #expect(throws: InvalidInput.self) {
            try take(granted.request, .ship, .init(from: nil, carrier: nil, tracking: nil, reason: nil))
        }
    }
}
