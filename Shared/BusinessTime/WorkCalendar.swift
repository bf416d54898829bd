/// Names one version of a calendar, for ever: what a version says never changes.
public struct CalendarRef: Hashable, Sendable, Codable, CustomStringConvertible {
    public let key: String
    public let version: Int

    public init(key: String, version: Int) {
        self.key = key
        self.version = version
    }

    public var description: String { "\(key)@\(version)" }
}

/// When there is work: hours by weekday in a time zone, and dates that have hours of their own.
///
/// A date's own hours replace those of its weekday wholly; no hours mean closed. Hours that cross midnight belong to the
/// day on which they start, and end at midnight where the next date has hours of its own.
public struct WorkCalendar: Hashable, Sendable, Codable {
    /// A date that is not like its weekday: a holiday (no hours), a make-up day, a short day.
    public struct DatedHours: Hashable, Sendable, Codable {
        public let hours: [OpenInterval]
        public let name: String?

        public init(hours: [OpenInterval], name: String? = nil) {
            self.hours = hours
            self.name = name
        }
    }

    /// What an answer that touches a year without known holidays is worth.
    public enum BeyondCoverage: String, Codable, Sendable, CaseIterable {
        /// There is no answer.
        case refuse
        /// The answer is by the weekdays alone and says so.
        case flag
    }

    public let key: String
    /// From 1.
    public let version: Int
    /// By language: `zh`, `en`.
    public let title: [String: String]
    /// IANA name: `Asia/Shanghai`, or `UTC`.
    public let timeZone: String
    /// A weekday that is not named is closed.
    public let weekly: [Weekday: [OpenInterval]]
    /// The hours of an imported make-up day (调休上班日); nil when the calendar has none.
    public let makeUpHours: [OpenInterval]?
    public let dates: [LocalDate: DatedHours]
    /// The years whose dates are known.
    public let covers: Coverage
    public let beyond: BeyondCoverage

    public init(
        key: String, version: Int, title: [String: String] = [:], timeZone: String, weekly: [Weekday: [OpenInterval]],
        makeUpHours: [OpenInterval]? = nil, dates: [LocalDate: DatedHours] = [:], covers: Coverage,
        beyond: BeyondCoverage = .flag
    ) {
        self.key = key
        self.version = version
        self.title = title
        self.timeZone = timeZone
        self.weekly = weekly
        self.makeUpHours = makeUpHours
        self.dates = dates
        self.covers = covers
        self.beyond = beyond
    }

    /// A file may leave out the title, dates when there are none, and what happens beyond the years covered.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        key = try container.decode(String.self, forKey: .key)
        version = try container.decode(Int.self, forKey: .version)
        title = try container.decodeIfPresent([String: String].self, forKey: .title) ?? [:]
        timeZone = try container.decode(String.self, forKey: .timeZone)
        weekly = try container.decode([Weekday: [OpenInterval]].self, forKey: .weekly)
        makeUpHours = try container.decodeIfPresent([OpenInterval].self, forKey: .makeUpHours)
        dates = try container.decodeIfPresent([LocalDate: DatedHours].self, forKey: .dates) ?? [:]
        covers = try container.decode(Coverage.self, forKey: .covers)
        beyond = try container.decodeIfPresent(BeyondCoverage.self, forKey: .beyond) ?? .flag
    }

    public var ref: CalendarRef { CalendarRef(key: key, version: version) }

    /// Always open: what "by the wall clock" means.
    public static let wallClock = WorkCalendar(
        key: "wall-clock", version: 1, title: ["zh": "自然时间", "en": "wall clock"], timeZone: "UTC",
        weekly: Dictionary(uniqueKeysWithValues: Weekday.allCases.map { ($0, [.wholeDay]) }), covers: .everyYear)

    /// The same under another number, and with `dates` in place of its own.
    public func numbered(_ version: Int, dates: [LocalDate: DatedHours]? = nil) -> WorkCalendar {
        WorkCalendar(
            key: key, version: version, title: title, timeZone: timeZone, weekly: weekly, makeUpHours: makeUpHours,
            dates: dates ?? self.dates, covers: covers, beyond: beyond)
    }

    /// The next version: `dates` are laid over those that are there, `years` count as known from now on.
    public func next(adding dates: [LocalDate: DatedHours], covering years: Set<Int>) -> WorkCalendar {
        WorkCalendar(
            key: key, version: version + 1, title: title, timeZone: timeZone, weekly: weekly, makeUpHours: makeUpHours,
            dates: self.dates.merging(dates) { _, new in new }, covers: covers.union(years), beyond: beyond)
    }
}

/// The years for which a calendar knows its holidays and make-up days. Written `"everyYear"` or `[2026, 2027]`.
public enum Coverage: Hashable, Sendable, Codable {
    /// There are no dates to wait for: a calendar that is always open, or one with weekdays only.
    case everyYear
    case years(Set<Int>)

    public func contains(_ year: Int) -> Bool {
        switch self {
        case .everyYear: true
        case .years(let years): years.contains(year)
        }
    }

    func union(_ more: Set<Int>) -> Coverage {
        switch self {
        case .everyYear: .everyYear
        case .years(let years): .years(years.union(more))
        }
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        do {
            self = .years(Set(try container.decode([Int].self)))
        } catch {
            guard try container.decode(String.self) == "everyYear" else {
                throw DecodingError.dataCorruptedError(
                    in: container, debugDescription: "write the years, [2026, 2027], or \"everyYear\"")
            }
            self = .everyYear
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .everyYear: try container.encode("everyYear")
        case .years(let years): try container.encode(years.sorted())
        }
    }
}
