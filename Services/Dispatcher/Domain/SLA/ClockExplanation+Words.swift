import BusinessTime
public import Kernel

extension ClockExplanation {
    /// Some short sentences for people; times as the calendar's clocks show them.
    public func sentences(in language: Language) -> [String] {
        let chinese = language == .chinese
        var lines = [head(chinese)]
        lines.append(
            chinese ? "从 \(text(startedAt)) 起计时（\(timeZone)）。" : "Counted from \(text(startedAt)) (\(timeZone)).")
        if let promisedFor {
            lines.append(
                chinese
                    ? "以约定的上门时段结束 \(text(promisedFor)) 为准。"
                    : "The end of the window agreed, \(text(promisedFor)), is what counts.")
        }
        for part in counted {
            let span = "\(text(part.from)) – \(text(part.to))"
            lines.append(
                chinese
                    ? "计入 \(span)：\(amount(part.seconds, chinese))。"
                    : "Counts \(span): \(amount(part.seconds, chinese)).")
        }
        if countedBeyond > 0 {
            let rest = amount(countedBeyond, chinese)
            lines.append(chinese ? "其后还计入 \(rest)。" : "Counts \(rest) more behind these.")
        }
        lines += pauses.map { words($0, chinese) }
        lines += end(chinese)
        return lines
    }

    private func words(_ pause: Pause, _ chinese: Bool) -> String {
        let (step, reason) = (step(of: pause, chinese), reason(of: pause, chinese))
        guard let to = pause.to else {
            return chinese
                ? "自 \(text(pause.from)) 起暂停至今（环节“\(step)”，原因：\(reason)）。"
                : "It has stood still since \(text(pause.from)) (step “\(step)”, reason: \(reason))."
        }
        let taken = amount(pause.seconds, chinese)
        return chinese
            ? "扣除暂停 \(text(pause.from)) – \(text(to))（环节“\(step)”，原因：\(reason)）：\(taken)。"
            : "Takes out the pause \(text(pause.from)) – \(text(to)) (step “\(step)”, reason: \(reason)): \(taken)."
    }

    private func head(_ chinese: Bool) -> String {
        let work = [classification.level, classification.severity, classification.kind]
            .map { ClockTitles.word($0, chinese) }.joined(separator: " / ")
        guard let basis else {
            return chinese
                ? "\(name(chinese))：当前政策对 \(work) 没有规定时限。"
                : "\(name(chinese)): the policy sets no limit for \(work)."
        }
        let policy = title(policyTitle, chinese, basis.policy.key)
        let calendar = title(calendarTitle, chinese, basis.calendar.key)
        let limit = limit(basis.target.limit, chinese)
        return chinese
            ? "\(name(chinese))：按政策“\(policy)”（\(basis.policy)）第 \(basis.row) 行，\(work) 的时限为 \(limit)，按日历“\(calendar)”（\(basis.calendar)）计算。"
            : "\(name(chinese)): by row \(basis.row) of policy “\(policy)” (\(basis.policy)) the limit for \(work) is \(limit), by calendar “\(calendar)” (\(basis.calendar))."
    }

    private func end(_ chinese: Bool) -> [String] {
        var lines: [String] = []
        switch standing {
        case .noLimit: break
        case .due(let at, let years):
            lines.append(chinese ? "因此截止时间为 \(text(at))。" : "So it is due at \(text(at)).")
            if !years.isEmpty {
                let list = years.map(String.init).joined(separator: chinese ? "、" : ", ")
                lines.append(
                    chinese
                        ? "该时间为暂定：日历尚无 \(list) 年的节假日安排。"
                        : "This is provisional: the calendar does not know the holidays of \(list) yet.")
            }
        case .paused:
            lines.append(chinese ? "计时已暂停，恢复后才有截止时间。" : "The clock stands still; there is a deadline when it goes on.")
        case .unknown(let fault): lines.append(words(fault, chinese))
        }
        if let verdict, let endedAt {
            let late = amount(verdict.late, chinese)
            let used = amount(verdict.elapsed, chinese)
            switch (verdict.isMet, chinese) {
            case (true, true): lines.append("于 \(text(endedAt)) 结束，用时 \(used)：按时。")
            case (true, false): lines.append("Ended at \(text(endedAt)) after \(used): in time.")
            case (false, true): lines.append("于 \(text(endedAt)) 结束，用时 \(used)：超时 \(late)。")
            case (false, false): lines.append("Ended at \(text(endedAt)) after \(used): \(late) late.")
            }
        }
        return lines
    }
}
