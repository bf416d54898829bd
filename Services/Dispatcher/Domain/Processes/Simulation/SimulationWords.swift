import Kernel

/// Events and effects as sentences, with the titles of the definition. What nobody would notice has none.
enum SimulationWords {
    static func words(_ change: ProcessChange, _ definition: ProcessDefinition) -> Phrase? {
        switch change {
        case .opened(_, _, _, _, let step): return at("开单，到", "opened in", step, definition.work)
        case .moved(let scope, let move): return at("到", "comes to", move.to, definition.track(scope))
        case .acted(let scope, let code, _):
            let steps = definition.track(scope)?.steps ?? []
            let title = steps.lazy.compactMap { $0.action(code)?.title }.first
            return Phrase(zh: "操作：\(title?.zh ?? code)", en: "action: \(title?.en ?? code)")
        case .timerFired(let scope, let code):
            let steps = definition.track(scope)?.steps ?? []
            let title = steps.lazy.compactMap { $0.timer(code)?.title }.first
            return Phrase(zh: "定时：\(title?.zh ?? code)", en: "timer: \(title?.en ?? code)")
        case .promisePassed(let timer, let point):
            return Phrase(zh: "服务承诺 \(timer) 到 \(point)", en: "the promise \(timer) has come to \(point)")
        case .thresholdPassed(let clock, let percent):
            let title = definition.clock(clock)?.title
            return Phrase(
                zh: "时钟：\(title?.zh ?? clock) 用到 \(percent)%", en: "clock: \(title?.en ?? clock) at \(percent) per cent"
            )
        case .clockChanged(let clock, let phase):
            let title = definition.clock(clock)?.title
            let zh = [ClockState.Phase.running: "开始走", .paused: "暂停", .stopped: "停止"][phase] ?? ""
            return Phrase(zh: "时钟：\(title?.zh ?? clock) \(zh)", en: "clock: \(title?.en ?? clock) \(phase.rawValue)")
        case .visitOpened(let number, _, _): return Phrase(zh: "第 \(number) 张服务单", en: "visit \(number) opened")
        case .followedUp: return Phrase(zh: "自动跟进", en: "asked by itself")
        case .resumed: return Phrase(zh: "恢复处理", en: "resumed")
        case .putAside: return Phrase(zh: "搁置", en: "put aside")
        case .suspended: return Phrase(zh: "暂停", en: "suspended")
        case .reworkCounted: return Phrase(zh: "返工一次", en: "a round of rework")
        case .handedOver(let vendor, _): return Phrase(zh: "转交厂商：\(vendor)", en: "handed over to a vendor: \(vendor)")
        case .vendorAsked: return Phrase(zh: "询问厂商", en: "the vendor is asked")
        case .takenBack: return Phrase(zh: "从厂商收回", en: "taken back from the vendor")
        case .filled, .taken, .holderChanged, .responsibleSet, .approvalAsked, .approvalGranted, .approvalRefused,
            .approvalLapsed, .urged, .copied, .delegated, .transferred, .versionChanged:
            return nil
        }
    }

    static func words(_ effect: Effect, _ definition: ProcessDefinition) -> Phrase? {
        switch effect {
        case .notify(let notice):
            let who = words(notice.to, definition)
            return Phrase(zh: "通知\(who.zh)（\(notice.occasion)）", en: "message to \(who.en) (\(notice.occasion))")
        case .offer(_, let offer, let role, _, _):
            let who = role.map(definition.words) ?? Phrase(zh: "负责人", en: "its owner")
            return offer == .pool
                ? Phrase(zh: "放入工单池：\(who.zh)", en: "offered in the pool: \(who.en)")
                : Phrase(zh: "派给：\(who.zh)", en: "offered to: \(who.en)")
        case .errand(let errand):
            let within = errand.within.map { Phrase(zh: "，限 \($0.words.zh)", en: ", within \($0.words.en)") }
            let name = [errand.kind.rawValue, errand.code].compactMap { $0 }.joined(separator: " ")
            return Phrase(zh: "交办：\(name)\(within?.zh ?? "")", en: "errand: \(name)\(within?.en ?? "")")
        case .askApproval(_, let role, _):
            let who = definition.words(RoleReference(role))
            return Phrase(zh: "请\(who.zh)批准", en: "to be granted by: \(who.en)")
        case .visitOpened, .clock, .startTimer, .cancelTimers, .startFollowUp, .startAsideLimit, .cancelHold:
            return nil
        }
    }

    private static func words(_ recipient: Recipient, _ definition: ProcessDefinition) -> Phrase {
        switch recipient {
        case .customer: Phrase(zh: "客户", en: "the customer")
        case .owner: Phrase(zh: "处理人", en: "the owner")
        case .previousOwner: Phrase(zh: "原处理人", en: "the previous owner")
        case .responsible: Phrase(zh: "全程负责人", en: "who answers for it")
        case .copied: Phrase(zh: "抄送人", en: "those on copy")
        case .role(let role): definition.words(RoleReference(role))
        }
    }

    private static func at(_ zh: String, _ en: String, _ step: String, _ track: Track?) -> Phrase {
        let title = track?.step(step)?.title
        return Phrase(zh: "\(zh)“\(title?.zh ?? step)”", en: "\(en) \"\(title?.en ?? step)\"")
    }
}
