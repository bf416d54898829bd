import Contracts
@testable import DispatcherDomain
import Foundation
import Kernel
import Testing

/// What a walk through a shipped process tells the other services.
@Suite struct `News of work` {
    private static let customer = CustomerCard(
        id: ID(UUID(namespace: noID, name: "customer")), name: "大华商贸", contact: nil, phone: nil, email: nil,
        weChatOpenID: nil, language: Open(.chinese))
    private static let noID = UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))

    static func record(_ state: ProcessState) -> WorkOrderRecord {
        let ticket = ID<Ticket>(UUID(namespace: noID, name: "ticket"))
        return WorkOrderRecord(
            id: WorkOrderRecord.id(for: ticket), ticket: ticket, ticketNumber: "T1000001", subject: "空调",
            customer: customer, address: nil, facts: [:], state: state, told: 0, alarms: AlarmList(),
            changedAt: Walk.start)
    }

    /// The messages of one more decision, and the state after it.
    private static func decide(
        _ state: ProcessState, _ command: ProcessCommand, by actor: Actor, _ definition: ProcessDefinition,
        after seconds: Double
    ) throws -> (messages: [WorkMoved], state: ProcessState) {
        let context = ProcessContext(now: Walk.start + seconds, actor: actor)
        let decision = try ProcessRules.decide(state, command, context, by: definition)
        return (
            WorkNews.messages(
                of: decision, before: record(state), after: record(decision.state), by: definition),
            decision.state
        )
    }

    /// Of an appointment the customer reads the window, once: not with every word about the visit afterwards.
    @Test func `says when somebody comes, where that was just agreed`() throws {
        var walk = try `Work that is put aside`.accepted()
        let scope = Scope.visit(1)
        try walk.act("open-sheet", by: Cast.engineer, to: Cast.engineer.candidate)
        let time = Walk.start + 86_400
        func windows(_ action: String, _ fields: [String: FieldValue], _ reason: String? = nil) throws -> [WorkWindow?]
        {
            let command = ProcessCommand.act(ActionCommand(action, scope, fields: fields, reason: reason))
            let next = try Self.decide(walk.state, command, by: .staff(Cast.engineer), walk.definition, after: 1)
            walk.state = next.state
            return next.messages.flatMap { $0.notices ?? [] }.filter { $0.to == WorkNotice.customer }.map(\.window)
        }
        let window = WorkWindow(from: time - 1800, until: time + 1800)
        let fields: [String: FieldValue] = ["window_start": .time(window.from), "window_end": .time(time + 1800)]
        #expect(try windows("appoint", fields.merging(["appointment": .time(time)]) { $1 }) == [window])
        let later = FieldValue.time(time + 86_400)
        #expect(
            try windows("move-appointment", ["appointment": later], "停电") == [
                WorkWindow(from: time + 86_400, until: nil)
            ], "a window that does not hold the time is not told")
        #expect(try windows("depart", [:]) == [nil])
    }

    @Test func `says of the plain process what the built-in one said`() throws {
        let definition = try ShippedProcesses.read("simple-repair").definition
        let opened = try ProcessRules.open(
            definition, number: "T1000001", department: "home", ProcessContext(now: Walk.start, actor: .customer))
        var messages = WorkNews.messages(
            of: opened, before: nil, after: Self.record(opened.state), by: definition)
        #expect(messages.map(\.previous) == [nil])
        var state = opened.state
        let steps: [(String, StaffActor)] = [
            ("accept", Cast.engineer), ("depart", Cast.engineer), ("arrive", Cast.engineer),
            ("finish", Cast.engineer), ("close", Cast.desk),
        ]
        for (index, (action, who)) in steps.enumerated() {
            let next = try Self.decide(
                state, .act(ActionCommand(action)), by: .staff(who), definition, after: Double(index + 1))
            messages += next.messages
            state = next.state
        }
        #expect(messages.map(\.state) == [.offered, .accepted, .travelling, .onSite, .done, .closed])
        #expect(messages.map { $0.owner?.name } == [nil, "王工", "王工", "王工", nil, "赵敏"])
        #expect(messages.map(\.wantsCallBack) == [false, false, false, false, true, false])
        #expect(messages.allSatisfy { $0.isStep })
        let told = messages.map { ($0.notices ?? []).filter { $0.to == "customer" }.map(\.occasion) }
        #expect(told == [[], ["accepted"], [], [], ["done"], []])
        #expect(messages[1].place?.title == Phrase(zh: "已接单", en: "Accepted"))
    }

    @Test func `tells the customer in the process's own words, and nobody else`() throws {
        let text = ShippedProcesses.texts["simple-repair"]?.replacing(
            "notify: {to: customer, occasion: done}",
            with: "notify: {to: [customer, desk], occasion: done, text: 修好了 / It runs again}")
        let definition = try ProcessDefinition.read(try #require(text)).definition
        var state = try ProcessRules.open(
            definition, number: "T1", department: "home", ProcessContext(now: Walk.start, actor: .customer)
        ).state
        var messages: [WorkMoved] = []
        for (index, action) in ["accept", "depart", "arrive", "finish"].enumerated() {
            (messages, state) = try Self.decide(
                state, .act(ActionCommand(action)), by: .staff(Cast.engineer), definition, after: Double(index + 1))
        }
        let notices = try #require(messages.last?.notices)
        #expect(notices.map(\.to) == ["customer", "desk"])
        #expect(notices.map { $0.words?.en } == ["It runs again", nil])
        #expect(notices[0].text?.en != "It runs again", "where it stands, for who reads no words of its own")
    }

    @Test func `tells of an urge without a new step`() throws {
        let definition = try ShippedProcesses.read("simple-repair").definition
        let opened = try ProcessRules.open(
            definition, number: "T1", department: "home", ProcessContext(now: Walk.start, actor: .customer))
        let urged = try Self.decide(
            opened.state, .urge(note: "很急"), by: .staff(Cast.desk), definition, after: 60)
        #expect(urged.messages.count == 1)
        #expect(urged.messages[0].isStep == false)
        #expect(urged.messages[0].happened == ["urged"])
        #expect(urged.messages[0].note == "很急")
        #expect(urged.messages[0].state == .offered)
    }

    @Test func `tells those who may take it when nobody has it, and everybody on copy by name`() throws {
        let text = try #require(ShippedProcesses.texts["simple-repair"])
        let definition = try ProcessDefinition.read(
            text.replacing("desk], tell: [owner]", with: "desk], tell: [owner, copied]")
        ).definition
        let opened = try ProcessRules.open(
            definition, number: "T1", department: "home", ProcessContext(now: Walk.start, actor: .customer))
        var state = opened.state
        for person in [Cast.engineer.person, Cast.dispatcher.person] {
            state = try Self.decide(state, .copy(person, reason: nil), by: .staff(Cast.desk), definition, after: 10)
                .state
        }
        let urged = try Self.decide(state, .urge(note: nil), by: .staff(Cast.desk), definition, after: 60)
        let notices = try #require(urged.messages.first?.notices)
        #expect(notices.map(\.to) == ["owner", "copied", "copied"])
        #expect(notices.map(\.role) == ["engineer", nil, nil])
        #expect(notices.map(\.person) == [nil, Cast.engineer.person, Cast.dispatcher.person])
    }

    @Test func `tells of a visit first and of the whole last`() throws {
        let walk = try S3RepairStoryState.onSite()
        let sheet = ActionCommand(
            "finish", .visit(1),
            fields: ["handling": .text("换电容"), "result": .text("task-done"), "signature": .text("s")])
        let done = try Self.decide(walk.state, .act(sheet), by: .staff(Cast.engineer), walk.definition, after: 9000)
        #expect(done.messages.map { $0.place?.step } == ["solved", "payment"])
        #expect(done.messages.map { $0.place?.visit } == [1, nil])
        #expect(done.messages.map { $0.place?.outcome } == ["done", nil])
        #expect(done.messages.map(\.state) == [.done, .done])
    }
}

