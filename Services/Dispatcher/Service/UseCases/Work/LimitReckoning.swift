import BusinessTime
import DispatcherDomain
import Foundation
import Kernel

/// Ends of the spans that processes name.
struct LimitReckoning: Sendable {
    let hours: WorkingTime

    /// For simulations, which belong to no department: Monday to Friday, in the zone of the suite's home, without holidays.
    static let office: LimitReckoning = {
        let day = ["09:00-12:00", "13:30-18:00"].compactMap { OpenInterval($0) }
        let weekdays: [Weekday] = [.monday, .tuesday, .wednesday, .thursday, .friday]
        let calendar = WorkCalendar(
            key: "office", version: 1, title: ["zh": "办公时间", "en": "office hours"], timeZone: "Asia/Shanghai",
            weekly: Dictionary(uniqueKeysWithValues: weekdays.map { ($0, day) }), covers: .years([]), beyond: .flag)
        do {
            return LimitReckoning(hours: try WorkingTime(calendar))
        } catch {
            preconditionFailure("office hours are a sound calendar")
        }
    }()

    /// What the calendar cannot reckon, a span of centuries or a year that it refuses, is taken on the wall.
    func due(_ limit: Limit, from start: Date) -> Date {
        do { return try limit.due(from: start, by: hours).value } catch { return Simulation.onTheWall(limit, start) }
    }

    /// Whether something came in working hours; nil when the calendar cannot say.
    func isOpen(at time: Date) -> Bool? {
        do { return try hours.isOpen(at: time).value } catch { return nil }
    }
}
