import DispatcherDomain
import Foundation
import Kernel
import Testing

@Suite struct `A command` {
    typealias Work = `Work that is put aside`

    @Test func `on an older state is refused as stale`() throws {
        let walk = try Work.accepted()
        let context = ProcessContext(
            now: walk.now, actor: .staff(Cast.engineer), expectedRevision: walk.state.revision - 1)
        let refusal = #expect(throws: ProcessRefusal.self) {
            try ProcessRules.decide(walk.state, .resume(), context, by: walk.definition)
        }
        #expect(refusal?.rule == .stale)
    }

    /// Pair by pair: in no step does an action of another step do anything, and what is refused says so in both languages.
    @Test(arguments: ShippedProcesses.texts.keys.sorted())
    func `of another step is refused in every step`(code: String) throws {
        let definition = try ShippedProcesses.read(code).definition
        let fresh = try Walk(definition, facts: ["customer.name": "x", "ticket.description": "y"])
        let all = Set(definition.work.steps.flatMap(\.actions).map(\.code))
        let here = Set(definition.work.step(fresh.step)?.actions.map(\.code) ?? [])
        for action in all.subtracting(here) {
            #expect(fresh.refusal { try $0.act(action, by: Cast.desk) } == .notHere)
        }
        #expect(fresh.refusal { try $0.act("dance", by: Cast.desk) } == .unknownAction)
    }

    @Test func `after the end is refused`() throws {
        let walk = try `S3, a repair on site`.mainFlow()
        #expect(walk.refusal { try $0.act("passed", by: Cast.desk) } == .closed)
        #expect(walk.refusal { try $0.send(.urge(), by: .customer) } == .closed)
    }

    @Test func `is kept as events that survive JSON`() throws {
        let walk = try `S3, a repair on site`.mainFlow()
        let data = try JSONEncoder().encode(walk.events)
        let events = try JSONDecoder().decode([ProcessEvent].self, from: data)
        #expect(events == walk.events)
        #expect(ProcessState(events) == walk.state)
        let effects = try JSONDecoder().decode([Effect].self, from: JSONEncoder().encode(walk.allEffects))
        #expect(effects == walk.allEffects)
    }

    @Test func `with wrong fields is told each`() throws {
        let walk = try `S3, a repair on site`.atCallBack()
        let wrong: [String: FieldValue] = ["rating": "splendid", "opinion": .number(3), "paid": 1]
        let command = ProcessCommand.act(ActionCommand("passed", fields: wrong))
        let context = ProcessContext(now: walk.now, actor: .staff(Cast.desk))
        let refusal = #expect(throws: ProcessRefusal.self) {
            try ProcessRules.decide(walk.state, command, context, by: walk.definition)
        }
        #expect(
            refusal?.faults.map { "\($0.field) \($0.code)" } == [
                "/fields/opinion malformed", "/fields/paid unknownValue", "/fields/rating unknownValue",
            ])
    }

    @Test func `is offered with its form to whom it is for`() throws {
        let walk = try `S3, a repair on site`.walk()
        let forms = { (staff: StaffActor) in
            ProcessRules.forms(walk.state, ProcessContext(now: walk.now, actor: .staff(staff)), by: walk.definition)
        }
        #expect(forms(Cast.desk).map(\.action) == ["to-pool", "dispatch", "answer", "cancel"])
        #expect(forms(Cast.desk).map(\.needsCandidate) == [false, true, false, false])
        #expect(forms(Cast.desk).map(\.needsReason) == [false, false, true, true])
        #expect(forms(Cast.engineer) == [])
    }
}

@Suite struct `A form` {
    static let text = """
        process: x
        version: 1
        title: 例 / Example
        fields:
          cost: {title: 费用 / Cost, type: money, visible-to: [finance, manager]}
          word: {title: 留言 / Word, visible-to: [customer, desk]}
          note: {title: 备注 / Note}
        steps:
          new:
            title: 新 / New
            owner: desk
            actions:
              fill: {title: 填 / Fill, by: [desk, finance, customer], fill: [cost, word, note]}
              finish: {title: 完 / Finish, by: [owner, customer], approval: manager, to: done}
          done: {title: 完 / Done, end: done}
        """

    static func walk() throws -> Walk { try Walk(ProcessDefinition.read(text).definition) }

