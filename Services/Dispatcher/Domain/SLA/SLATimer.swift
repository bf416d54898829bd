/// What a limit is set for. Written `firstResponse`, `step:diagnose`, `group:second-line`.
public enum SLATimer: Hashable, Sendable {
    /// From the opening to the first public word of a member of staff; once.
    case firstResponse
    /// From the oldest unanswered word of the customer to the next answer.
    case nextResponse
    /// From each word of staff to the next, so that the customer is kept in the loop.
    case update
    /// From the opening, or a reopening, to the solution.
    case solution
    /// From an offer to its acceptance.
    case acceptance
    /// From the appointment to the arrival; the limit is counted from the end of the window agreed.
    case arrival
    /// As long as the work stands in one step.
    case step(String)
    /// As long as the work is with one group, from its assignment.
    case group(String)

    static let plain: [SLATimer] = [.firstResponse, .nextResponse, .update, .solution, .acceptance, .arrival]

    /// True where a declared pause stops the clock unless the policy says otherwise: the promises on the result, not
    /// those on an answer.
    public var pausesByDefault: Bool {
        switch self {
        case .solution, .update, .group: true
        case .firstResponse, .nextResponse, .acceptance, .arrival, .step: false
        }
    }

    /// `step:*` and `group:*` in a policy speak of every step and group.
    func covers(_ timer: SLATimer) -> Bool {
        switch (self, timer) {
        case (.step("*"), .step), (.group("*"), .group): true
        default: self == timer
        }
    }
}

extension SLATimer: RawRepresentable, Codable, CustomStringConvertible {
    public init?(rawValue: String) {
        if let plain = Self.plain.first(where: { $0.rawValue == rawValue }) {
            self = plain
            return
        }
        let parts = rawValue.split(separator: ":", maxSplits: 1).map(String.init)
        guard parts.count == 2, (1...80).contains(parts[1].count) else { return nil }
        switch parts[0] {
        case "step": self = .step(parts[1])
        case "group": self = .group(parts[1])
        default: return nil
        }
    }

    public var rawValue: String {
        switch self {
        case .firstResponse: "firstResponse"
        case .nextResponse: "nextResponse"
        case .update: "update"
        case .solution: "solution"
        case .acceptance: "acceptance"
        case .arrival: "arrival"
        case .step(let name): "step:\(name)"
        case .group(let name): "group:\(name)"
        }
    }

    public var description: String { rawValue }
}