/// The walk of another suite, under a name that can be written.
private enum S3RepairStoryState {
    static func onSite() throws -> Walk { try `S3, a repair on site`.onSite() }
}

@Suite struct `The alarms of a work order` {
    @Test func `are set, moved and cancelled by what was decided, and taken in their order`() {
        var alarms = AlarmList()
        let start = Date(timeIntervalSince1970: 1_800_000_000)
        let due: (Limit, Date) -> Date = { $1.addingTimeInterval(Double($0.amount * $0.unit.seconds)) }
        let (warn, over) = (TimerKey(.work, "warn", entry: 1), TimerKey(.work, "over", entry: 1))
        let visit = TimerKey(.visit(1), "late", entry: 2)
        alarms.apply(
            [
                .startTimer(over, .after(Limit(2, .hour), from: start)),
                .startTimer(warn, .after(Limit(1, .hour), from: start)), .startTimer(visit, .at(start + 60)),
                .startFollowUp(hold: 1, every: Limit(1, .day), from: start),
            ], due: due)
        #expect(alarms.alarms.map(\.cause) == [.step(visit), .step(warn), .step(over), .followUp(hold: 1)])
        // Set anew it is moved, not doubled.
        alarms.apply([.startTimer(warn, .at(start + 9000))], due: due)
        #expect(alarms.alarms.map(\.cause) == [.step(visit), .step(over), .step(warn), .followUp(hold: 1)])
        #expect(alarms.takeDue(by: start + 59) == nil)
        #expect(alarms.takeDue(by: start + 60)?.cause == .step(visit))
        alarms.apply([.cancelTimers(.work, entry: 1), .cancelHold(hold: 2)], due: due)
        #expect(alarms.alarms.map(\.cause) == [.followUp(hold: 1)])
        alarms.apply([.cancelHold(hold: 1)], due: due)
        #expect(alarms.next == nil)
    }
}

