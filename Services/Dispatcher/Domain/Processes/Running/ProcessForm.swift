public import Kernel

/// What a screen shows: the actions that a person can take now, and the form of each.
public struct ProcessForm: Hashable, Sendable {
    public let action: String
    public let title: Phrase
    public let needsReason: Bool
    /// The command must name somebody.
    public let needsCandidate: Bool
    public let needsApproval: Bool
    public let fields: [Line]

    public struct Line: Hashable, Sendable {
        public let field: ProcessField
        public let isRequired: Bool
        public let value: FieldValue?
    }
}

extension ProcessRules {
    /// The forms of the actions that the actor may take now. Whether an action's condition holds may hang on what is
    /// filled in, so it is judged when the command comes.
    public static func forms(
        _ state: ProcessState, of scope: Scope = .work, _ context: ProcessContext, by definition: ProcessDefinition
    ) -> [ProcessForm] {
        let draft = Draft(state, context, definition)
        guard !state.isClosed, state.hold == nil, state[scope]?.outcome == nil,
            let (_, step) = try? draft.place(scope)  // no such document: no forms
        else { return [] }
        return step.actions.filter { draft.may($0.takers, scope, step) }.map { draft.form($0, scope) }
    }

    /// The fields of a document that the actor may see, in the order of the form, with their values. The customer sees
    /// only those that are said to be for him.
    public static func visibleFields(
        _ state: ProcessState, of scope: Scope = .work, to actor: Actor, by definition: ProcessDefinition
    ) -> [(field: ProcessField, value: FieldValue?)] {
        (definition.track(scope)?.fields ?? []).filter { $0.isVisible(to: actor) }
            .map { ($0, state[scope]?.fields[$0.code]) }
    }
}

extension ProcessField {
    func isVisible(to actor: Actor) -> Bool {
        switch actor {
        case .staff(let staff): visibleTo.isEmpty || visibleTo.contains { staff.roles.contains($0.code) }
        case .customer: visibleTo.contains { $0.code == "customer" }
        case .timer, .process, .callBack: true
        }
    }

    /// Who may see it may fill it in where an action offers it; the customer also what is there for anybody.
    func isFillable(by actor: Actor) -> Bool { visibleTo.isEmpty || isVisible(to: actor) }
}

extension Draft {
    fileprivate func may(_ takers: [Taker], _ scope: Scope, _ step: ProcessStep) -> Bool {
        do throws(ProcessRefusal) {
            _ = try checkTaker(takers, scope, step)
            return true
        } catch {
            return false
        }
    }

    fileprivate func form(_ action: ProcessAction, _ scope: Scope) -> ProcessForm {
        let required = Set(action.require.map(\.code))
        let opensForNamed = action.effects.contains { effect in
            if case .openVisit(_, .named, _) = effect { return true }
            return false
        }
        let fields = action.fill.reduce(into: [String]()) { codes, reference in
            if !codes.contains(reference.code) { codes.append(reference.code) }
        }
        return ProcessForm(
            action: action.code, title: action.title, needsReason: action.needsReason,
            needsCandidate: action.own == .named || opensForNamed, needsApproval: !action.approval.isEmpty,
            fields: fields.compactMap { code in
                guard let field = definition.track(scope)?.field(code), field.isFillable(by: context.actor) else {
                    return nil
                }
                return ProcessForm.Line(
                    field: field,
                    isRequired: required.contains(code)
                        || (field.requiredWhen.map { holds($0, in: scope) } ?? false),
                    value: field.isVisible(to: context.actor) ? state[scope]?.fields[code] : nil)
            })
    }
}
