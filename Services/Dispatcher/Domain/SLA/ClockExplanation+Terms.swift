import BusinessTime
import Kernel

extension ClockExplanation {
    func title(_ titles: [String: String], _ chinese: Bool, _ key: String) -> String {
        titles[chinese ? "zh" : "en"] ?? titles["en"] ?? titles["zh"] ?? key
    }

    func title(_ titles: [String: Phrase], _ chinese: Bool, _ code: String) -> String {
        titles[code].map { chinese ? $0.zh : $0.en } ?? code
    }

    func step(of pause: Pause, _ chinese: Bool) -> String { title(titles.steps, chinese, pause.step) }

    /// What a pause is for: a reason that people choose, or the step that stands for it.
    func reason(of pause: Pause, _ chinese: Bool) -> String {
        title(titles.reasons.merging(titles.steps) { first, _ in first }, chinese, pause.reason)
    }

    /// Of the timer.
    func name(_ chinese: Bool) -> String {
        switch timer {
        case .firstResponse: chinese ? "首次响应" : "First response"
        case .nextResponse: chinese ? "后续响应" : "Next response"
        case .update: chinese ? "进展通报" : "Update"
        case .solution: chinese ? "解决" : "Solution"
        case .acceptance: chinese ? "接单" : "Acceptance"
        case .arrival: chinese ? "到场" : "Arrival"
        case .step(let step):
            chinese ? "环节“\(title(titles.steps, chinese, step))”" : "Step “\(title(titles.steps, chinese, step))”"
        case .group(let group):
            chinese ? "小组“\(title(titles.groups, chinese, group))”" : "Group “\(title(titles.groups, chinese, group))”"
        case .clock(let clock):
            chinese
                ? "流程时钟“\(title(titles.clocks, chinese, clock))”"
                : "Clock “\(title(titles.clocks, chinese, clock))” of the process"
        }
    }

    func limit(_ limit: SLALimit, _ chinese: Bool) -> String {
        let amount = limit.amount
        let plural = amount == 1 ? "" : "s"
        let closing = limit.due == .closing
        switch limit.unit {
        case .minutes: return chinese ? "\(amount) 分钟" : "\(amount) minute\(plural)"
        case .hours: return chinese ? "\(amount) 小时" : "\(amount) hour\(plural)"
        case .workingDays:
            return chinese
                ? "\(amount) 个工作日（\(closing ? "当天下班前" : "同一时刻")）"
                : "\(amount) working day\(plural) (by \(closing ? "closing time" : "the same time"))"
        case .days:
            let moved = limit.movesForward ? (chinese ? "，遇休息日顺延" : ", moved to a working day") : ""
            return chinese
                ? "\(amount) 个自然日（\(closing ? "当天下班前" : "同一时刻")\(moved)）"
                : "\(amount) day\(plural) (by \(closing ? "closing time" : "the same time")\(moved))"
        }
    }

    /// `1 h 30 min`.
    func amount(_ seconds: Int, _ chinese: Bool) -> String {
        let parts = [
            (seconds / 3600, chinese ? " 小时" : " h"), (seconds / 60 % 60, chinese ? " 分" : " min"),
            (seconds % 60, chinese ? " 秒" : " s"),
        ]
        let said = parts.filter { $0.0 != 0 }.map { "\($0.0)\($0.1)" }
        return said.isEmpty ? (chinese ? "0 分" : "0 min") : said.joined(separator: " ")
    }

    func words(_ fault: CalendarFault, _ chinese: Bool) -> String {
        switch fault {
        case .yearNotCovered(let year, let calendar):
            chinese
                ? "没有截止时间：日历 \(calendar) 没有 \(year) 年的节假日安排，且设置为不作推测。请导入该年的安排。"
                : "No deadline: calendar \(calendar) does not know \(year) and is set not to guess. Import that year's holidays."
        case .noWorkingTime(let years, let calendar):
            chinese
                ? "没有截止时间：日历 \(calendar) 在 \(years) 年内没有足够的工作时间。"
                : "No deadline: calendar \(calendar) has not so much working time within \(years) years."
        case .outOfRange:
            chinese ? "没有截止时间：超出可计算的范围。" : "No deadline: it lies outside what can be computed."
        }
    }
}
