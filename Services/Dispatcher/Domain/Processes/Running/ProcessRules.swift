import Foundation
import Kernel

/// The engine: what a command does to a work order, by the definition that it runs on. No I/O, no clock, no chance;
/// the engine knows no department and no step by name.
public enum ProcessRules {
    /// The first decision about a work order.
    ///
    /// - Parameter fields: what was filled in before there was a work order; only the definition's `opening` fields.
    /// - Throws: ``ProcessRefusal`` with the rule that refused it.
    public static func open(
        _ definition: ProcessDefinition, number: String, department: String, fields: [String: FieldValue] = [:],
        _ context: ProcessContext
    ) throws(ProcessRefusal) -> Decision {
        guard let first = definition.work.steps.first else {
            throw ProcessRefusal(.cannotMove, zh: "流程没有步骤", en: "the process has no steps")
        }
        let opened = ProcessEvent(
            at: context.time, by: context.actor.doer,
            change: .opened(
                process: definition.code, version: definition.version, number: number, department: department,
                step: first.code))
        guard let state = ProcessState(opened) else {
            throw ProcessRefusal(.cannotMove, zh: "流程不能开始", en: "the process cannot begin")
        }
        var draft = Draft(state, context, definition)
        draft.events = [opened]
        draft.fillFromFacts(definition.work, .work)
        try draft.checkOpening(fields)
        draft.fill(fields, .work)
        if let department = first.department { draft.record(.holderChanged(.work, nil, department: department)) }
        try draft.arrive(.work)
        return draft.decision
    }

    /// What a command leads to.
    ///
    /// - Throws: ``ProcessRefusal`` with the rule that refused it; nothing has changed.
    public static func decide(
        _ state: ProcessState, _ command: ProcessCommand, _ context: ProcessContext, by definition: ProcessDefinition
    ) throws(ProcessRefusal) -> Decision {
        if let expected = context.expectedRevision, expected != state.revision {
            throw ProcessRefusal(
                .stale, zh: "工单在您查看之后已有变化（现为第 \(state.revision) 版）",
                en: "the work has changed since you looked at it (it is at revision \(state.revision) now)")
        }
        guard !state.isClosed else {
            throw ProcessRefusal(.closed, zh: "工单已经结束", en: "the work order is closed")
        }
        var draft = Draft(state, context, definition)
        try draft.carryOut(command)
        return draft.decision
    }
}

extension Draft {
    fileprivate mutating func carryOut(_ command: ProcessCommand) throws(ProcessRefusal) {
        switch command {
        case .act(let command):
            guard state[command.scope]?.outcome == nil else {
                throw ProcessRefusal(.closed, zh: "服务单已经结束", en: "the visit is closed")
            }
            try act(command)
        case .timer(let key): try fire(key)
        case .clock(let clock, let percent, let run, let again):
            try pass(clock, percent: percent, run: run, again: again)
        case .promise(let timer, let point, let acts): try keep(timer, point, acts)
        case .grant(let number): try grant(number)
        case .refuse(let number, let reason): try refuse(number, reason: reason)
        case .putAside(let reason, let note): try putAside(reason: reason, note: note)
        case .followUp(let hold): try followUp(hold: hold)
        case .asideOver(let hold): try asideOver(hold: hold)
        case .resume(let note): try resume(note: note)
        case .suspend(let reason): try suspend(reason: reason)
        case .terminate(let reason): try terminate(reason: reason)
        case .urge(let note): try urge(note: note)
        case .copy(let person, let reason): try copy(person, reason: reason)
        case .delegate(let scope, let person, let until, let reason):
            try delegate(scope, to: person, until: until, reason: reason)
        case .transfer(let scope, let candidate, let reason): try transfer(scope, to: candidate, reason: reason)
        }
    }

    fileprivate func checkOpening(_ fields: [String: FieldValue]) throws(ProcessRefusal) {
        let track = definition.work
        let fillable = Set(track.opening.map(\.code))
        var faults: [FieldFault] = fields.sorted { $0.key < $1.key }.compactMap { code, value in
            guard fillable.contains(code), let field = track.field(code) else {
                return FieldFault(
                    field: "/fields/\(code)", code: "unknownValue",
                    message: "开单时不填写此字段 / not filled in when the work is opened")
            }
            return value.isEmpty ? nil : FieldCheck.fault(value, field)
        }
        for reference in track.openingRequires
        where (fields[reference.code] ?? state.work.fields[reference.code])?.isEmpty != false {
            let title = track.field(reference.code)?.title ?? Phrase(zh: reference.code, en: reference.code)
            faults.append(
                FieldFault(
                    field: "/fields/\(reference.code)", code: "required",
                    message: "请填写\(title.zh) / fill in \(title.en)"))
        }
        try Self.refuse(faults)
    }
}