    @Test func `shows each person the fields that are for him`() throws {
        let walk = try Self.walk()
        let codes = { (actor: Actor) in
            ProcessRules.visibleFields(walk.state, to: actor, by: walk.definition).map(\.field.code)
        }
        #expect(codes(.staff(Cast.finance)) == ["cost", "note"])
        #expect(codes(.staff(Cast.desk)) == ["word", "note"])
        #expect(codes(.customer) == ["word"])
    }

    /// Neither a field nor what stands in it is shown to whom it is not for.
    @Test func `holds nothing that is not for the person before it`() throws {
        var walk = try Self.walk()
        try walk.act("fill", by: Cast.finance, ["cost": 5, "note": "x"])
        let lines = { (actor: Actor) in
            ProcessRules.forms(walk.state, ProcessContext(now: walk.now, actor: actor), by: walk.definition)
                .filter { $0.action == "fill" }.flatMap(\.fields)
                .map { "\($0.field.code) \($0.value == nil ? "-" : "+")" }
        }
        #expect(lines(.staff(Cast.finance)) == ["cost +", "note +"])
        #expect(lines(.staff(Cast.desk)) == ["word -", "note +"])
        // The customer may write a note, and does not read what staff wrote there.
        #expect(lines(.customer) == ["word -", "note -"])
    }

    @Test func `is filled in only where it is seen`() throws {
        var walk = try Self.walk()
        #expect(walk.refusal { try $0.act("fill", by: Cast.desk, ["cost": 5]) } == .fields)
        #expect(walk.refusal { try $0.customer("fill", .work, ["cost": 5]) } == .fields)
        try walk.act("fill", by: Cast.finance, ["cost": 5])
        try walk.customer("fill", .work, ["word": "快点"])
        #expect(walk.state.work.fields == ["cost": 5, "word": "快点"])
        try walk.customer("fill", .work, ["word": ""])
        #expect(walk.state.work.fields == ["cost": 5])
    }

    static let strict = """
        process: x
        version: 1
        title: 例 / Example
        fields:
          plate: {title: 车牌 / Plate, max: 5}
          seats: {title: 座位 / Seats, type: number}
          content: {title: 学校满意 / School is content, type: flag}
          fault: {title: 故障 / Fault, type: choice, choices: {glass: 玻璃 / Glass, brakes: 刹车 / Brakes}}
        steps:
          new:
            title: 新 / New
            owner: desk
            actions:
              repair: {title: 修 / Repair, by: owner, reason: required, require: [plate, seats, fault], to: done}
              close: {title: 结 / Close, by: owner, fill: [content, fault], to: done, when: "content = yes and fault != 'brakes'"}
          done: {title: 完 / Done, end: done}
        """

