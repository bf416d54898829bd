import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Testing

@Suite struct `Whoever was without a line and comes too late` {
    private func conflict(_ walk: Walk, _ action: String, _ scope: Scope, by staff: StaffActor) -> PhoneConflict? {
        let context = ProcessContext(now: walk.now, actor: .staff(staff), facts: walk.facts)
        do throws(ProcessRefusal) {
            _ = try ProcessRules.decide(
                walk.state, .act(ActionCommand(action, scope)), context, by: walk.definition)
            return nil
        } catch {
            return PhoneConflict.of(error, in: scope, of: walk.state, by: staff)
        }
    }

    @Test func `is told that another has it, that it has gone on, or that it was cancelled`() throws {
        var walk = try `S3, a repair on site`.walk()
        try walk.act("dispatch", by: Cast.desk, to: Cast.engineer.candidate)
        try walk.act("accept", by: Cast.engineer)
        // His own next step is none of these, nor is a mistake of his own.
        #expect(conflict(walk, "open-sheet", .work, by: Cast.engineer) == nil)
        #expect(conflict(walk, "nonsense", .work, by: Cast.engineer) == nil)
        #expect(conflict(walk, "accept", .work, by: Cast.engineer) == .movedOn)
        #expect(conflict(walk, "accept", .work, by: Cast.colleague) == .reassigned)
        #expect(conflict(walk, "arrive", .visit(1), by: Cast.engineer) == .movedOn)
        var back = walk
        try back.act("give-back", by: Cast.engineer, reason: "病了")
        #expect(conflict(back, "open-sheet", .work, by: Cast.engineer) == .reassigned)
        try back.act("cancel", by: Cast.desk, reason: "不修了")
        #expect(conflict(back, "open-sheet", .work, by: Cast.engineer) == .cancelled)
        var aside = walk
        try aside.send(.putAside(reason: "part"), by: .staff(Cast.engineer))
        #expect(conflict(aside, "open-sheet", .work, by: Cast.engineer) == .onHold)
    }

    @Test func `is told who has what he was offered once, or that it is free again`() throws {
        var walk = try `S3, a repair on site`.walk()
        let over = OfferRules.over(OfferEnd(.expired, at: walk.now, by: nil))
        func conflict() -> PhoneConflict? { PhoneConflict.of(over, in: .work, of: walk.state, by: Cast.engineer) }
        #expect(conflict() == (walk.state.work.holder == nil ? .movedOn : .reassigned))
        try walk.act("to-pool", by: Cast.desk)
        #expect(walk.state.work.holder == nil && conflict() == .movedOn)
        try walk.act("accept", by: Cast.colleague)
        #expect(conflict() == .reassigned)
    }

    @Test func `reads who it is in both languages`() {
        let refusal = Phrase(zh: "不行", en: "no")
        let step = Phrase(zh: "服务中", en: "In service")
        for conflict in PhoneConflict.allCases {
            let words = conflict.words(holder: "李强", step: step, refusal)
            #expect(!words.zh.isEmpty && !words.en.isEmpty)
            #expect(words.zh.contains("李强") == (conflict == .reassigned))
        }
        #expect(!PhoneConflict.reassigned.words(holder: nil, step: step, refusal).en.contains("李强"))
    }
}