@Suite struct `A call-back that a process asks for` {
    @Test func `says what the customer's word does in the step that waits for it`() throws {
        let walk = try `S3, a repair on site`.atCallBack()
        let errand = try #require(walk.errands.first { $0.kind == .callBack })
        let wish = walk.definition.callBack(errand, `News of work`.record(walk.state), dueAt: nil)
        #expect(wish.stay == CallBackWish.Stay(step: "callback", visit: nil, entry: walk.state.work.entry))
        #expect(wish.passed?.action == "passed" && wish.passed?.needsReason == false)
        #expect(wish.passed?.fields.map(\.code) == ["opinion", "rating"])
        #expect(wish.passed?.fields.map(\.isRequired) == [false, true])
        #expect(wish.failed?.action == "failed" && wish.failed?.needsReason == true)
    }

    @Test func `hangs on nothing after the end of the work`() throws {
        var walk = try `S3, a repair on site`.atCallBack()
        let errand = try #require(walk.errands.first { $0.kind == .callBack })
        try walk.act("passed", by: Cast.desk, ["rating": .text("good")])
        let wish = walk.definition.callBack(errand, `News of work`.record(walk.state), dueAt: nil)
        #expect(wish.stay == nil && wish.passed == nil && wish.failed == nil)
    }

    @Test func `is answered in every shipped step that asks for one`() throws {
        for code in ShippedProcesses.texts.keys.sorted() {
            let definition = try ShippedProcesses.read(code).definition
            for step in definition.work.steps where step.end == nil {
                let asks = step.effects.contains { effect in
                    if case .errand(let order) = effect { return order.kind == .callBack }
                    return false
                }
                guard asks else { continue }
                let owned = step.actions.filter { $0.takers.contains(.owner) }
                #expect(owned.contains { $0.isRework }, "\(code)/\(step.code)")
                #expect(owned.contains { !$0.isRework && $0.own != .named }, "\(code)/\(step.code)")
            }
        }
    }
}
