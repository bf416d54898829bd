/// An event as a sentence, with the titles of the definition.
enum SimulationWords {
    static func words(_ change: ProcessChange, _ definition: ProcessDefinition) -> Words {
        switch change {
        case .opened(_, _, _, _, let step): return at("开单，到", "opened in", step, definition.work)
        case .moved(let scope, let move): return at("到", "comes to", move.to, definition.track(scope))
        case .acted(let scope, let code, _):
            let steps = definition.track(scope)?.steps ?? []
            let title = steps.lazy.compactMap { $0.action(code)?.title }.first
            return Words(zh: "操作：\(title?.zh ?? code)", en: "action: \(title?.en ?? code)")
        case .timerFired(let scope, let code):
            let steps = definition.track(scope)?.steps ?? []
            let title = steps.lazy.compactMap { $0.timer(code)?.title }.first
            return Words(zh: "定时：\(title?.zh ?? code)", en: "timer: \(title?.en ?? code)")
        case .thresholdPassed(let clock, let percent):
            let title = definition.clock(clock)?.title
            return Words(
                zh: "时钟：\(title?.zh ?? clock) 用到 \(percent)%", en: "clock: \(title?.en ?? clock) at \(percent) per cent"
            )
        case .clockChanged(let clock, let phase):
            let title = definition.clock(clock)?.title
            let zh = [ClockState.Phase.running: "开始走", .paused: "暂停", .stopped: "停止"][phase] ?? ""
            return Words(zh: "时钟：\(title?.zh ?? clock) \(zh)", en: "clock: \(title?.en ?? clock) \(phase.rawValue)")
        case .visitOpened(let number, _, _): return Words(zh: "第 \(number) 张服务单", en: "visit \(number) opened")
        case .followedUp: return Words(zh: "自动跟进", en: "asked by itself")
        case .resumed: return Words(zh: "恢复处理", en: "resumed")
        case .putAside: return Words(zh: "搁置", en: "put aside")
        case .suspended: return Words(zh: "暂停", en: "suspended")
        case .filled, .taken, .holderChanged, .responsibleSet, .reworkCounted, .approvalAsked, .approvalGranted,
            .approvalRefused, .approvalLapsed, .urged, .copied, .delegated, .transferred, .handedOver, .vendorAsked,
            .takenBack, .versionChanged:
            return Words(zh: "记录更新", en: "the record is changed")
        }
    }

    private static func at(_ zh: String, _ en: String, _ step: String, _ track: Track?) -> Words {
        let title = track?.step(step)?.title
        return Words(zh: "\(zh)“\(title?.zh ?? step)”", en: "\(en) \"\(title?.en ?? step)\"")
    }
}
