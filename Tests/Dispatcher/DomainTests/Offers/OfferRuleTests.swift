import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Testing

@Suite struct `An offer` {
    static let five = ["甲工", "乙工", "丙工", "丁工", "戊工"].map { Cast.staff($0, "engineer") }

    /// S3.15: five people are asked and all fall asleep.
    @Test func `that nobody answers is back on the desk after five minutes, with its history`() throws {
        var stand = try OfferStand()
        try stand.act("to-pool", by: Cast.desk, asking: Self.five)
        let offer = try #require(stand.open)
        #expect(offer.asked == Self.five.map(\.person) && offer.kind == .pool)
        #expect(offer.expiresAt == Walk.start + 300)
        stand.now += 300
        let alarm = try #require(stand.order.alarms.next)
        #expect(alarm.dueAt == stand.now)
        try stand.send(alarm.command, by: .timer)
        #expect(stand.order.state.work.step == "confirm")
        #expect(stand.order.state.work.holder == .person(Cast.desk.person))
        #expect(stand.offers.map(\.end) == [OfferEnd(.expired, at: Walk.start + 300, by: nil)])
        #expect(stand.refusal { _ = try $0.accept(Self.five[0]) } == .offerOver)
    }

    @Test func `goes to the first who accepts, and the others hear his name`() throws {
        var stand = try OfferStand()
        try stand.act("to-pool", by: Cast.desk)
        #expect(try stand.accept(Cast.colleague) == .act(ActionCommand("accept")))
        #expect(stand.offers[0].end == OfferEnd(.accepted, at: Walk.start, by: Cast.colleague.person))
        do {
            _ = try stand.accept(Cast.engineer)
            Issue.record("somebody else got it as well")
        } catch let refusal as ProcessRefusal {
            #expect(refusal.rule == .taken)
            #expect(refusal.words == Phrase(zh: "已被李工接单", en: "李工 has taken it"))
        }
        #expect(try stand.accept(Cast.colleague) == .repetition)
    }

