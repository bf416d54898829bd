import BusinessTime
import Foundation
import Testing

/// A source of chance that gives the same every time: SplitMix64.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

enum Sample {
    static func hours(_ texts: String...) -> [OpenInterval] {
        texts.map { text in
            guard let interval = OpenInterval(text) else { preconditionFailure("no hours: \(text)") }
            return interval
        }
    }

    static func date(_ text: String) -> LocalDate {
        guard let date = LocalDate(text) else { preconditionFailure("no date: \(text)") }
        return date
    }

    static func instant(_ text: String) -> Date {
        do { return try Date(text, strategy: .iso8601) } catch { preconditionFailure("no instant: \(text)") }
    }

    static let office = hours("09:00-12:00", "13:30-18:00")
    static let workdays: [Weekday] = [.monday, .tuesday, .wednesday, .thursday, .friday]

    static func week(_ days: [Weekday], _ hours: [OpenInterval]) -> [Weekday: [OpenInterval]] {
        Dictionary(uniqueKeysWithValues: days.map { ($0, hours) })
    }

    static func china(
        dates: [LocalDate: WorkCalendar.DatedHours] = [:], covers: Coverage = .years([2026]),
        beyond: WorkCalendar.BeyondCoverage = .refuse
    ) -> WorkCalendar {
        WorkCalendar(
            key: "cn", version: 1, title: ["zh": "总部", "en": "Head office"], timeZone: "Asia/Shanghai",
            weekly: week(workdays, office), makeUpHours: office, dates: dates, covers: covers, beyond: beyond)
    }

    /// A calendar of any kind: zone, split days, nights, whole days, closed days, dated hours.
    static func anyCalendar(_ generator: inout SeededGenerator) -> WorkCalendar {
        let zones = [
            "Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo", "UTC",
        ]
        let days = [
            office, [], hours("00:00-24:00"), hours("22:00-06:00"), hours("08:00-08:01"),
            hours("00:30-02:30", "20:00-01:00"),
        ]
        func day() -> [OpenInterval] { days.randomElement(using: &generator) ?? [] }
        var weekly = Dictionary(uniqueKeysWithValues: Weekday.allCases.map { ($0, day()) })
        weekly[.tuesday] = office
        var dates: [LocalDate: WorkCalendar.DatedHours] = [:]
        for _ in 0..<Int.random(in: 0...40, using: &generator) {
            let date = LocalDate(
                year: 2026, month: .random(in: 1...12, using: &generator), day: .random(in: 1...28, using: &generator))
            if let date { dates[date] = .init(hours: day()) }
        }
        return WorkCalendar(
            key: "any", version: 1, timeZone: zones.randomElement(using: &generator) ?? "UTC", weekly: weekly,
            dates: dates, covers: .everyYear)
    }

    /// Anywhere in 2026.
    static func anyInstant(_ generator: inout SeededGenerator) -> Date {
        Date(epoch: 1_767_225_600 + .random(in: 0..<365 * 86400, using: &generator))
    }
}