    /// What could not be read, what does not fit, what is missing and the reason: one answer for all.
    @Test func `tells everything that is wrong with it at once`() throws {
        let walk = try Walk(ProcessDefinition.read(Self.strict).definition)
        let unread = [
            FieldFault(field: "/fields/seats", code: "malformed", message: "座位 / Seats"),
            FieldFault(field: "/candidate/staff", code: "unknownValue", message: "There is no such member of staff."),
        ]
        let command = ActionCommand("repair", fields: ["plate": "far too long"], reason: " ", unread: unread)
        let context = ProcessContext(now: walk.now, actor: .staff(Cast.desk))
        let refusal = #expect(throws: ProcessRefusal.self) {
            try ProcessRules.decide(walk.state, .act(command), context, by: walk.definition)
        }
        #expect(refusal?.rule == .fields)
        #expect(
            refusal?.faults.map { "\($0.field) \($0.code)" } == [
                "/fields/seats malformed", "/candidate/staff unknownValue", "/fields/plate tooLong",
                "/fields/fault required", "/reason required",
            ])
        #expect(
            walk.refusal { try $0.act("repair", by: Cast.desk, ["plate": "A1", "seats": 4, "fault": "glass"]) }
                == .reasonMissing)
    }

    @Test func `with something that could not be read is no repetition`() {
        let acted = ProcessChange.acted(.work, action: "repair", reason: nil)
        let unread = [FieldFault(field: "/fields/seats", code: "malformed", message: "x")]
        #expect(ActionCommand("repair").isRepetition(of: acted, filling: nil))
        #expect(!ActionCommand("repair", unread: unread).isRepetition(of: acted, filling: nil))
    }

    @Test func `whose condition does not hold is refused in the words of the form`() throws {
        let walk = try Walk(ProcessDefinition.read(Self.strict).definition)
        let command = ActionCommand("close", fields: ["content": .flag(false), "fault": "brakes"])
        let context = ProcessContext(now: walk.now, actor: .staff(Cast.desk))
        let refusal = #expect(throws: ProcessRefusal.self) {
            try ProcessRules.decide(walk.state, .act(command), context, by: walk.definition)
        }
        #expect(refusal?.rule == .conditionFailed)
        #expect(refusal?.words.zh == "条件不成立：学校满意，且故障不是刹车")
        #expect(refusal?.words.en == "the condition does not hold: School is content, and Fault is not Brakes")
        #expect(refusal?.condition == "content = yes and fault != 'brakes'")
    }

    @Test func `that needs a grant cannot be had around it by the customer`() throws {
        let walk = try Self.walk()
        #expect(walk.refusal { try $0.customer("finish") } == .roleMissing)
    }

    @Test func `that needs a grant does its work when it is granted`() throws {
        var walk = try Self.walk()
        try walk.act("finish", by: Cast.desk)
        #expect(walk.state.approvals.map(\.number) == [1])
        try walk.send(.grant(approval: 1), by: .staff(Cast.manager))
        #expect(walk.state.work.outcome == .done)
        #expect(walk.state.approvals == [])
    }

    @Test func `that two roles must grant is granted by two people`() throws {
        let text = Self.text.replacing("approval: manager", with: "approval: [manager, finance]")
        var walk = try Walk(ProcessDefinition.read(text).definition)
        let both = StaffActor(
            person: Cast.manager.person, roles: Cast.manager.roles.union(Cast.finance.roles),
            departments: Cast.manager.departments)
        try walk.act("finish", by: Cast.desk)
        try walk.send(.grant(approval: 1), by: .staff(both))
        #expect(walk.refusal { try $0.send(.grant(approval: 1), by: .staff(both)) } == .grantedBefore)
        try walk.send(.grant(approval: 1), by: .staff(Cast.finance))
        #expect(walk.state.work.outcome == .done)
    }

    @Test func `that is routed on by a step where nobody stops leaves the clocks as they are`() throws {
        let text = """
            process: x
            version: 1
            title: 例 / Example
            clocks: {rescue: {title: 救援 / Rescue, target: 30 min, at: {100%: {notify: owner}}}}
            steps:
              report: {title: 报 / Report, owner: desk, clocks: rescue, actions: {go: {title: 去 / Go, by: owner, to: sorted}}}
              sorted: {title: 分 / Sorted, routes: [{when: ticket.in_hours, to: done}, {to: roadside}]}
              roadside: {title: 路边 / Roadside, owner: desk, clocks: rescue, actions: {end: {title: 完 / End, by: owner, to: done}}}
              done: {title: 完 / Done, end: done}
            """
        var walk = try Walk(ProcessDefinition.read(text).definition)
        try walk.act("go", by: Cast.desk)
        #expect(walk.step == "roadside")
        #expect(walk.state.clocks["rescue"]?.phase == .running && walk.state.clocks["rescue"]?.run == 1)
        try walk.act("end", by: Cast.desk)
        let changes = walk.events.compactMap { event -> ClockState.Phase? in
            if case .clockChanged(_, let phase) = event.change { phase } else { nil }
        }
        #expect(changes == [.running, .stopped])
    }

    @Test func `is repeated only by the same values and reason`() {
        let acted = ProcessChange.acted(.work, action: "log", reason: "等件")
        let filled = ProcessChange.filled(.work, ["remark": "A"], cleared: ["cost"])
        func isRepeated(_ fields: [String: FieldValue], _ reason: String? = nil) -> Bool {
            ActionCommand("log", fields: fields, reason: reason).isRepetition(of: acted, filling: filled)
        }
        #expect(isRepeated(["remark": "A", "cost": ""], " 等件 "))
        #expect(isRepeated([:]))
        #expect(!isRepeated(["remark": "LOST", "cost": ""]))
        #expect(!isRepeated(["remark": "A"]))
        #expect(!isRepeated([:], "别的"))
        #expect(!ActionCommand("log", fields: ["remark": "A"]).isRepetition(of: acted, filling: nil))
    }
}
