import BusinessTime
import Foundation
import Testing

/// The vectors of Golden/calendar-vectors.json: China's year 2026, split shifts, make-up days, nights, clock changes.
@Suite struct `The calendar vectors` {
    struct File: Decodable {
        let calendars: [String: VectorCalendar]
        let deadlines: [Deadline]
        let workingDays: [WorkingDays]
    }

    struct VectorCalendar: Decodable {
        let tz: String
        let weeklyMon0: [String: [[String]]]
        let overrides: [String: [[String]]]
    }

    struct Deadline: Decodable, CustomTestStringConvertible {
        let name: String
        let calendar: String
        let startLocal: String
        let targetSeconds: Int
        let pausesLocal: [[String]]
        let deadlineUtc: String
        var testDescription: String { name }
    }

    struct WorkingDays: Decodable, CustomTestStringConvertible {
        let name: String
        let calendar: String
        let eventLocal: String
        let workingDays: Int
        let dueLocal: String
        var testDescription: String { name }
    }

    static let file: File = {
        do {
            let decoder = JSONDecoder()
            decoder.keyDecodingStrategy = .convertFromSnakeCase
            return try decoder.decode(File.self, from: golden("calendar-vectors"))
        } catch {
            preconditionFailure("\(error)")
        }
    }()

    static func time(_ name: String) throws -> WorkingTime {
        let vector = try #require(file.calendars[name])
        func hours(_ pairs: [[String]]) throws -> [OpenInterval] {
            try pairs.map { try #require(OpenInterval($0.joined(separator: "-"))) }
        }
        let weekly = try vector.weeklyMon0.map { number, pairs in
            (Weekday.allCases[try #require(Int(number))], try hours(pairs))
        }
        let dates = try vector.overrides.map { date, pairs in
            (try #require(LocalDate(date)), WorkCalendar.DatedHours(hours: try hours(pairs)))
        }
        return try WorkingTime(
            WorkCalendar(
                key: "vector", version: 1, timeZone: vector.tz, weekly: Dictionary(uniqueKeysWithValues: weekly),
                dates: Dictionary(uniqueKeysWithValues: dates),
                covers: vector.overrides.isEmpty ? .everyYear : .years([2026]), beyond: .refuse))
    }

    static func instant(_ local: String, in time: WorkingTime) throws -> Date {
        var style = Date.ISO8601FormatStyle(timeZone: try #require(TimeZone(identifier: time.calendar.timeZone)))
        style = style.year().month().day().dateSeparator(.dash).time(includingFractionalSeconds: false)
        return try Date(local + ":00", strategy: style)
    }

    @Test(arguments: file.deadlines)
    func `of deadlines come out`(_ vector: Deadline) throws {
        let time = try Self.time(vector.calendar)
        let start = try Self.instant(vector.startLocal, in: time)
        var due = try time.add(vector.targetSeconds, to: start).value
        for pause in vector.pausesLocal {
            let (from, to) = (try Self.instant(pause[0], in: time), try Self.instant(pause[1], in: time))
            if from < due { due = try time.add(time.between(from, to).value, to: due).value }
        }
        #expect(try due == Date(vector.deadlineUtc, strategy: .iso8601))
    }

    @Test(arguments: file.workingDays)
    func `of working days come out`(_ vector: WorkingDays) throws {
        let time = try Self.time(vector.calendar)
        let event = try Self.instant(vector.eventLocal, in: time)
        let due = try time.addWorkingDays(vector.workingDays, to: event)
        #expect(try due.value == Date(vector.dueLocal, strategy: .iso8601))
        #expect(due.uncoveredYears.isEmpty)
    }
}

/// Fifteen zones with their changes of the clock, nights, short gaps and dated hours, from another implementation.
@Suite struct `The zone vectors` {
    struct Case: Decodable {
        let tz: String
        let weekly: [[[String]]]
        let dates: [String: [[String]]]
        /// From, to, working seconds between; seconds to add to from, where that leads.
        let questions: [[Int]]
    }

    @Test func `come out`() throws {
        let cases = try JSONDecoder().decode([Case].self, from: golden("zone-vectors"))
        #expect(cases.count == 240)
        for one in cases {
            func hours(_ pairs: [[String]]) throws -> [OpenInterval] {
                try pairs.map { try #require(OpenInterval($0.joined(separator: "-"))) }
            }
            let calendar = WorkCalendar(
                key: "case", version: 1, timeZone: one.tz,
                weekly: Dictionary(uniqueKeysWithValues: zip(Weekday.allCases, try one.weekly.map(hours))),
                dates: Dictionary(
                    uniqueKeysWithValues: try one.dates.map { date, pairs in
                        (try #require(LocalDate(date)), .init(hours: try hours(pairs)))
                    }),
                covers: .everyYear)
            let time = try WorkingTime(calendar)
            for ask in one.questions {
                let (from, to) = (Date(epoch: ask[0]), Date(epoch: ask[1]))
                let between = try time.between(from, to).value
                #expect(between == ask[2], "\(one.tz) between \(from) and \(to)")
                let reached = try time.add(ask[3], to: from).value
                #expect(reached == Date(epoch: ask[4]), "\(one.tz) \(ask[3]) s from \(from)")
            }
        }
    }
}

extension Date {
    init(epoch: Int) { self.init(timeIntervalSince1970: TimeInterval(epoch)) }
}

func golden(_ name: String, _ ending: String = "json") throws -> Data {
    let url = try #require(Bundle.module.url(forResource: "Golden/\(name)", withExtension: ending))
    return try Data(contentsOf: url)
}
