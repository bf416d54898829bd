public import Contracts
public import Foundation
public import Kernel

/// What the other services are told of a decision about a work order.
///
/// One message for each document whose step or owner has changed, visits first and the work order last; a decision that
/// changes neither is told by one message all the same, so that nothing that happened stays unsaid.
public enum WorkNews {
    /// - Parameters:
    ///   - before: nil when the work order was just opened.
    ///   - after: with the decision's state.
    ///   - due: the end of a span that begins at a time, by the calendar of the work.
    public static func messages(
        of decision: Decision, before: WorkOrderRecord?, after: WorkOrderRecord, by definition: ProcessDefinition,
        due: (Limit, Date) -> Date = Simulation.onTheWall
    ) -> [WorkMoved] {
        var places: [Scope] = []
        for event in decision.events {
            guard let scope = event.change.movedScope else { continue }
            places.removeAll { $0 == scope }
            places.append(scope)
        }
        if before == nil, !places.contains(.work) { places.append(.work) }
        // The work order stands last: what it says of the whole is the newest word.
        places = places.filter { $0 != .work } + places.filter { $0 == .work }
        let isMove = !places.isEmpty
        if places.isEmpty { places = [.work] }
        return places.enumerated().map { index, scope in
            let isLast = index == places.count - 1
            return message(
                scope, decision, before, after, definition, isMove: isMove,
                notices: notices(of: decision, definition) { notice in
                    notice.scope == scope || (isLast && !places.contains(notice.scope))
                }, isLast: isLast, due)
        }
    }

    private static func message(
        _ scope: Scope, _ decision: Decision, _ before: WorkOrderRecord?, _ after: WorkOrderRecord,
        _ definition: ProcessDefinition, isMove: Bool, notices: [WorkNotice], isLast: Bool,
        _ due: (Limit, Date) -> Date
    ) -> WorkMoved {
        let state = after.state
        let track = state[scope] ?? state.work
        let step = definition.track(scope)?.step(track.step)
        let place = step.map { step in
            WorkPlace(
                process: definition.code, processVersion: definition.version, step: step.code,
                title: step.title, colour: step.colour.rawValue, customer: step.customer,
                visit: scope.visitNumber, isEntered: isMove, outcome: track.outcome?.rawValue)
        }
        let said = decision.events.compactMap { $0.change.reason(in: scope) }
        return WorkMoved(
            workOrder: after.id, ticket: after.ticket, ticketNumber: after.ticketNumber, subject: after.subject,
            department: state.work.department, state: definition.workState(of: state),
            previous: before.map { Open(definition.workState(of: $0.state)) },
            owner: owner(track.holder, state), actor: decision.events.first?.by.person,
            note: said.isEmpty ? nil : said.joined(separator: "\n"), customer: after.customer, address: after.address,
            at: decision.events.first?.at ?? after.changedAt, place: place,
            happened: isLast ? happened(decision) : nil, notices: notices.isEmpty ? nil : notices,
            callBack: isLast ? callBack(decision, after, definition, due) : nil,
            offers: isLast ? definition.offers(of: after) : nil)
    }

    private static func owner(_ holder: Holder?, _ state: ProcessState) -> Person? {
        guard case .person(let person) = holder else { return nil }
        return person
    }

    private static func happened(_ decision: Decision) -> [String] {
        decision.events.reduce(into: []) { words, event in
            let word = event.change.word
            if !words.contains(word) { words.append(word) }
        }
    }

    private static func callBack(
        _ decision: Decision, _ after: WorkOrderRecord, _ definition: ProcessDefinition, _ due: (Limit, Date) -> Date
    ) -> CallBackWish? {
        decision.effects.compactMap { effect -> CallBackWish? in
            guard case .errand(let errand) = effect, errand.kind == .callBack else { return nil }
            let from = decision.events.first?.at
            return definition.callBack(
                errand, after, dueAt: errand.within.flatMap { limit in from.map { due(limit, $0) } })
        }.first
    }

    /// What was said in a call cannot be done: why, and that the customer is to be called again.
    public static func refusal(
        of call: CallBackCall, _ words: Phrase, _ order: WorkOrderRecord, by definition: ProcessDefinition,
        at time: Date
    ) -> WorkMoved {
        let scope = call.stay?.visit.map(Scope.visit) ?? .work
        let errand = Errand(kind: .callBack, code: nil, role: nil, within: nil, scope: scope, fields: [:])
        let step = order.state[scope].flatMap { definition.track(scope)?.step($0.step) }
        let state = definition.workState(of: order.state)
        return WorkMoved(
            workOrder: order.id, ticket: order.ticket, ticketNumber: order.ticketNumber, subject: order.subject,
            department: order.state.work.department, state: state, previous: Open(state),
            owner: owner(order.state[scope]?.holder, order.state), actor: call.by, note: "\(words.zh) / \(words.en)",
            customer: order.customer, address: order.address, at: time,
            place: step.map { step in
                WorkPlace(
                    process: definition.code, processVersion: definition.version, step: step.code, title: step.title,
                    colour: step.colour.rawValue, customer: step.customer, visit: scope.visitNumber, isEntered: false)
            },
            happened: ["callBackRefused"], callBack: definition.callBack(errand, order, dueAt: time))
    }

    /// Of several notices to the customer about one document the last: he reads where it stands now.
    private static func notices(
        of decision: Decision, _ definition: ProcessDefinition, where isMeant: (Notice) -> Bool
    ) -> [WorkNotice] {
        var all = decision.effects.compactMap { effect -> WorkNotice? in
            guard case .notify(let notice) = effect, isMeant(notice) else { return nil }
            let step = definition.track(notice.scope)?.step(notice.step)
            var person: Person?
            if case .person(let holder) = notice.holder { person = holder }
            return WorkNotice(
                to: notice.to.description, person: person,
                role: notice.to == .owner ? notice.role?.description : nil, occasion: notice.occasion,
                text: step.map { $0.customer ?? $0.title }, words: notice.text,
                window: AppointmentRules.window(of: notice.scope, setBy: decision))
        }
        if let last = all.lastIndex(where: { $0.to == WorkNotice.customer }) {
            all = all.enumerated().filter { $0.offset == last || $0.element.to != WorkNotice.customer }.map(\.element)
        }
        return all
    }
}

extension ProcessDefinition {
    /// Where a work order stands in the words that all services know: as a step says it, the latest open visit's before
    /// the work order's; else made out from who has it.
    public func workState(of state: ProcessState) -> WorkState {
        if state.isClosed { return .closed }
        for number in state.openVisits.reversed() {
            if let code = state[.visit(number)]?.step, let stage = visit?.step(code)?.stage { return WorkState(stage) }
        }
        let step = work.step(state.work.step)
        if let stage = step?.stage { return WorkState(stage) }
        let isCalledBack = step?.effects.contains { effect in
            if case .errand(let order) = effect { return order.kind == .callBack }
            return false
        }
        if isCalledBack == true { return .done }
        return state.work.holder == nil ? .offered : .accepted
    }
}

extension WorkState {
    init(_ stage: ProcessStep.Stage) {
        self =
            switch stage {
            case .offered: .offered
            case .accepted: .accepted
            case .travelling: .travelling
            case .onSite: .onSite
            case .done: .done
            }
    }
}

extension Doer {
    public var person: Person? {
        guard case .person(let person) = self else { return nil }
        return person
    }
}
