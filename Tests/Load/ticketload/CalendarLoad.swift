import BusinessTime
import Foundation

/// Working time over ten years by a calendar of split shifts with thirty dates of its own a year, nothing known before.
struct CalendarLoad {
    private static let rounds = 200

    /// The median of an addition and a difference over ten years, each by a calendar that was never asked, in ms.
    func milliseconds() throws -> Double {
        let calendar = try calendar()
        let start = Date(timeIntervalSince1970: 1_767_232_800)
        // 52 weeks of 37.5 hours, ten years.
        let seconds = 10 * 52 * 135_000
        var times: [Double] = []
        for _ in 0..<Self.rounds {
            let time = try WorkingTime(calendar)
            let begin = ContinuousClock.now
            let end = try time.add(seconds, to: start).value
            guard try time.between(start, end).value == seconds else { throw Misuse(what: "the sums differ") }
            times.append((ContinuousClock.now - begin) / .milliseconds(1))
        }
        return times.sorted()[Self.rounds / 2]
    }

    private func calendar() throws -> WorkCalendar {
        let hours = ["09:00-12:00", "13:30-18:00"].compactMap { OpenInterval($0) }
        var dates: [LocalDate: WorkCalendar.DatedHours] = [:]
        for year in 2026...2037 {
            for number in 0..<30 {
                guard let date = LocalDate(year: year, month: 1 + number % 12, day: 1 + number % 28) else { continue }
                dates[date] = .init(hours: number.isMultiple(of: 4) ? hours : [])
            }
        }
        let weekdays: [Weekday] = [.monday, .tuesday, .wednesday, .thursday, .friday]
        return WorkCalendar(
            key: "load", version: 1, timeZone: "Asia/Shanghai",
            weekly: Dictionary(uniqueKeysWithValues: weekdays.map { ($0, hours) }), dates: dates, covers: .everyYear)
    }
}
