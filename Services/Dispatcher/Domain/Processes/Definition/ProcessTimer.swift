public import Kernel

/// Something that happens in a step when nobody does anything.
public struct ProcessTimer: Hashable, Sendable {
    public let code: String
    public let title: Phrase
    public let moment: Moment
    /// How often it fires; the second time as long after the first as the first after its start. 1 to 20.
    public let times: Int
    /// Actions of the step after which it starts anew; it is for what has not happened for so long.
    public let since: [Reference]
    public let when: Guard?
    public let action: Reference?
    public let effects: [ProcessEffect]
    public let at: Position

    /// The one of steps that say nothing of time, so that nothing lies anywhere without somebody hearing of it.
    public var isStandard: Bool { code == Self.standardCode }

    /// No definition can name a timer so.
    static let standardCode = "stands-still"
    /// Where a definition does not say `overdue:`.
    static let standardLimit = Limit(2, .day, isWorking: true)

    static func standard(after limit: Limit, at position: Position) -> ProcessTimer {
        ProcessTimer(
            code: standardCode, title: Phrase(zh: "停留过久", en: "Stands still"), moment: .after(limit), times: 3,
            since: [], when: nil, action: nil,
            effects: [.notify([.owner, .role("supervisor")], occasion: standardCode, text: nil, at: position)],
            at: position)
    }

    public enum Moment: Hashable, Sendable {
        /// This long after the step was entered.
        case after(Limit)
        /// At the time in this field, or that much before (negative) or after it.
        case field(Reference, before: Limit?)
    }
}

/// A span of time as people say it: `5 min`, `3 working h`, `1 working day`, `3 days forward`.
public struct Limit: Hashable, Sendable, Codable, CustomStringConvertible {
    public let amount: Int
    public let unit: Unit
    /// Counted in working time (minutes, hours) or working days instead of on the wall.
    public let isWorking: Bool
    /// Should it end on a day off, the next working day counts.
    public let movesForward: Bool

    public enum Unit: String, Hashable, Sendable, Codable, CaseIterable {
        case minute = "min"
        case hour = "h"
        case day
        case week
        /// The opening of next week's Monday, or of the first working day after it; always one.
        case monday

        /// Seconds on the wall; a day is 24 hours here.
        public var seconds: Int {
            switch self {
            case .minute: 60
            case .hour: 3600
            case .day: 86400
            case .week, .monday: 604_800
            }
        }
    }

    public init(_ amount: Int, _ unit: Unit, isWorking: Bool = false, movesForward: Bool = false) {
        self.amount = amount
        self.unit = unit
        self.isWorking = isWorking
        self.movesForward = movesForward
    }

    public var description: String {
        if unit == .monday { return "next monday" }
        let plural = amount != 1 && (unit == .day || unit == .week) ? "s" : ""
        return "\(amount) \(isWorking ? "working " : "")\(unit.rawValue)\(plural)\(movesForward ? " forward" : "")"
    }

    /// The same for people.
    public var words: Phrase {
        if unit == .monday { return Phrase(zh: "到下周一上班前", en: "by next Monday's opening") }
        let units: [Unit: String] = [.minute: "分钟", .hour: "小时", .day: "天", .week: "周"]
        let working: [Unit: String] = [.minute: "工作分钟", .hour: "工作小时", .day: "个工作日", .week: "个工作周"]
        let unit = (isWorking ? working : units)[unit] ?? ""
        return Phrase(zh: "\(amount)\(unit)\(movesForward ? "（遇休顺延）" : "")", en: description)
    }
}
