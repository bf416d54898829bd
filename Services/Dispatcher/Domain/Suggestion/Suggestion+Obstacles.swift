import Foundation
import Kernel

extension Suggestion {
    /// All that stands against sending somebody, whenever it is.
    static func obstacles(_ job: Job, _ engineer: Engineer) -> [Reason] {
        var reasons: [Reason] = []
        if !engineer.roles.contains(job.role.role) || engineer.level < job.role.level {
            reasons.append(
                Reason(
                    code: "role",
                    words: Phrase(
                        zh: "不是\(job.role.level)级以上的该角色", en: "is not of the role at level \(job.role.level) or higher")
                ))
        }
        if let authorised = job.authorised, !authorised.contains(engineer.department) {
            reasons.append(
                Reason(
                    code: "warranty-organisation",
                    words: Phrase(zh: "所在部门不是厂商授权的保修单位", en: "his department is not authorised for the warranty")))
        }
        for need in job.skills where engineer.skills[need.skill] ?? 0 < need.level {
            reasons.append(
                Reason(
                    code: "skill-missing",
                    words: Phrase(
                        zh: "缺少技能 \(need.skill) \(need.level)级",
                        en: "lacks the skill \(need.skill) at level \(need.level)")))
        }
        if let refused = engineer.refusedAt, job.time.timeIntervalSince(refused) < coolDown {
            reasons.append(
                Reason(code: "refused", words: Phrase(zh: "24小时内拒绝过此单", en: "said no to this job within 24 hours")))
        }
        do throws(ProcessRefusal) {
            try engineer.limits?.check(open: engineer.open, accepted: engineer.acceptedLately)
        } catch {
            reasons.append(
                Reason(
                    code: "at-capacity",
                    words: Phrase(
                        zh: "手上\(engineer.open)张单，已满", en: "has \(engineer.open) jobs and room for no more")))
        }
        return reasons
    }
}
