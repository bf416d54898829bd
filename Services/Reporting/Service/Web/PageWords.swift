internal import Foundation
internal import Kernel
internal import ReportingDomain

/// What the pages say, in the reader's language.
struct PageWords: Sendable {
    let language: Language
    let timeZone: TimeZone

    /// The first language of an `Accept-Language` header (RFC 9110 section 12.5.4) that is spoken here; Chinese when none.
    static func language(accepted header: String?) -> Language {
        let wishes = (header ?? "").prefix(200).split(separator: ",").map { part -> (tag: Substring, weight: Double) in
            let pieces = part.split(separator: ";")
            let weight = pieces.dropFirst().compactMap { piece -> Double? in
                let trimmed = piece.trimmingCharacters(in: .whitespaces)
                return trimmed.hasPrefix("q=") ? Double(trimmed.dropFirst(2)) : nil
            }.first
            return (pieces.first ?? "", weight ?? 1)
        }
        let best = wishes.enumerated().sorted {
            ($0.element.weight, -$0.offset) > ($1.element.weight, -$1.offset)
        }
        for wish in best where wish.element.weight > 0 {
            let tag = wish.element.tag.trimmingCharacters(in: .whitespaces).lowercased().prefix(2)
            if let language = Language(rawValue: String(tag)) { return language }
        }
        return .chinese
    }

    func callAsFunction(_ zh: String, _ en: String) -> String { language == .chinese ? zh : en }

    func title(of node: Node) -> String { self(node.titleZh, node.titleEn) }

    func title(ofStatus word: String) -> String { Node(rawValue: word).map(title) ?? word }

    func occasion(_ word: String) -> String {
        switch word {
        case "ticket.created": self("建单通知", "Request received")
        case "work.accepted": self("接单通知", "Engineer assigned")
        case "work.done": self("完工通知", "Work finished")
        case "work.step": self("进展通知", "News of the work")
        case "work.approval": self("待批通知", "Waits for approval")
        default: word
        }
    }

    func channel(_ word: String) -> String {
        switch word {
        case "sms": self("短信", "SMS")
        case "mail": self("邮件", "Mail")
        case "wechat": self("微信", "WeChat")
        default: word
        }
    }

    func deliveryState(_ word: String) -> String {
        switch word {
        case "sent": self("已发送", "sent")
        case "delivered": self("已送达", "delivered")
        case "failed": self("失败", "failed")
        case "unknown": self("结果未知", "unknown")
        default: word
        }
    }

    func wish(_ word: String) -> String {
        switch word {
        case "urge": self("催办", "urges")
        case "withdraw": self("撤销", "withdraws")
        case "answer": self("答复", "answers")
        default: word
        }
    }

    func callBackState(_ word: String) -> String {
        switch word {
        case "planned": self("已计划", "planned")
        case "due": self("待回访", "due")
        case "done": self("已回访", "done")
        case "missed": self("未能联系", "nobody was reached")
        case "dropped": self("不再需要", "not needed any more")
        default: word
        }
    }

    func callOutcome(_ word: String) -> String {
        switch word {
        case "satisfied": self("满意", "content")
        case "unsatisfied": self("不满意", "not content")
        case "unreached": self("未接通", "nobody answered")
        default: word
        }
    }

    /// `2026-11-22 16:30:05`.
    func time(_ date: Date) -> String {
        date.formatted(
            Date.VerbatimFormatStyle(
                format:
                    "\(year: .padded(4))-\(month: .twoDigits)-\(day: .twoDigits) \(hour: .twoDigits(clock: .twentyFourHour, hourCycle: .zeroBased)):\(minute: .twoDigits):\(second: .twoDigits)",
                timeZone: timeZone, calendar: Calendar(identifier: .gregorian)))
    }

    /// The two largest units: `2 h 05 min`.
    func duration(_ seconds: Double) -> String {
        let whole = Int(seconds.rounded())
        let (days, hours, minutes) = (whole / 86_400, whole / 3600 % 24, whole / 60 % 60)
        if days > 0 { return self("\(days) 天 \(hours) 小时", "\(days) d \(hours) h") }
        if hours > 0 { return self("\(hours) 小时 \(minutes) 分", "\(hours) h \(minutes) min") }
        if minutes > 0 { return self("\(minutes) 分 \(whole % 60) 秒", "\(minutes) min \(whole % 60) s") }
        if seconds < 10 { return self("\(Self.tenths(seconds)) 秒", "\(Self.tenths(seconds)) s") }
        return self("\(whole) 秒", "\(whole) s")
    }

    private static func tenths(_ seconds: Double) -> String {
        seconds.formatted(.number.precision(.fractionLength(1)).locale(Locale(identifier: "en_US_POSIX")))
    }
}
