/// What a limit is set for. Written `firstResponse`, `clock:solution`, `step:diagnose`, `group:second-line`.
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

    /// As long as a clock of the work's process runs; the process starts it, lets it stand still and stops it.
    case clock(String)

    static let plain: [SLATimer] = [.firstResponse, .nextResponse, .update, .solution, .acceptance, .arrival]

    /// Codes of process clocks that run in place of ``solution`` and ``firstResponse``.
    public static let solutionClock = "solution"
    public static let responseClock = "response"

    /// The clock of a process that takes its place.
    var substitute: SLATimer? {
        switch self {
        case .solution: .clock(Self.solutionClock)
        case .firstResponse: .clock(Self.responseClock)
        default: nil
        }
    }

    /// True where a declared pause stops the clock unless the policy says otherwise: the promises on the result, not
    /// those on an answer.
    public var pausesByDefault: Bool {
        switch self {
        case .solution, .update, .group, .clock: true
        case .firstResponse, .nextResponse, .acceptance, .arrival, .step: false
        }
    }

    /// `step:*`, `group:*` and `clock:*` in a policy speak of every step, group and clock; `solution` and
    /// `firstResponse` also of the clocks of that sense that a process has of its own.
    func covers(_ timer: SLATimer) -> Bool {
        switch (self, timer) {
        case (.step("*"), .step), (.group("*"), .group), (.clock("*"), .clock): true
        case (.solution, .clock(SLATimer.solutionClock)), (.firstResponse, .clock(SLATimer.responseClock)): true
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
        case "clock": self = .clock(parts[1])
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
        case .clock(let name): "clock:\(name)"
        }
    }

    public var description: String { rawValue }
}
