import Contracts
import Foundation
import Kernel

extension Draft {
    /// - Returns: whether the taker thereby becomes the owner of what nobody had.
    func checkTaker(_ takers: [Taker], _ scope: Scope, _ step: ProcessStep) throws(ProcessRefusal) -> Bool {
        switch context.actor {
        case .timer where takers.contains(.timer), .customer where takers.contains(.customer),
            .process where takers.contains(.visit) || takers.contains(.work),
            .callBack where takers.contains(.owner):
            return false
        case .staff(let staff): return try checkStaff(staff, takers, scope, step)
        case .timer, .customer, .process, .callBack: throw roleMissing(takers, step)
        }
    }

    private func checkStaff(
        _ staff: StaffActor, _ takers: [Taker], _ scope: Scope, _ step: ProcessStep
    ) throws(ProcessRefusal) -> Bool {
        guard let track = state[scope] else {
            throw ProcessRefusal(.noSuchVisit, zh: "没有这张服务单", en: "there is no such visit")
        }
        let isHolder = track.holder.map { staff.isHolder($0) } ?? false
        let isDelegate = track.delegate.map { $0.person.id == staff.person.id && $0.until > context.time } ?? false
        let isResponsible = state.responsible?.id == staff.person.id
        guard staff.departments.contains(track.department) || isHolder || isDelegate || isResponsible else {
            throw ProcessRefusal(.otherDepartment, zh: "工单在别的部门", en: "the work belongs to another department")
        }
        let claims = takers.contains(.owner) && track.holder == nil && (step.owner.map { staff.has($0) } ?? false)
        for taker in takers {
            switch taker {
            case .owner: if isHolder || isDelegate || claims { return claims }
            case .responsible: if isResponsible { return false }
            case .role(let role): if staff.has(role) { return false }
            case .customer, .timer, .visit, .work: break
            }
        }
        if takers.contains(.owner), let holder = track.holder, !isHolder {
            throw ProcessRefusal(
                .notOwner, zh: "现在由\(name(holder))处理，只有本人能做", en: "\(name(holder)) has it, and nobody else may do this")
        }
        throw roleMissing(takers, step)
    }

    private func name(_ holder: Holder) -> String {
        switch holder {
        case .person(let person): person.name
        case .station(let code): code
        }
    }

    private func roleMissing(_ takers: [Taker], _ step: ProcessStep) -> ProcessRefusal {
        let wanted = takers.map { taker -> Phrase in
            switch taker {
            case .owner: step.owner.map(definition.words) ?? Phrase(zh: "负责人", en: "its owner")
            case .responsible: Phrase(zh: "全程负责人", en: "who answers for it")
            case .customer: Phrase(zh: "客户", en: "the customer")
            case .role(let role): definition.words(role)
            case .timer: Phrase(zh: "定时", en: "a timer")
            case .visit: Phrase(zh: "服务单", en: "a visit")
            case .work: Phrase(zh: "任务单", en: "the work order")
            }
        }
        return ProcessRefusal(
            .roleMissing, zh: "只有这些角色能做：\(wanted.map(\.zh).joined(separator: "、"))",
            en: "only these may do this: \(wanted.map(\.en).joined(separator: ", "))")
    }
}
