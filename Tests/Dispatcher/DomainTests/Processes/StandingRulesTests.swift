import DispatcherDomain
import Foundation
import Kernel
import Testing

@Suite struct `Work that is put aside` {
    static func accepted() throws -> Walk {
        var walk = try `S3, a repair on site`.walk()
        try walk.act("to-pool", by: Cast.desk)
        try walk.act("accept", by: Cast.engineer)
        return walk
    }

    static func aside() throws -> Walk {
        var walk = try accepted()
        try walk.send(.putAside(reason: "customer", note: "出差"), by: .staff(Cast.engineer))
        return walk
    }

    @Test func `needs one of the process's reasons`() throws {
        let walk = try Self.accepted()
        let engineer = Actor.staff(Cast.engineer)
        #expect(walk.refusal { try $0.send(.putAside(reason: "lunch"), by: engineer) } == .unknownReason)
        #expect(walk.refusal { try $0.send(.putAside(reason: ""), by: engineer) } == .unknownReason)
        #expect(walk.refusal { try $0.send(.putAside(reason: "part"), by: .staff(Cast.colleague)) } == .notOwner)
    }

    @Test func `sleeps until it is resumed`() throws {
        var walk = try Self.aside()
        #expect(walk.effects.contains(.startFollowUp(hold: 1, every: Limit(1, .day), from: Walk.start)))
        #expect(walk.refusal { try $0.act("give-back", by: Cast.engineer, reason: "x") } == .onHold)
        #expect(walk.refusal { try $0.send(.putAside(reason: "part"), by: .staff(Cast.engineer)) } == .onHold)
        try walk.send(.resume(note: "回来了"), by: .staff(Cast.engineer))
        #expect(walk.effects.contains(.cancelHold(hold: 1)))
        #expect(walk.effects.contains(.clock("solution", .running, run: 1, pausedFor: nil)))
        #expect(walk.refusal { try $0.send(.resume(), by: .staff(Cast.engineer)) } == .notOnHold)
        #expect(walk.refusal { try $0.send(.followUp(hold: 1), by: .timer) } == .timerPast)
    }

    @Test func `asks by itself as often as the process says, and comes back`() throws {
        var walk = try Self.aside()
        for count in 1...3 {
            try walk.send(.followUp(hold: 1), by: .timer)
            #expect(walk.notices(to: .customer) == ["aside"])
            #expect(walk.state.hold == .aside(reason: "customer", since: Walk.start, followUps: count))
        }
        try walk.send(.followUp(hold: 1), by: .timer)
        #expect(walk.state.hold == nil)
        #expect(walk.refusal { try $0.send(.followUp(hold: 1), by: .timer) } == .timerPast)
    }
}

@Suite struct `An urge` {
    @Test func `is counted, answered for, and not counted twice in a moment`() throws {
        var walk = try Work.accepted()
        try walk.send(.urge(note: "急"), by: .customer)
        #expect(walk.state.urges == 1)
        #expect(walk.notices(to: .owner) == ["urged"])
        #expect(walk.refusal { try $0.send(.urge(), by: .customer) } == .tooSoon)
        walk.now += 1800
        try walk.send(.urge(), by: .staff(Cast.desk))
        #expect(walk.notices(to: .role("supervisor")) == [])
        walk.now += 1800
        try walk.send(.urge(), by: .customer)
        #expect(walk.state.urges == 3)
        #expect(walk.notices(to: .role("supervisor")) == ["urged-often"])
        #expect(walk.refusal { try $0.send(.urge(), by: .staff(Cast.finance)) } == .roleMissing)
    }

    typealias Work = `Work that is put aside`
}

@Suite struct `Colleagues` {
    typealias Work = `Work that is put aside`

    @Test func `act for the owner while he delegates, and no longer`() throws {
        var walk = try Work.accepted()
        let until = Walk.start + 3600
        let give = ProcessCommand.delegate(.work, to: Cast.colleague.person, until: until, reason: "休假")
        #expect(walk.refusal { try $0.act("give-back", by: Cast.colleague, reason: "x") } == .notOwner)
        try walk.send(give, by: .staff(Cast.engineer))
        #expect(walk.refusal { try $0.act("give-back", by: Cast.colleague, reason: "x") } == nil)
        #expect(walk.refusal { try $0.act("give-back", by: Cast.engineer, reason: "x") } == nil)
        walk.now = until
        #expect(walk.refusal { try $0.act("give-back", by: Cast.colleague, reason: "x") } == .notOwner)
        #expect(walk.refusal { try $0.send(give, by: .staff(Cast.engineer)) } == .unsuitable)
    }

    @Test func `are put on copy once`() throws {
        var walk = try Work.accepted()
        try walk.send(.copy(Cast.manager.person, reason: "请关注"), by: .staff(Cast.engineer))
        #expect(walk.events.last?.change == .copied(Cast.manager.person, reason: "请关注"))
        try walk.send(.copy(Cast.manager.person), by: .staff(Cast.engineer))
        #expect(walk.state.copied == [Cast.manager.person])
        #expect(walk.effects == [])
    }

    @Test func `take work over with a reason in the history`() throws {
        var walk = try Work.accepted()
        let transfer = { (reason: String) in
            ProcessCommand.transfer(.work, to: Cast.colleague.candidate, reason: reason)
        }
        #expect(walk.refusal { try $0.send(transfer("  "), by: .staff(Cast.engineer)) } == .reasonMissing)
        try walk.send(transfer("孩子生病"), by: .staff(Cast.engineer))
        #expect(walk.state.work.holder == .person(Cast.colleague.person))
        #expect(walk.events.last?.change == .transferred(.work, to: .person(Cast.colleague.person), reason: "孩子生病"))
        #expect(walk.notices(to: .customer) == ["transferred"])
    }

    @Test func `of other departments see nothing of it`() throws {
        let walk = try Work.accepted()
        let stranger = Cast.staff("外人", "engineer", "desk", in: ["mars"])
        #expect(walk.refusal { try $0.act("give-back", by: stranger, reason: "x") } == .otherDepartment)
        let context = ProcessContext(now: walk.now, actor: .staff(stranger))
        #expect(ProcessRules.forms(walk.state, context, by: walk.definition) == [])
    }
}
