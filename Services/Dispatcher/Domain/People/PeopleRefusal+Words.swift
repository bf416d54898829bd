public import Kernel

extension PeopleRefusal {
    /// What is wrong and what would be right.
    public var words: Phrase {
        switch self {
        case .roleMissing(let roles):
            Phrase(
                zh: "您的角色不能这样做，需要：\(roles.map(\.name.zh).joined(separator: "、"))。",
                en: "Your roles do not allow this; it takes: \(roles.map(\.name.en).joined(separator: ", ")).")
        case .otherDepartment:
            Phrase(zh: "只能处理本部门及下级部门的资料。", en: "Only your own department and those below it are yours to change.")
        case .stale(let version):
            Phrase(
                zh: "资料现为第\(version)版，不是您所写的版本，可能已被他人修改；请重新读取后再改。",
                en: "It is at version \(version), not at the one you name; somebody may have changed it. Read it again."
            )
        case .loginTaken: Phrase(zh: "该账号已被使用。", en: "Somebody has this login already.")
        case .emailTaken: Phrase(zh: "该邮箱已被使用。", en: "Somebody has this e-mail address already.")
        case .codeTaken: Phrase(zh: "该代码已被使用。", en: "This code is taken already.")
        case .unknownDepartment(let code): Phrase(zh: "没有部门“\(code)”。", en: "There is no department '\(code)'.")
        case .unknownStaff:
            Phrase(zh: "您的部门中没有此员工。", en: "There is no such member of staff in your departments.")
        case .unknownSkill(let code): Phrase(zh: "没有技能“\(code)”。", en: "There is no skill '\(code)'.")
        case .unknownShift(let code): Phrase(zh: "没有班次“\(code)”。", en: "There is no shift '\(code)'.")
        case .closedDepartment: Phrase(zh: "该部门已停用。", en: "This department is closed.")
        case .departmentLoop: Phrase(zh: "部门不能隶属于自己或自己的下级。", en: "A department cannot stand below itself.")
        case .departmentInUse:
            Phrase(
                zh: "该部门仍有在职员工或启用的下级部门，不能停用。",
                en: "People still work there, or a department below it is open; move them first.")
        case .treeTooLarge:
            Phrase(
                zh: "同一上级下的部门过多，登录令牌无法容纳。请缩短代码或拆分。",
                en: "Too many departments below one for an access token; shorten codes or divide the tree.")
        case .ownRights:
            Phrase(
                zh: "不能修改自己的角色、部门或停用自己。", en: "Nobody changes his own roles or department, or closes his own account.")
        case .lastAdministrator:
            Phrase(zh: "至少要保留一名管理员。", en: "At least one administrator must remain.")
        case .ownLeave: Phrase(zh: "不能审批自己的请假。", en: "Nobody decides about his own leave.")
        case .leaveOverlaps: Phrase(zh: "该时段已有请假。", en: "There is a leave in that time already.")
        case .leaveDecided: Phrase(zh: "该请假已处理。", en: "This leave is decided already.")
        case .leaveStarted: Phrase(zh: "请假已开始，不能撤回。", en: "The leave has begun; it cannot be taken back.")
        case .onLeave: Phrase(zh: "该员工此时段休假。", en: "He is on leave in that time.")
        case .dutyOverlaps: Phrase(zh: "该员工此时段已有值班。", en: "He is on duty in that time already.")
        case .dutyOver: Phrase(zh: "已结束的值班不能修改。", en: "A duty that is over cannot be changed.")
        case .deputyAway:
            Phrase(zh: "代理人不能是本人，也不能同时休假。", en: "The deputy must be somebody else who is not away himself.")
        case .passwordUnfit(let fault): fault.words
        case .wrongPassword:
            Phrase(
                zh: "原密码错误。还没有密码的，请用一次性密码重新登录，并在一小时内设置密码。",
                en:
                    "The present password is wrong. Whoever has none signs in with a one-time password and chooses one within an hour."
            )
        }
    }
}
