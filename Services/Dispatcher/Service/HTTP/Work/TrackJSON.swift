import Contracts
import DispatcherDomain
import Foundation
import Kernel

/// A document, the work order itself or a visit: where it stands, what is on its form, what the caller may do.
struct TrackJSON: Encodable, Sendable {
    /// Nil: the work order itself.
    let visit: Int?
    let step: String
    let title: Phrase
    let colour: String
    /// What the customer reads.
    let customer: Phrase?
    let since: Date
    let department: String
    let owner: Person?
    let station: String?
    /// The role that is wanted while nobody has it.
    let pool: String?
    let delegate: DelegateJSON?
    let outcome: String?
    /// The fields that the caller may see.
    let fields: [FieldJSON]
    let actions: [ActionJSON]

    struct DelegateJSON: Encodable, Sendable {
        let person: Person
        let until: Date
    }

    init(_ scope: Scope, _ seen: WorkSeen) {
        let course = seen.order.state
        let track = course[scope] ?? course.work
        let definition = seen.definition
        let step = definition.track(scope)?.step(track.step)
        let actor = Actor.staff(seen.staff)
        visit = scope.visitNumber
        self.step = track.step
        title = step.map { $0.title } ?? Phrase(zh: track.step, en: track.step)
        colour = step?.colour.rawValue ?? ProcessStep.Colour.grey.rawValue
        customer = step?.customer
        since = track.since
        department = track.department
        owner = track.holder?.person
        station = track.holder?.station
        pool = track.holder == nil && track.outcome == nil ? step?.owner?.description : nil
        delegate = track.delegate.map { DelegateJSON(person: $0.person, until: $0.until) }
        outcome = track.outcome?.rawValue
        fields = ProcessRules.visibleFields(course, of: scope, to: actor, by: definition).map {
            FieldJSON($0.field, $0.value, isRequired: false)
        }
        let context = ProcessContext(now: seen.now, actor: actor, facts: seen.order.facts)
        actions = ProcessRules.forms(course, of: scope, context, by: definition).map(ActionJSON.init)
    }
}

/// An action that can be taken, and its form.
struct ActionJSON: Encodable, Sendable {
    let code: String
    let title: Phrase
    let needsReason: Bool
    /// Somebody must be named.
    let needsCandidate: Bool
    /// It happens when it has been granted.
    let needsApproval: Bool
    let fields: [FieldJSON]

    init(_ form: ProcessForm) {
        code = form.action
        title = form.title
        needsReason = form.needsReason
        needsCandidate = form.needsCandidate
        needsApproval = form.needsApproval
        fields = form.fields.map { FieldJSON($0.field, $0.value, isRequired: $0.isRequired) }
    }
}

/// A field of a form with what stands in it.
struct FieldJSON: Encodable, Sendable {
    let code: String
    let title: Phrase
    let type: FieldType
    let choices: [WorkOrderJSON.ChoiceJSON]
    let min: Int?
    let max: Int?
    let isRequired: Bool
    let value: ValueJSON?

    init(_ field: ProcessField, _ value: FieldValue?, isRequired: Bool) {
        code = field.code
        title = field.title
        type = field.type
        choices = field.choices.map { .init(code: $0.code, title: $0.title) }
        min = field.min
        max = field.max ?? field.type.defaultMax
        self.isRequired = isRequired
        self.value = value.map(ValueJSON.init)
    }

    /// Numbers are written as text, so that no digit changes on the way.
    struct ValueJSON: Encodable, Sendable {
        let value: FieldValue

        init(_ value: FieldValue) { self.value = value }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch value {
            case .text(let text): try container.encode(text)
            case .number(let number): try container.encode("\(number)")
            case .flag(let flag): try container.encode(flag)
            case .list(let list): try container.encode(list)
            case .time(let time): try container.encode(time)
            case .person(let person): try container.encode(person)
            }
        }
    }
}

/// One thing that happened.
struct HistoryJSON: Encodable, Sendable {
    let revision: Int64
    let at: Date
    /// One word: `acted`, `moved`, `urged` ….
    let kind: String
    let visit: Int?
    /// An action, a step, a timer, a person: by kind.
    let subject: String?
    let title: Phrase?
    let reason: String?
    /// A member of staff; nil when the customer, a timer or the process did it.
    let actor: Person?
    /// `staff`, `customer`, `timer` or `process`.
    let by: String

    init(_ revision: Int64, _ event: ProcessEvent, _ definition: ProcessDefinition) {
        let scope = event.change.scope
        self.revision = revision
        at = event.at
        kind = event.change.word
        visit = scope.visitNumber
        subject = event.change.subject
        reason = event.change.reason
        actor = event.by.person
        by =
            switch event.by {
            case .person: "staff"
            case .customer: "customer"
            case .timer: "timer"
            case .process: "process"
            }
        let track = definition.track(scope)
        let words: Phrase? =
            switch event.change {
            case .acted(_, let action, _): track?.steps.lazy.compactMap { $0.action(action)?.title }.first
            case .opened(_, _, _, _, let step), .visitOpened(_, let step, _): track?.step(step)?.title
            case .moved(_, let move): track?.step(move.to)?.title
            case .timerFired(_, let timer): track?.steps.lazy.compactMap { $0.timer(timer)?.title }.first
            case .clockChanged(let clock, _), .thresholdPassed(let clock, _): definition.clock(clock)?.title
            case .putAside(let reason, _):
                definition.standing.aside?.reasons.first { $0.code == reason }?.title
            default: nil
            }
        title = words
    }
}

extension WorkSeen {
    /// The standing commands that the person may give now: those that would be refused by nothing but what is filled in.
    var commands: [String] {
        let nobody = Person(id: ID(UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))), name: "")
        let reason = definition.standing.aside?.reasons.first?.code ?? ""
        let probes: [(String, ProcessCommand)] = [
            ("aside", .putAside(reason: reason)), ("resumption", .resume()), ("suspension", .suspend(reason: "-")),
            ("termination", .terminate(reason: "-")), ("urges", .urge()), ("copies", .copy(nobody)),
            ("delegation", .delegate(.work, to: nobody, until: now + 3600, reason: "-")),
            ("transfer", .transfer(.work, to: Candidate(.person(nobody)), reason: "-")),
        ]
        let context = ProcessContext(now: now, actor: .staff(staff), facts: order.facts)
        return probes.compactMap { name, command in
            do throws(ProcessRefusal) {
                _ = try ProcessRules.decide(order.state, command, context, by: definition)
                return name
            } catch {
                switch error.rule {
                case .fields, .reasonMissing, .unsuitable, .tooSoon, .nobodyNamed: return name
                default: return nil
                }
            }
        }
    }
}
