public import Contracts
import Foundation
import Kernel

extension ProcessDefinition {
    /// What the customer may ask for as the work stands, by actions that are his to take and by the standing rules.
    ///
    /// An action that wants something of him that he cannot type, such as a signature, is left to the staff.
    public func offers(of order: WorkOrderRecord) -> [CustomerOffer] {
        let state = order.state
        if state.isClosed { return [] }
        let context = ProcessContext(now: order.changedAt, actor: .customer, facts: order.facts)
        let scopes = [Scope.work] + state.visits.indices.map { .visit($0 + 1) }
        let answers = scopes.flatMap { scope in
            ProcessRules.forms(state, of: scope, context, by: self).compactMap { CustomerOffer($0, scope) }
        }
        let standing: [(ProcessCommand, CustomerOffer)] = [
            (.urge(), .urge), (.terminate(reason: "-"), .withdraw),
        ]
        return answers + standing.filter { isOffered($0.0, state, context) }.map(\.1)
    }

    private func isOffered(_ command: ProcessCommand, _ state: ProcessState, _ context: ProcessContext) -> Bool {
        do throws(ProcessRefusal) {
            _ = try ProcessRules.decide(state, command, context, by: self)
            return true
        } catch {
            // It is his to ask for, only not at this moment.
            return error.rule == .tooSoon
        }
    }
}

extension CustomerOffer {
    static let urge = standing(.urge, Phrase(zh: "催办", en: "Urge"), needsReason: false)
    static let withdraw = standing(.withdraw, Phrase(zh: "撤销", en: "Withdraw"), needsReason: true)

    private static func standing(_ wish: CustomerWish, _ title: Phrase, needsReason: Bool) -> CustomerOffer {
        CustomerOffer(
            wish: Open(wish), action: nil, visit: nil, title: title, needsReason: needsReason, fields: [])
    }

    /// Nil when he cannot take it by himself.
    fileprivate init?(_ form: ProcessForm, _ scope: Scope) {
        guard let fields = form.typed else { return nil }
        self.init(
            wish: Open(.answer), action: form.action, visit: scope.visitNumber, title: form.title,
            needsReason: form.needsReason, fields: fields)
    }
}

extension ProcessField {
    /// The least that a customer may put into it: money of less than nothing only where the process says so.
    public var leastOfCustomer: Int? { min ?? (type == .money ? 0 : nil) }
}

extension FieldType {
    /// Whether somebody can type it who sees nothing but a form.
    var isTyped: Bool {
        switch self {
        case .text, .number, .money, .flag, .choice, .choices, .date, .time, .phone: true
        case .person, .files, .signature: false
        }
    }
}
