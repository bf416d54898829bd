import Contracts
@testable import DispatcherDomain
import Foundation
import Kernel
import Testing

@Suite struct `Money` {
    static let time = Date(timeIntervalSince1970: 1_800_000_000)
    static let order = ID<WorkOrder>(UUID(namespace: Cast.desk.person.id.value, name: "order"))
    static let month = SettlementMonth("2027-01")!

    static func draft(
        _ kind: String? = "part", _ text: String? = "主板", quantity: Int? = 2, price: Int64? = 12_345, visit: Int? = nil
    ) -> ChargeRules.Draft {
        ChargeRules.Draft(visit: visit, kind: kind, text: text, quantity: quantity, price: price)
    }

    static func enter(
        _ draft: ChargeRules.Draft = draft(), warranty: Bool = true, by staff: StaffActor = Cast.engineer
    ) throws -> Charge {
        try ChargeRules.enter(
            draft, id: ID(UUID()), on: order, visits: 1, station: "home", isUnderWarranty: warranty, by: staff, at: time
        )
    }

    static func passed(_ charge: Charge, in month: SettlementMonth = month) throws -> Charge {
        try ChargeRules.review(
            charge, passes: true, reason: nil, month: month, isClosed: false, by: Cast.supervisor, at: time)
    }

    static func rule(_ body: () throws -> Void) -> MoneyRefusal.Rule? {
        do {
            try body()
            return nil
        } catch {
            return (error as? MoneyRefusal)?.rule
        }
    }

    @Test func `is counted in fen, and a line that is too much is refused`() throws {
        #expect(Fen(12_345).times(2) == Fen(24_690))
        #expect(Fen(Int64.max).times(2) == nil && Fen.most.times(2) == nil)
        #expect([Fen(5), Fen(-5), Fen(120_00), Fen(-7)].map(\.yuan) == ["0.05", "-0.05", "120.00", "-0.07"])
        #expect(try Self.enter().amount == Fen(24_690))
    }

    @Test(arguments: [
        (draft("gold"), "/kind"), (draft("part", ""), "/text"), (draft(quantity: 0), "/quantity"),
        (draft(quantity: -1), "/quantity"), (draft(price: -1), "/price"), (draft(price: nil), "/price"),
        (draft(quantity: 9999, price: 1_000_000_000), "/quantity"), (draft(visit: 2), "/visit"),
    ])
    func `that makes no sense is refused with the field`(draft: ChargeRules.Draft, field: String) {
        let refused = #expect(throws: InvalidInput.self) { try Self.enter(draft) }
        #expect(refused?.faults.contains { $0.field == field } == true)
    }

    /// S0.43: inside or outside of the three guarantees.
    @Test(arguments: [
        ("part", true, Charge.Bearer.company), ("travel", true, .company), ("labour", false, .customer),
        ("part", false, .customer), ("subsidy", true, .company), ("subsidy", false, .company),
    ])
    func `is borne as warranty data say`(kind: String, warranty: Bool, bearer: Charge.Bearer) throws {
        let charge = try Self.enter(Self.draft(kind), warranty: warranty)
        #expect(charge.bearer == bearer && charge.isInside == warranty)
    }

