/// Names one version of a policy, for ever: what a version says never changes.
public struct PolicyRef: Hashable, Sendable, Codable, CustomStringConvertible {
    public let key: String
    public let version: Int

    public init(key: String, version: Int) {
        self.key = key
        self.version = version
    }

    public var description: String { "\(key)@\(version)" }
}

/// What a piece of work is, as far as the limits depend on it (S0.12).
public struct Classification: Hashable, Sendable, Codable {
    /// The customer's level.
    public let level: String
    public let severity: String
    public let kind: String

    public init(level: String, severity: String, kind: String) {
        self.level = level
        self.severity = severity
        self.kind = kind
    }
}

/// What is promised to whom: rows of conditions with limits, read from the top.
///
/// For each timer the first row that fits the work and names the timer decides; no such row, no limit.
public struct SLAPolicy: Hashable, Sendable, Codable {
    public let key: String
    /// From 1.
    public let version: Int
    /// By language: `zh`, `en`.
    public let title: [String: String]
    public let rows: [Row]

    /// Limits for the work that fits; a condition that is not given fits everything.
    public struct Row: Hashable, Sendable, Codable {
        public let levels: [String]?
        public let severities: [String]?
        public let kinds: [String]?
        public let targets: [SLATarget]

        public init(
            levels: [String]? = nil, severities: [String]? = nil, kinds: [String]? = nil, targets: [SLATarget]
        ) {
            self.levels = levels
            self.severities = severities
            self.kinds = kinds
            self.targets = targets
        }

        func fits(_ work: Classification) -> Bool {
            (levels?.contains(work.level) ?? true) && (severities?.contains(work.severity) ?? true)
                && (kinds?.contains(work.kind) ?? true)
        }

        /// True when all that fits `other` also fits this row.
        func includes(_ other: Row) -> Bool {
            func includes(_ mine: [String]?, _ others: [String]?) -> Bool {
                guard let mine else { return true }
                return others.map { Set(mine).isSuperset(of: $0) } ?? false
            }
            return includes(levels, other.levels) && includes(severities, other.severities)
                && includes(kinds, other.kinds)
        }
    }

    public init(key: String, version: Int, title: [String: String] = [:], rows: [Row]) {
        self.key = key
        self.version = version
        self.title = title
        self.rows = rows
    }

    public var ref: PolicyRef { PolicyRef(key: key, version: version) }

    /// The same under another number.
    public func numbered(_ version: Int) -> SLAPolicy {
        SLAPolicy(key: key, version: version, title: title, rows: rows)
    }

    /// The limit for one timer, and the row (from 1) that sets it.
    public func target(for timer: SLATimer, of work: Classification) -> (row: Int, target: SLATarget)? {
        for (number, row) in zip(1..., rows) where row.fits(work) {
            if let target = row.targets.first(where: { $0.timer.covers(timer) }) {
                // A clock of the process stops where the process says so, whatever timer the policy calls it by.
                guard case .clock = timer, target.timer != timer else { return (number, target) }
                return (number, target.named(timer))
            }
        }
        return nil
    }
}

/// One promise: how long, by which calendar, and what happens on the way.
public struct SLATarget: Hashable, Sendable, Codable {
    public let timer: SLATimer
    public let limit: SLALimit
    /// Key of a calendar; `wall-clock` is always there, and `department` is that of the work's department.
    public let calendar: String
    /// Whether the clock stops in a step that pauses; by the kind of timer when not said.
    public let pauses: Bool?
    public let thresholds: [Threshold]

    public struct Threshold: Hashable, Sendable, Codable {
        public let at: ThresholdPoint
        public let actions: [ThresholdAction]

        public init(at: ThresholdPoint, actions: [ThresholdAction]) {
            self.at = at
            self.actions = actions
        }
    }

    public init(
        _ timer: SLATimer, within limit: SLALimit, calendar: String, pauses: Bool? = nil, thresholds: [Threshold] = []
    ) {
        self.timer = timer
        self.limit = limit
        self.calendar = calendar
        self.pauses = pauses
        self.thresholds = thresholds
    }

    var isPausable: Bool { pauses ?? timer.pausesByDefault }

    private enum CodingKeys: String, CodingKey {
        case timer, limit, calendar, pauses, thresholds
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        timer = try container.decode(SLATimer.self, forKey: .timer)
        limit = try container.decode(SLALimit.self, forKey: .limit)
        calendar = try container.decode(String.self, forKey: .calendar)
        pauses = try container.decodeIfPresent(Bool.self, forKey: .pauses)
        thresholds = try container.decodeIfPresent([Threshold].self, forKey: .thresholds) ?? []
    }
}

/// What a threshold does. `{"remind":["owner"]}`, `{"nextLevel":true}`, `{"action":"return-to-desk"}`.
public enum ThresholdAction: Hashable, Sendable {
    /// Tells these: `owner`, `manager`, or a role of the process.
    case remind([String])
    /// Hands the work to the next higher level of engineers (S0.14, S0.27).
    case nextLevel
    /// Takes an action of the work's process.
    case process(String)
    /// What the process itself says for this point of its clock; not written by hand.
    case own
}

extension ThresholdAction: Codable {
    private enum CodingKeys: String, CodingKey, CaseIterable {
        case remind, nextLevel, action, own
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        switch container.allKeys {
        case [.remind]: self = .remind(try container.decode([String].self, forKey: .remind))
        case [.nextLevel] where try container.decode(Bool.self, forKey: .nextLevel): self = .nextLevel
        case [.own] where try container.decode(Bool.self, forKey: .own): self = .own
        case [.action]: self = .process(try container.decode(String.self, forKey: .action))
        default:
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: container.codingPath,
                    debugDescription: "write one of remind: [who], nextLevel: true, action: name"))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .remind(let who): try container.encode(who, forKey: .remind)
        case .nextLevel: try container.encode(true, forKey: .nextLevel)
        case .process(let name): try container.encode(name, forKey: .action)
        case .own: try container.encode(true, forKey: .own)
        }
    }
}