    @Test func `to some of a pool is nobody else's, by whatever way`() throws {
        var stand = try OfferStand()
        try stand.act("to-pool", by: Cast.desk, asking: [Cast.engineer])
        #expect(stand.refusal { _ = try $0.accept(Cast.colleague) } == .notAsked)
        let offers = stand.offers
        let command = ProcessCommand.act(ActionCommand("accept"))
        #expect(throws: ProcessRefusal.self) {
            try OfferRules.check(command, stand.order.state, Cast.colleague, offers, stand.definition)
        }
        try OfferRules.check(command, stand.order.state, Cast.engineer, offers, stand.definition)
        // The desk takes it back: no acceptance.
        try stand.act("withdraw", by: Cast.desk)
        #expect(stand.offers[0].end == OfferEnd(.withdrawn, at: Walk.start, by: Cast.desk.person))
    }

    @Test func `that all who were asked refuse is back at once`() throws {
        var stand = try OfferStand()
        try stand.act("to-pool", by: Cast.desk, asking: Array(Self.five.prefix(2)))
        try stand.refuse(Self.five[0], "location")
        #expect(stand.order.state.work.step == "offered")
        // A second thought of the same person counts once.
        try stand.refuse(Self.five[0], "skills")
        #expect(stand.offers[0].answers.map(\.reason) == [.skills])
        try stand.refuse(Self.five[1], "other", note: " 车在修 ")
        #expect(stand.order.state.work.step == "confirm")
        #expect(stand.offers[0].end?.outcome == .refused)
        #expect(stand.offers[0].answers.last?.note == "车在修")
    }

    @Test func `to the whole pool stays when one refuses`() throws {
        var stand = try OfferStand()
        try stand.act("to-pool", by: Cast.desk)
        try stand.refuse(Cast.engineer)
        #expect(stand.offers[0].end == nil && stand.order.state.work.step == "offered")
        _ = try stand.accept(Cast.colleague)
        #expect(stand.order.state.work.holder == .person(Cast.colleague.person))
    }

    @Test func `to a named engineer comes back to the desk when he refuses`() throws {
        var stand = try OfferStand()
        try stand.act("dispatch", by: Cast.desk, to: Cast.engineer.candidate)
        #expect(stand.open?.kind == .named && stand.open?.asked == [Cast.engineer.person])
        #expect(stand.refusal { try $0.refuse(Cast.colleague) } == .notAsked)
        try stand.refuse(Cast.engineer, "parts")
        #expect(stand.order.state.work.step == "confirm")
        #expect(stand.offers[0].end == OfferEnd(.refused, at: Walk.start, by: Cast.engineer.person))
    }

    /// S3.14.
    @Test func `to a colleague by transfer is confirmed, or returns to who had it`() throws {
        var stand = try OfferStand()
        try stand.act("dispatch", by: Cast.desk, to: Cast.engineer.candidate)
        _ = try stand.accept(Cast.engineer)
        try stand.send(.transfer(.work, to: Cast.colleague.candidate, reason: "车坏了"), by: .staff(Cast.engineer))
        let offer = try #require(stand.open)
        #expect(offer.kind == .transfer && offer.from == Cast.engineer.person)
        #expect(try OfferRules.accept(offer, by: Cast.colleague, stand.order.state, stand.definition) == .confirm)
        try stand.refuse(Cast.colleague, "schedule")
        #expect(stand.order.state.work.holder == .person(Cast.engineer.person))
        #expect(stand.offers[1].end?.outcome == .refused)
        // What he goes on with he has accepted.
        try stand.act("open-sheet", by: Cast.engineer, to: Cast.engineer.candidate)
        #expect(stand.offers[2].end == OfferEnd(.accepted, at: Walk.start, by: Cast.engineer.person))
    }

    @Test func `ends with its work`() throws {
        var stand = try OfferStand()
        try stand.act("to-pool", by: Cast.desk)
        try stand.act("withdraw", by: Cast.desk)
        try stand.act("to-pool", by: Cast.desk)
        try stand.act("withdraw", by: Cast.desk)
        try stand.send(.act(ActionCommand("cancel", reason: "不修了")), by: .customer)
        #expect(stand.offers.allSatisfy { $0.end?.outcome == .withdrawn })
        #expect(Set(stand.offers.map(\.id)).count == 2)
    }

    @Test(
        arguments: [
            (nil, nil, ProcessRefusal.Rule.unknownReason), ("bored", nil, .unknownReason),
            ("at-capacity", nil, .unknownReason),
            ("other", nil, .reasonMissing), ("other", " ", .reasonMissing),
            ("other", String(repeating: "忙", count: 2001), .textTooLong),
        ] as [(String?, String?, ProcessRefusal.Rule)])
    func `is refused with a reason that is one`(reason: String?, note: String?, rule: ProcessRefusal.Rule) throws {
        var stand = try OfferStand()
        try stand.act("to-pool", by: Cast.desk)
        #expect(stand.refusal { try $0.refuse(Cast.engineer, reason, note: note) } == rule)
    }

    @Test func `asks nobody who may not have the work, nobody twice, and nobody where nothing is offered`() throws {
        var stand = try OfferStand()
        let stranger = Cast.staff("外人", "engineer", in: ["elsewhere"])
        #expect(stand.refusal { try $0.act("to-pool", by: Cast.desk, asking: [Cast.finance]) } == .unsuitable)
        let far = Candidate(.person(stranger.person), roles: stranger.roles, departments: stranger.departments)
        #expect(
            stand.refusal {
                try $0.send(.act(ActionCommand("to-pool", offered: [far])), by: .staff(Cast.desk))
            } == .unsuitable)
        #expect(
            stand.refusal { try $0.act("to-pool", by: Cast.desk, asking: [Cast.engineer, Cast.engineer]) }
                == .unsuitable)
        #expect(
            stand.refusal { try $0.act("answer", by: Cast.desk, reason: "好了", asking: [Cast.engineer]) }
                == .unsuitable)
    }

    @Test func `is limited by what somebody has and how fast he takes more`() throws {
        let limits = EngineerLimits(open: 3, hourly: 2)
        try limits.check(open: 2, accepted: 1)
        for (open, accepted) in [(3, 0), (0, 2)] {
            #expect(throws: ProcessRefusal.self) { try limits.check(open: open, accepted: accepted) }
        }
        try EngineerLimits(open: nil, hourly: nil).check(open: 1000, accepted: 1000)
    }
}
