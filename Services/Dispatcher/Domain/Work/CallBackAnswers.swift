import Contracts
import Foundation
import Kernel

extension ProcessDefinition {
    /// What the follow-up is asked for, and what the customer's word does where the document stands now.
    ///
    /// Of the step's actions that its owner may take, the first that is rework is taken for a customer who is not content,
    /// the first other one that goes on for one who is.
    func callBack(_ errand: Errand, _ order: WorkOrderRecord, dueAt: Date?) -> CallBackWish {
        let state = order.state
        let context = ProcessContext(now: order.changedAt, actor: .callBack(by: .process), facts: order.facts)
        let forms = ProcessRules.forms(state, of: errand.scope, context, by: self)
        let (track, step) = (
            state[errand.scope], state[errand.scope].flatMap { self.track(errand.scope)?.step($0.step) }
        )
        func answer(isRework: Bool) -> CallBackWish.Answer? {
            forms.lazy.compactMap { form -> CallBackWish.Answer? in
                guard let action = step?.action(form.action), action.isRework == isRework, action.target != .stay,
                    !form.needsApproval
                else { return nil }
                return form.typed.map {
                    CallBackWish.Answer(
                        action: form.action, title: form.title, needsReason: form.needsReason, fields: $0)
                }
            }.first
        }
        let (passed, failed) = (answer(isRework: false), answer(isRework: true))
        let stay = track.map { CallBackWish.Stay(step: $0.step, visit: errand.scope.visitNumber, entry: $0.entry) }
        return CallBackWish(
            code: errand.code, within: errand.within?.description, dueAt: dueAt,
            stay: passed == nil && failed == nil ? nil : stay, passed: passed, failed: failed)
    }
}

extension ProcessForm {
    /// The fields that can be typed; nil when one that is wanted cannot, or somebody must be named.
    var typed: [CustomerOffer.Field]? {
        guard !needsCandidate, fields.allSatisfy({ !$0.isRequired || $0.field.type.isTyped }) else { return nil }
        return fields.filter(\.field.type.isTyped).map { line in
            CustomerOffer.Field(
                code: line.field.code, title: line.field.title, type: line.field.type.rawValue,
                isRequired: line.isRequired,
                choices: line.field.choices.map { CustomerOffer.Choice(code: $0.code, title: $0.title) },
                min: line.field.leastOfCustomer, max: line.field.max ?? line.field.type.defaultMax)
        }
    }
}
