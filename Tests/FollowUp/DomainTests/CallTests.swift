import Contracts
import FollowUpDomain
import Foundation
import Kernel
import Testing

@Suite struct `A call` {
    private static let id = UUID(
        namespace: UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)), name: "sample")
    private static let doneAt = Date(timeIntervalSince1970: 1_795_336_200)
    private static let again = doneAt + 7200

    private static func present(
        _ state: CallBackState = .due, attempts: Int = 0, wish: CallBackWish? = wish
    ) -> CallBackRecord {
        CallBackRecord(
            id: ID(id), ticket: ID(id), ticketNumber: "T1000001", department: "shanghai",
            customer: CustomerCard(
                id: ID(id), name: "大华商贸", contact: nil, phone: nil, email: nil, weChatOpenID: nil,
                language: Open(.chinese)),
            state: state, dueAt: doneAt, doneAt: doneAt, plannedAt: doneAt, version: 2, wish: wish, attempts: attempts)
    }

    private static let wish = CallBackWish(
        code: nil, within: nil, stay: CallBackWish.Stay(step: "callback", visit: nil, entry: 4),
        passed: CallBackWish.Answer(
            action: "passed", title: Phrase(zh: "好", en: "Good"), needsReason: false, fields: []),
        failed: CallBackWish.Answer(action: "failed", title: Phrase(zh: "差", en: "Bad"), needsReason: true, fields: []))

    private static func call(
        _ present: CallBackRecord, _ outcome: CallBackOutcome, score: Int? = nil, note: String? = nil,
        fields: [String: String] = [:]
    ) throws(CallRefusal) -> (callBack: CallBackRecord, call: CallBackCall) {
        let said = SaidInCall(
            outcome: outcome, score: score, note: note, fields: fields, by: Person(id: ID(id), name: "赵敏"))
        return try PlanCallBack.call(present, said, again: again, mostAttempts: 3)
    }

    @Test func `that reaches the customer ends it, and says what the process is to do`() throws {
        let content = try Self.call(Self.present(attempts: 1), .satisfied, score: 5)
        #expect(content.callBack.state == .done && content.callBack.version == 3)
        #expect(content.call.action == "passed" && content.call.stay == Self.wish.stay && content.call.attempt == 2)
        let not = try Self.call(Self.present(.planned), .unsatisfied, note: "还在漏")
        #expect(not.callBack.state == .done && not.call.action == "failed")
        let noStep = try Self.call(Self.present(wish: nil), .unsatisfied)
        #expect(noStep.callBack.state == .done && noStep.call.action == nil && noStep.call.stay == nil)
    }

    @Test func `that nobody answers plans the next, until the last`() throws {
        let first = try Self.call(Self.present(), .unreached)
        #expect(first.callBack.state == .planned && first.callBack.dueAt == Self.again && first.call.action == nil)
        let last = try Self.call(Self.present(attempts: 2), .unreached)
        #expect(last.callBack.state == .missed && last.callBack.dueAt == Self.doneAt)
        #expect(try Self.call(last.callBack, .satisfied).callBack.state == .done, "he may ring up himself")
    }

    @Test(arguments: [CallBackState.done, .dropped])
    func `is refused when there is nothing to ask any more`(state: CallBackState) {
        #expect(throws: CallRefusal.over) { try Self.call(Self.present(state), .satisfied) }
    }

    @Test func `must say why he is not content, and nothing that was not asked`() {
        for (outcome, score, note, fields, field) in [
            (CallBackOutcome.unsatisfied, nil as Int?, nil as String?, [:], "/note"),
            (.unsatisfied, nil, "  ", [:], "/note"), (.unreached, 3, nil, [:], "/score"),
            (.satisfied, nil, nil, ["a/b": "x"], "/fields/a~1b"),
        ] {
            do throws(CallRefusal) {
                _ = try Self.call(Self.present(), outcome, score: score, note: note, fields: fields)
                Issue.record("\(field) was taken")
            } catch {
                guard case .fields(let faults) = error else {
                    Issue.record("\(error)")
                    continue
                }
                #expect(faults.map(\.field) == [field])
            }
        }
    }

    @Test(arguments: [
        // Shanghai is eight hours ahead. Two hours later on the same day, while somebody is there.
        ("2026-11-23T02:00:00Z", "2026-11-23T04:00:00Z"),
        // 16:00 there: at 18:00 nobody calls any more; nor two hours after 22:30, on the day after.
        ("2026-11-23T08:00:00Z", "2026-11-24T02:00:00Z"), ("2026-11-23T14:30:00Z", "2026-11-24T02:00:00Z"),
        // 07:00 there: 09:00 is before the desk begins.
        ("2026-11-22T23:00:00Z", "2026-11-24T02:00:00Z"),
    ])
    func `is tried again when somebody may be there`(time: String, expected: String) throws {
        let zone = try #require(TimeZone(identifier: "Asia/Shanghai"))
        let again = CallBackSchedule.again(
            after: try #require(WireJSON.date(from: time)), pause: 7200, timeZone: zone, hour: 10, lastHour: 18)
        #expect(WireJSON.text(of: again) == expected.replacing("Z", with: ".000Z"))
    }
}
