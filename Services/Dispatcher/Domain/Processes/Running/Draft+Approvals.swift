import Contracts
import Foundation
import Kernel

extension Draft {
    /// Asks the first role; what was asked for happens when the last has granted it.
    mutating func ask(
        _ subject: Approval.Subject, _ scope: Scope, stages: [String], reason: String?
    ) throws(ProcessRefusal) {
        guard let asker = context.actor.staff?.person else {
            throw ProcessRefusal(.roleMissing, zh: "只有员工能申请", en: "only staff may ask for this")
        }
        guard !state.approvals.contains(where: { $0.subject.isSame(as: subject) && $0.scope == scope }) else {
            throw ProcessRefusal(
                .approvalPending, zh: "已经申请，等待批准", en: "this was asked for already and waits to be granted")
        }
        let approval = Approval(
            number: state.approvalsAsked + 1, scope: scope, subject: subject, stages: stages, granted: 0, asker: asker,
            askedAt: context.time, reason: reason)
        record(.approvalAsked(approval))
        request(approval)
    }

    private mutating func request(_ approval: Approval) {
        guard approval.granted < approval.stages.count, let track = state[approval.scope] else { return }
        effects.append(
            .askApproval(
                number: approval.number, role: approval.stages[approval.granted], department: track.department))
    }

    private func find(_ number: Int) throws(ProcessRefusal) -> Approval {
        guard let approval = state.approvals.first(where: { $0.number == number }) else {
            throw ProcessRefusal(
                .noSuchApproval, zh: "没有这项待批申请", en: "there is no such request waiting to be granted")
        }
        let role = RoleReference(approval.stages[approval.granted])
        guard let staff = context.actor.staff, staff.has(role) else {
            throw ProcessRefusal(
                .roleMissing, zh: "要由\(definition.words(role).zh)批准",
                en: "to be granted by: \(definition.words(role).en)")
        }
        guard staff.person.id != approval.asker.id else {
            throw ProcessRefusal(.ownApproval, zh: "不能批准自己的申请", en: "nobody grants what he asked for himself")
        }
        guard !(approval.granters ?? []).contains(where: { $0.id == staff.person.id }) else {
            throw ProcessRefusal(
                .grantedBefore, zh: "您已批准过，这一级须由另一人批准",
                en: "you have granted it already; this stage is somebody else's to grant")
        }
        return approval
    }

    mutating func grant(_ number: Int) throws(ProcessRefusal) {
        let approval = try find(number)
        record(.approvalGranted(number: number))
        if let rest = state.approvals.first(where: { $0.number == number }) { return request(rest) }
        doer = .person(approval.asker)
        switch approval.subject {
        case .suspension:
            try refuseOnHold()
            beginSuspension(approval.reason ?? "")
        case .termination: try endByTermination(approval.reason ?? "")
        case .action(let code, let fields, let holder, let department):
            try refuseOnHold()
            let (track, step) = try place(approval.scope)
            guard let action = step.action(code) else { return }
            previousHolder = track.holder
            try perform(
                action, approval.scope, fields: fields, reason: approval.reason,
                candidate: holder.map { Candidate($0, department: department) })
        }
    }

    mutating func refuse(_ number: Int, reason: String) throws(ProcessRefusal) {
        let approval = try find(number)
        record(.approvalRefused(number: number, reason: try TextLimit.need(reason)))
        effects.append(
            .notify(
                Notice(
                    to: .owner, holder: .person(approval.asker), occasion: "approval-refused", scope: approval.scope,
                    step: state[approval.scope]?.step ?? "")))
    }
}

extension Approval.Subject {
    /// The same thing asked for, whatever was filled in.
    func isSame(as other: Approval.Subject) -> Bool {
        switch (self, other) {
        case (.action(let one, _, _, _), .action(let two, _, _, _)): one == two
        case (.suspension, .suspension), (.termination, .termination): true
        default: false
        }
    }
}
