import Foundation
import Kernel

extension ProcessEffect {
    /// Fields and vendor are set before the document moves, so that routes and conditions see them.
    var comesFirst: Bool {
        switch self {
        case .set, .handOver, .trackVendor, .takeBack: true
        case .openVisit, .offer, .notify, .work, .visit, .errand: false
        }
    }
}

extension Draft {
    mutating func carryOut(
        _ list: [ProcessEffect], _ scope: Scope, candidate: Candidate?
    ) throws(ProcessRefusal) {
        for effect in list { try carryOut(effect, scope, candidate) }
    }

    private mutating func carryOut(
        _ effect: ProcessEffect, _ scope: Scope, _ candidate: Candidate?
    ) throws(ProcessRefusal) {
        switch effect {
        case .openVisit(let carry, let own, _): try openVisit(carry, own, candidate)
        case .offer(let offer): try self.offer(offer, scope, candidate)
        case .notify(let recipients, let occasion, let text, _): notify(recipients, occasion, scope, text: text)
        case .work(let action): try nudge(action.code, .work, as: .visit)
        case .visit(let action):
            if let number = state.openVisits.last { try nudge(action.code, .visit(number), as: .work) }
        case .set(let field, let assigned): set(field.code, assigned, scope)
        case .errand(let order): send(order, scope)
        case .handOver(let vendor, let reference):
            let name = text(vendor.code, scope) ?? vendor.code
            record(.handedOver(vendor: name, reference: reference.flatMap { text($0.code, scope) }))
        case .trackVendor: if state.vendor != nil { record(.vendorAsked) }
        case .takeBack: if state.vendor != nil { record(.takenBack) }
        }
    }

    private func text(_ field: String, _ scope: Scope) -> String? {
        guard case .text(let text) = value(field, in: scope) else { return nil }
        return text
    }

    private mutating func openVisit(
        _ carry: [Reference], _ own: ProcessEffect.VisitOwner?, _ candidate: Candidate?
    ) throws(ProcessRefusal) {
        guard let track = definition.visit, let first = track.steps.first else { return }
        let number = state.visits.count + 1
        guard number <= Self.mostVisits else {
            throw ProcessRefusal(
                .tooManyVisits, zh: "一张任务单最多 \(Self.mostVisits) 张服务单",
                en: "a work order has at most \(Self.mostVisits) visits")
        }
        let before = state.visits.last
        let named = own == .named ? candidate?.department : own == .keep ? before?.department : nil
        let department = named ?? first.department ?? state.work.department
        if own == .named { try check(candidate, for: first.owner, by: .named, in: department) }
        record(.visitOpened(number: number, step: first.code, department: department))
        let holder = own == .named ? candidate?.holder : own == .keep ? before?.holder : nil
        if let holder { record(.holderChanged(.visit(number), holder, department: nil)) }
        fillFromFacts(track, .visit(number), and: carried(carry.map(\.code), from: before))
        effects.append(.visitOpened(number))
        try arrive(.visit(number))
    }

    /// What the next visit begins with: from the work order, and before that from the visit before.
    private func carried(_ codes: [String], from before: TrackState?) -> [String: FieldValue] {
        var values: [String: FieldValue] = [:]
        for code in codes where !code.hasPrefix(Reference.last) { values[code] = state.work.fields[code] }
        for code in codes where code.hasPrefix(Reference.last) {
            let field = String(code.dropFirst(Reference.last.count))
            if let value = before?.fields[field] { values[field] = value }
        }
        return values
    }

    /// Fields that are copied when a document is opened: from facts, and what is carried over.
    mutating func fillFromFacts(_ track: Track, _ scope: Scope, and carried: [String: FieldValue] = [:]) {
        var values: [String: FieldValue] = [:]
        for field in track.fields {
            let given = field.from.map { value($0.code, in: scope) } ?? carried[field.code]
            if let given, FieldCheck.fault(given, field) == nil { values[field.code] = given }
        }
        if !values.isEmpty { record(.filled(scope, values, cleared: [])) }
    }

    private mutating func offer(
        _ offer: ProcessEffect.OfferTo, _ scope: Scope, _ candidate: Candidate?
    ) throws(ProcessRefusal) {
        let (track, step) = try place(scope)
        let holder: Holder? =
            switch offer {
            case .pool: nil
            case .named: candidate?.holder ?? track.holder
            case .owner: track.holder
            }
        if offer == .pool {
            for candidate in asked { try check(candidate, for: step.owner, by: .named, in: track.department) }
        }
        effects.append(
            .offer(
                scope, offer, role: step.owner, holder: holder,
                asked: offer == .pool ? asked.compactMap(\.holder.person) : []))
    }

    mutating func notify(_ recipients: [Recipient], _ occasion: String, _ scope: Scope, text: Phrase? = nil) {
        guard let track = state[scope] else { return }
        for recipient in recipients {
            guard recipient != .copied else {
                effects += state.copied.map { person in
                    .notify(
                        Notice(
                            to: .copied, holder: .person(person), occasion: occasion, scope: scope, step: track.step))
                }
                continue
            }
            let holder: Holder? =
                switch recipient {
                case .owner: track.holder
                case .previousOwner: previousHolder
                case .responsible: state.responsible.map(Holder.person)
                case .customer, .copied, .role: nil
                }
            let role: RoleReference? =
                switch recipient {
                case .owner where holder == nil: definition.track(scope)?.step(track.step)?.owner
                case .role(let role): RoleReference(role)
                case .owner, .previousOwner, .responsible, .customer, .copied: nil
                }
            effects.append(
                .notify(
                    Notice(
                        to: recipient, holder: holder, role: role, occasion: occasion, scope: scope, step: track.step,
                        text: recipient == .customer ? text : nil)))
        }
    }

    private mutating func set(_ field: String, _ assigned: ProcessEffect.Assigned, _ scope: Scope) {
        switch assigned {
        case .value(let value): record(.filled(scope, [field: value], cleared: []))
        case .actionTime: record(.filled(scope, [field: .time(context.time)], cleared: []))
        case .actor:
            if case .person(let person) = doer { record(.filled(scope, [field: .person(person)], cleared: [])) }
        case .empty: record(.filled(scope, [:], cleared: [field]))
        }
    }

    private mutating func send(_ order: ErrandOrder, _ scope: Scope) {
        let fields = order.carry.compactMap { reference in
            value(reference.code, in: scope).map { (reference.code, $0) }
        }
        effects.append(
            .errand(
                Errand(
                    kind: order.kind, code: order.code, role: order.role?.code, within: order.within, scope: scope,
                    fields: Dictionary(fields) { first, _ in first })))
    }
}