    @Test func `is borne otherwise by decision with a reason, until it is passed`() throws {
        let charge = try Self.enter()
        func decide(_ charge: Charge, _ reason: String?, _ staff: StaffActor) throws -> Charge {
            try ChargeRules.decide(charge, isInside: false, bearer: "vendor", reason: reason, by: staff)
        }
        #expect(Self.rule { _ = try decide(charge, "人为损坏", Cast.engineer) } == .roleMissing)
        #expect(Self.rule { _ = try decide(charge, " ", Cast.supervisor) } == .reasonMissing)
        #expect(throws: InvalidInput.self) {
            try ChargeRules.decide(charge, isInside: nil, bearer: "nobody", reason: "x", by: Cast.supervisor)
        }
        let decided = try decide(charge, "人为损坏", Cast.supervisor)
        #expect(decided.bearer == .vendor && !decided.isInside && decided.bearerReason == "人为损坏")
        #expect(Self.rule { _ = try decide(Self.passed(decided), "x", Cast.supervisor) } == .decided)
    }

    @Test func `is reviewed line by line, by nobody who entered it, once`() throws {
        let charge = try Self.enter()
        func review(
            _ charge: Charge, _ passes: Bool, _ reason: String?, _ staff: StaffActor, closed: Bool = false
        ) throws -> Charge {
            try ChargeRules.review(
                charge, passes: passes, reason: reason, month: Self.month, isClosed: closed, by: staff, at: Self.time)
        }
        #expect(Self.rule { _ = try review(charge, true, nil, Cast.engineer) } == .roleMissing)
        let both = Cast.staff("兼任", "supervisor", "manager")
        #expect(Self.rule { _ = try review(Self.enter(by: both), true, nil, both) } == .ownLine)
        #expect(Self.rule { _ = try review(charge, false, nil, Cast.supervisor) } == .reasonMissing)
        let back = try review(charge, false, "太贵", Cast.supervisor)
        #expect(back.state == .sentBack && back.month == nil)
        #expect(Self.rule { _ = try review(back, true, nil, Cast.supervisor) } == .decided)
        #expect(try ChargeRules.withdraw(back, by: Cast.engineer).state == .withdrawn)
        let passed = try review(charge, true, nil, Cast.supervisor)
        #expect(passed.state == .passed && passed.month == Self.month)
        #expect(Self.rule { _ = try ChargeRules.withdraw(passed, by: Cast.engineer) } == .decided)
        #expect(Self.rule { _ = try review(passed, true, nil, Cast.supervisor) } == .decided)
        // A slip of the supervisor is put right while the month is open; afterwards only by a correction.
        #expect(Self.rule { _ = try review(passed, false, nil, Cast.supervisor) } == .reasonMissing)
        #expect(Self.rule { _ = try review(passed, false, "点错", Cast.supervisor, closed: true) } == .decided)
        let taken = try review(passed, false, "点错", Cast.supervisor)
        #expect(taken.state == .sentBack && taken.month == nil)
    }

    /// Whatever is entered, decided and corrected: every way of adding up comes to the same, to the fen.
    @Test(arguments: UInt64(1)...50) func `of a month always balances`(seed: UInt64) throws {
        var dice = Dice(seed)
        var lines: [Charge] = []
        for _ in 0..<Int.random(in: 1...80, using: &dice) {
            let kind = Charge.Kind.allCases.randomElement(using: &dice)!
            var line = try Self.enter(
                Self.draft(
                    kind.rawValue, quantity: .random(in: 1...9, using: &dice),
                    price: .random(in: 0...99_999_999, using: &dice)), warranty: .random(using: &dice))
            if Bool.random(using: &dice) {
                line = try ChargeRules.decide(
                    line, isInside: .random(using: &dice),
                    bearer: Charge.Bearer.allCases.randomElement(using: &dice)!.rawValue, reason: "x",
                    by: Cast.supervisor)
            }
            line = try Self.passed(line)
            lines.append(line)
            if Int.random(in: 0..<5, using: &dice) == 0 {
                lines.append(
                    try ChargeRules.correct(
                        line, by: -line.amount.amount - 1, reason: "多付", id: ID(UUID()), isClosed: true,
                        month: Self.month, by: Cast.finance, at: Self.time))
            }
        }
        let statement = Statement(station: "home", month: Self.month, lines: lines)
        #expect(statement.isBalanced)
        #expect(statement.total.amount == lines.map(\.amount.amount).reduce(0, +))
        let borne = lines.filter { $0.bearer == .company || $0.bearer == .vendor }.map(\.amount.amount).reduce(0, +)
        #expect(statement.payable == Fen(borne))
        let last = statement.csv(tickets: [:]).split(separator: "\r\n").last.map(String.init)
        #expect(last == "total,,,,,,\(statement.total.yuan),,,,")
    }

    @Test func `of a month is closed by finance when it is over and all is reviewed`() throws {
        let statement = Statement(station: "home", month: Self.month, lines: [])
        func close(_ unreviewed: Int, _ current: String, closed: Bool = false, by staff: StaffActor = Cast.finance)
            throws
        {
            try statement.checkClosing(
                unreviewed: unreviewed, current: SettlementMonth(current)!, isClosed: closed, by: staff)
        }
        #expect(Self.rule { try close(0, "2027-02", by: Cast.manager) } == .roleMissing)
        #expect(Self.rule { try close(0, "2027-01") } == .monthNotOver)
        #expect(Self.rule { try close(1, "2027-02") } == .unreviewed)
        #expect(Self.rule { try close(0, "2027-02", closed: true) } == .monthClosed)
        try close(0, "2027-02")
    }

    @Test func `of a closed month is put right in the next open one`() throws {
        let charge = try Self.passed(try Self.enter())
        let february = Statement.openMonth(from: Self.month, closed: [Self.month])
        #expect(february.text == "2027-02")
        #expect(
            Statement.openMonth(from: SettlementMonth("2026-12")!, closed: [SettlementMonth("2026-12")!, Self.month])
                .text
                == "2027-02")
        func correct(_ amount: Int64?, _ reason: String?, closed: Bool = true) throws -> Charge {
            try ChargeRules.correct(
                charge, by: amount, reason: reason, id: ID(UUID()), isClosed: closed, month: february, by: Cast.finance,
                at: Self.time)
        }
        #expect(Self.rule { _ = try correct(-100, "x", closed: false) } == .notClosed)
        #expect(Self.rule { _ = try correct(-100, nil) } == .reasonMissing)
        for amount in [0, 1_000_000_001, -1_000_000_001, .max, .min] as [Int64] {
            let refused = #expect(throws: InvalidInput.self) { try correct(amount, "x") }
            #expect(refused?.faults.map(\.field) == ["/amount"], "\(amount)")
        }
        #expect(try correct(-1_000_000_000, "x").amount == Fen(-1_000_000_000))
        let line = try correct(-100, "少两颗螺丝")
        #expect(line.corrects == charge.id && line.month == february && line.amount == Fen(-100))
        #expect(line.bearer == charge.bearer && line.state == .passed)
    }

    /// What was decided since makes it no other line.
    @Test func `that is told once more is the same only with the same values`() throws {
        let line = try Self.enter()
        try line.checkRepetition(of: Self.passed(line))
        for other in [
            Self.draft(quantity: 3, price: 8230), Self.draft("part", "内存"), Self.draft("labour"), Self.draft(visit: 1),
        ] {
            #expect(Self.rule { try Self.enter(other).checkRepetition(of: line) } == .otherRequest, "\(other)")
        }
        let correction = try ChargeRules.correct(
            Self.passed(line), by: -1, reason: "主板", id: ID(UUID()), isClosed: true, month: Self.month,
            by: Cast.finance, at: Self.time)
        #expect(Self.rule { try correction.checkRepetition(of: line) } == .otherRequest)
    }

    @Test func `in an export is no formula and no broken line`() throws {
        let line = try Self.passed(try Self.enter(Self.draft("part", "=1+1,\"x\"")))
        let text = Statement(station: "home", month: Self.month, lines: [line]).csv(tickets: [line.id: "T1"])
        #expect(text.contains("T1,,part,\"'=1+1,\"\"x\"\"\",2,123.45,246.90,yes,company"))
    }

    @Test func `that was paid is confirmed by finance, or did not come`() throws {
        let id = ID<Payment>(UUID())
        func record(_ amount: Int64? = 100, means: String? = "cash") throws -> Payment {
            try Payment.record(
                id: id, on: Self.order, amount: amount, means: means, note: nil, by: Cast.engineer, at: Self.time)
        }
        for amount in [nil, 0, -1, 1_000_000_001] as [Int64?] {
            #expect(throws: InvalidInput.self) { try record(amount) }
        }
        #expect(throws: InvalidInput.self) { try record(means: "shells") }
        let payment = try record()
        try record().checkRepetition(of: payment)
        #expect(Self.rule { try record(101).checkRepetition(of: payment) } == .otherRequest)
        func decide(_ payment: Payment, _ received: Bool, _ reason: String? = nil, by staff: StaffActor = Cast.finance)
            throws -> Payment
        { try payment.decided(received: received, reason: reason, by: staff, at: Self.time) }
        #expect(Self.rule { _ = try decide(payment, true, by: Cast.engineer) } == .roleMissing)
        #expect(Self.rule { _ = try decide(payment, false) } == .reasonMissing)
        let confirmed = try decide(payment, true)
        #expect(try decide(confirmed, true) == confirmed)
        #expect(Self.rule { _ = try decide(confirmed, false, "x") } == .decided)
    }
}
