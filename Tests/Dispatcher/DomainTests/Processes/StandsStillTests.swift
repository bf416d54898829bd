import DispatcherDomain
import Foundation
import Kernel
import Testing

@Suite struct `Work that nobody touches` {
    private static let text = """
        process: still
        version: 1
        title: 试 / Try
        overdue: 3 working h
        steps:
          new:
            title: 新 / New
            owner: desk
            actions:
              go: {title: 去 / Go, by: [owner], to: timed}
          timed:
            title: 有时限 / With a time
            owner: desk
            timers:
              late: {title: 晚 / Late, after: 1 h, notify: owner}
            actions:
              go: {title: 去 / Go, by: [owner], to: over}
          over: {title: 完 / Over, end: done}
        """

    /// Every work order has a next step and a deadline at every moment.
    @Test(arguments: ShippedProcesses.texts.keys.sorted())
    func `has a time in every step of every shipped process`(code: String) throws {
        let definition = try ShippedProcesses.read(code).definition
        for step in definition.work.steps + (definition.visit?.steps ?? []) where step.end == nil && step.routes.isEmpty
        {
            #expect(!step.timers.isEmpty || !step.clocks.isEmpty, "\(code) \(step.code)")
        }
    }

    @Test func `is told to who has it and to the supervisors, three times`() throws {
        var walk = try Walk(ProcessDefinition.read(Self.text).definition)
        let limit = Limit(3, .hour, isWorking: true)
        let key = TimerKey(.work, "stands-still", entry: walk.state.work.entry)
        #expect(walk.effects.contains(.startTimer(key, .after(limit, from: Walk.start))))
        for _ in 0..<3 {
            try walk.timer("stands-still")
            #expect(walk.notices(to: .owner) == ["stands-still"])
            #expect(walk.notices(to: .role("supervisor")) == ["stands-still"])
        }
        #expect(walk.refusal { try $0.timer("stands-still") } == .timerPast)
    }

    @Test func `goes by the step's own time where it has one`() throws {
        let definition = try ProcessDefinition.read(Self.text).definition
        #expect(definition.work.step("timed")?.timers.map(\.code) == ["late"])
        #expect(definition.work.step("over")?.timers == [])
        let taken = Self.text.replacing("late:", with: "stands-still:")
        #expect(throws: InvalidDefinition.self) { try ProcessDefinition.read(taken) }
    }
}
