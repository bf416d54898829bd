public import BusinessTime

/// How long something may take. `{"amount":3,"unit":"hours"}`, `{"amount":7,"unit":"workingDays","due":"closing"}`.
public struct SLALimit: Hashable, Sendable, Codable {
    public enum Unit: String, Codable, Sendable, CaseIterable {
        /// Of working time.
        case minutes, hours
        /// Working dates after the day of the event, which does not count.
        case workingDays
        /// Dates of the wall calendar after the day of the event.
        case days
    }

    public let amount: Int
    public let unit: Unit
    /// For days: when on the day. The closing, unless said otherwise.
    public let due: DueTime
    /// For `days`: a date that is closed moves on to the next working date. True unless said otherwise.
    public let movesForward: Bool

    public init(_ amount: Int, _ unit: Unit, due: DueTime = .closing, movesForward: Bool = true) {
        self.amount = amount
        self.unit = unit
        self.due = due
        self.movesForward = movesForward
    }

    /// Seconds of working time; nil for limits in days.
    var seconds: Int? {
        switch unit {
        case .minutes: amount * 60
        case .hours: amount * 3600
        case .workingDays, .days: nil
        }
    }

    /// What may be set: up to some ten years.
    var isPossible: Bool {
        switch unit {
        case .minutes: (0...1_500_000).contains(amount)
        case .hours: (0...25_000).contains(amount)
        case .workingDays: (1...WorkingTime.dayLimit).contains(amount)
        case .days: (0...WorkingTime.dayLimit).contains(amount)
        }
    }

    private enum CodingKeys: String, CodingKey {
        case amount, unit, due, movesForward
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        amount = try container.decode(Int.self, forKey: .amount)
        unit = try container.decode(Unit.self, forKey: .unit)
        due = try container.decodeIfPresent(DueTime.self, forKey: .due) ?? .closing
        movesForward = try container.decodeIfPresent(Bool.self, forKey: .movesForward) ?? true
    }
}

/// When on the way to a deadline something happens. Written `75%`, `due`, `-30m`, `+120m`.
public enum ThresholdPoint: Hashable, Sendable {
    /// When this share of the limit is used up: 1...1000, without 100, which is ``due``.
    case percent(Int)
    /// At the deadline.
    case due
    /// Minutes before it, of the time by which the limit is counted.
    case before(Int)
    /// Minutes after it, of the time by which the limit is counted.
    case after(Int)

    static let minuteLimit = 1_500_000
}

extension ThresholdPoint: RawRepresentable, Codable, CustomStringConvertible {
    public init?(rawValue: String) {
        if rawValue == "due" {
            self = .due
        } else if rawValue.hasSuffix("%"), let share = Int(rawValue.dropLast()), (1...1000).contains(share),
            share != 100
        {
            self = .percent(share)
        } else if rawValue.hasSuffix("m"), let minutes = Int(rawValue.dropFirst().dropLast()),
            (1...Self.minuteLimit).contains(minutes), rawValue.hasPrefix("-") || rawValue.hasPrefix("+")
        {
            self = rawValue.hasPrefix("-") ? .before(minutes) : .after(minutes)
        } else {
            return nil
        }
    }

    public var rawValue: String {
        switch self {
        case .percent(let share): "\(share)%"
        case .due: "due"
        case .before(let minutes): "-\(minutes)m"
        case .after(let minutes): "+\(minutes)m"
        }
    }

    public var description: String { rawValue }
}
