import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Testing

/// One work order on its way through a process, and what was seen on it.
///
/// After every command the events are folded again from the first: what was decided and what is kept must be the same.
struct Walk {
    let definition: ProcessDefinition
    var state: ProcessState
    var events: [ProcessEvent]
    /// Of the last command.
    var effects: [Effect]
    /// Of all commands.
    var allEffects: [Effect]
    var facts: [String: FieldValue]
    var now: Date

    static let start = Date(timeIntervalSince1970: 1_800_000_000)

    init(
        _ definition: ProcessDefinition, facts: [String: FieldValue] = [:], fields: [String: FieldValue] = [:],
        by actor: Actor = .customer
    ) throws {
        let context = ProcessContext(now: Self.start, actor: actor, facts: facts)
        let decision = try ProcessRules.open(
            definition, number: "T1000001", department: "home", fields: fields, context)
        self.definition = definition
        self.facts = facts
        (state, events, effects, allEffects) = (decision.state, decision.events, decision.effects, decision.effects)
        now = Self.start
        try checkReplay()
    }

    var step: String { state.work.step }

    /// Step of the latest visit.
    var visitStep: String? { state.visits.last?.step }

    var colour: ProcessStep.Colour? { definition.work.step(step)?.colour }

    var visitColour: ProcessStep.Colour? { visitStep.flatMap { definition.visit?.step($0)?.colour } }

    mutating func send(_ command: ProcessCommand, by actor: Actor) throws {
        let context = ProcessContext(now: now, actor: actor, facts: facts, expectedRevision: state.revision)
        let decision = try ProcessRules.decide(state, command, context, by: definition)
        state = decision.state
        events += decision.events
        effects = decision.effects
        allEffects += decision.effects
        try checkReplay()
    }

    mutating func act(
        _ action: String, by staff: StaffActor, _ fields: [String: FieldValue] = [:], reason: String? = nil,
        to candidate: Candidate? = nil
    ) throws {
        try send(.act(ActionCommand(action, fields: fields, reason: reason, candidate: candidate)), by: .staff(staff))
    }

    /// In the latest visit.
    mutating func visit(
        _ action: String, by staff: StaffActor, _ fields: [String: FieldValue] = [:], reason: String? = nil,
        to candidate: Candidate? = nil
    ) throws {
        let scope = Scope.visit(state.visits.count)
        try send(
            .act(ActionCommand(action, scope, fields: fields, reason: reason, candidate: candidate)), by: .staff(staff))
    }

    mutating func customer(
        _ action: String, _ scope: Scope = .work, _ fields: [String: FieldValue] = [:], reason: String? = nil
    ) throws {
        try send(.act(ActionCommand(action, scope, fields: fields, reason: reason)), by: .customer)
    }

    mutating func timer(_ name: String, _ scope: Scope = .work) throws {
        let entry = try #require(state[scope]).entry
        try send(.timer(TimerKey(scope, name, entry: entry)), by: .timer)
    }

    mutating func clock(_ name: String, _ percent: Int) throws {
        let run = try #require(state.clocks[name]).run
        try send(.clock(name, percent: percent, run: run), by: .timer)
    }

    /// The rule that refuses what `attempt` does; the walk stays where it is.
    func refusal(_ attempt: (inout Walk) throws -> Void) -> ProcessRefusal.Rule? {
        var copy = self
        do {
            try attempt(&copy)
            return nil
        } catch {
            return (error as? ProcessRefusal)?.rule
        }
    }

    /// Occasions of the last command's notices to this recipient.
    func notices(to recipient: Recipient) -> [String] {
        effects.compactMap { effect in
            guard case .notify(let notice) = effect, notice.to == recipient else { return nil }
            return notice.occasion
        }
    }

    /// Errands of the last command.
    var errands: [Errand] {
        effects.compactMap { effect in
            guard case .errand(let errand) = effect else { return nil }
            return errand
        }
    }

    private func checkReplay() throws {
        #expect(ProcessState(events) == state)
    }
}

/// What of a definition a story has walked: every step, every action in its step, every way that a step decides on, every
/// timer and every point of a clock.
enum Coverage {
    static func missing(_ definition: ProcessDefinition, _ walks: [Walk]) -> [String] {
        let seen = walks.reduce(into: Set<String>()) { $0.formUnion(Self.seen($1)) }
        return parts(definition).filter { !seen.contains($0) }
    }

    private static func parts(_ definition: ProcessDefinition) -> [String] {
        var parts: [String] = []
        for (kind, track) in [("work", definition.work), ("visit", definition.visit)] {
            for step in track?.steps ?? [] {
                parts.append("\(kind) \(step.code)")
                parts += step.actions.map { "\(kind) \(step.code) \($0.code)" }
                parts += step.timers.filter { !$0.isStandard }.map { "\(kind) \(step.code) timer \($0.code)" }
                parts += step.routes.compactMap { route in
                    guard case .step(let target) = route.target else { return nil }
                    return "\(kind) \(step.code) → \(target.code)"
                }
            }
        }
        return parts + definition.clocks.flatMap { clock in clock.thresholds.map { "\(clock.code) \($0.percent)%" } }
    }

    private static func seen(_ walk: Walk) -> Set<String> {
        var seen: Set<String> = []
        var steps: [Scope: String] = [:]
        func note(_ scope: Scope, _ what: String = "") {
            let kind = scope == .work ? "work" : "visit"
            seen.insert("\(kind) \(steps[scope] ?? "?")\(what)")
        }
        for event in walk.events {
            switch event.change {
            case .opened(_, _, _, _, let step): steps[.work] = step
            case .visitOpened(let number, let step, _): steps[.visit(number)] = step
            case .moved(let scope, let move):
                note(scope, " → \(move.to)")
                steps[scope] = move.to
            case .thresholdPassed(let clock, let percent): seen.insert("\(clock) \(percent)%")
            case .acted(let scope, let action, _): note(scope, " \(action)")
            case .timerFired(let scope, let timer): note(scope, " timer \(timer)")
            default: continue
            }
            for scope in steps.keys { note(scope) }
        }
        return seen
    }
}
