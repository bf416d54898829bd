public import Kernel

/// What people call the things that clocks name by codes.
public struct ClockTitles: Hashable, Sendable {
    public let steps: [String: Phrase]
    public let clocks: [String: Phrase]
    /// Reasons of pauses.
    public let reasons: [String: Phrase]
    /// Departments.
    public let groups: [String: Phrase]

    public static let none = ClockTitles(steps: [:], clocks: [:], reasons: [:], groups: [:])

    public init(
        steps: [String: Phrase], clocks: [String: Phrase], reasons: [String: Phrase], groups: [String: Phrase]
    ) {
        (self.steps, self.clocks, self.reasons, self.groups) = (steps, clocks, reasons, groups)
    }

    public init(_ definition: ProcessDefinition?, groups: [String: Phrase]) {
        let steps = (definition?.work.steps ?? []) + (definition?.visit?.steps ?? [])
        self.init(
            steps: Dictionary(steps.map { ($0.code, $0.title) }) { first, _ in first },
            clocks: Dictionary((definition?.clocks ?? []).map { ($0.code, $0.title) }) { first, _ in first },
            reasons: Dictionary((definition?.standing.aside?.reasons ?? []).map { ($0.code, $0.title) }) { first, _ in
                first
            },
            groups: groups)
    }

    /// The words of a classification that every installation has; a company's own stand as they are, as does English.
    static func word(_ code: String, _ chinese: Bool) -> String {
        guard chinese else { return code }
        return words[code] ?? "“\(code)”"
    }

    private static let words = [
        "vip": "VIP", "key": "重点", "gold": "金牌", "silver": "银牌", "basic": "基础", "normal": "普通", "low": "低",
        "high": "高", "critical": "紧急", "question": "咨询", "requirement": "需求", "complaint": "投诉", "repair": "报修",
    ]
}
