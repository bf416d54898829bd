import Contracts
import Foundation
import Kernel

/// A decision while it is being made: every change is recorded as an event and folded in at once, so that what is
/// decided next sees it, and the decision and the replay of its events cannot differ.
struct Draft {
    let definition: ProcessDefinition
    let context: ProcessContext
    var state: ProcessState
    var events: [ProcessEvent] = []
    var effects: [Effect] = []
    /// Steps entered in this decision.
    var hops = 0
    /// Who had the document before the action.
    var previousHolder: Holder?
    /// Who is asked of a pool that the action offers to; empty: all of its role.
    var asked: [Candidate] = []
    /// Who acts now: a granted action is its asker's, a nudged one the process's.
    var doer: Doer

    /// Steps that one command may lead through, so that a ring of routes ends.
    static let longestPath = 32
    static let mostVisits = 50
    /// People that one offer asks by name.
    static let mostAsked = 50

    init(_ state: ProcessState, _ context: ProcessContext, _ definition: ProcessDefinition) {
        self.definition = definition
        self.context = context
        self.state = state
        doer = context.actor.doer
    }

    var decision: Decision { Decision(events: events, effects: effects, state: state) }

    mutating func record(_ change: ProcessChange) {
        let event = ProcessEvent(at: context.time, by: doer, change: change)
        state.apply(event)
        events.append(event)
    }

    /// The document and where it stands.
    ///
    /// - Throws: `noSuchVisit`, or `cannotMove` when the definition has no such step.
    func place(_ scope: Scope) throws(ProcessRefusal) -> (track: TrackState, step: ProcessStep) {
        guard let track = state[scope], let steps = definition.track(scope) else {
            throw ProcessRefusal(.noSuchVisit, zh: "没有这张服务单", en: "there is no such visit")
        }
        guard let step = steps.step(track.step) else {
            throw ProcessRefusal(
                .cannotMove, zh: "步骤“\(track.step)”不在流程 \(definition.code) 第 \(definition.version) 版里",
                en: "the step \"\(track.step)\" is not in version \(definition.version) of \(definition.code)")
        }
        return (track, step)
    }

    /// What a name in a condition stands for.
    func value(_ name: String, in scope: Scope, over fields: [String: FieldValue] = [:]) -> FieldValue? {
        if let value = fields[name] ?? state[scope]?.fields[name] { return value }
        if name.hasPrefix("last.") { return state.visits.last?.fields[String(name.dropFirst(5))] }
        if scope != .work, let value = state.work.fields[name] { return value }
        switch name {
        case "work.number": return .text(state.number)
        case "work.rounds": return .number(Decimal(state.rounds))
        case "work.visits": return .number(Decimal(state.visits.count))
        case "work.open_visits": return .number(Decimal(state.openVisits.count))
        case "work.urges": return .number(Decimal(state.urges))
        case "work.transfers": return .number(Decimal(state.transfers))
        case "work.at_vendor": return .flag(state.vendor != nil)
        case "visit.number": return scope.visitNumber.map { .number(Decimal($0)) }
        case "visit.code": return scope.visitNumber.map { .text("\(state.number)-\($0)") }
        default: return context.facts[name]
        }
    }

    func holds(_ condition: Guard?, in scope: Scope, over fields: [String: FieldValue] = [:]) -> Bool {
        condition?.holds { value($0, in: scope, over: fields) } ?? true
    }
}
