public import Foundation

/// When the customer is called back after the work is done.
public enum CallBackSchedule {
    /// The next day of the local calendar at `hour`.
    ///
    /// Where the clocks are put forward over that hour, the first moment after the gap; where it comes twice, the first
    /// of the two; where the next date does not exist at all, the date after it.
    ///
    /// - Parameter hour: 0 to 23.
    public static func dueAt(doneAt: Date, timeZone: TimeZone, hour: Int) -> Date {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = timeZone
        let today = calendar.startOfDay(for: doneAt)
        // Noon exists in every zone on every day, so a day added to it never falls on the same date or one too far.
        let noon = calendar.date(bySettingHour: 12, minute: 0, second: 0, of: today) ?? doneAt
        let tomorrow = calendar.startOfDay(for: calendar.date(byAdding: .day, value: 1, to: noon) ?? noon + 86_400)
        return calendar.date(
            bySettingHour: hour, minute: 0, second: 0, of: tomorrow, matchingPolicy: .nextTime,
            repeatedTimePolicy: .first) ?? tomorrow + Double(hour) * 3600
    }

    /// When it is tried again after nobody answered at `time`: after `pause`, if that is between `hour` and `lastHour` of
    /// the same local day, else at `hour` of the next.
    public static func again(after time: Date, pause: TimeInterval, timeZone: TimeZone, hour: Int, lastHour: Int)
        -> Date
    {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = timeZone
        let soon = time.addingTimeInterval(pause)
        if calendar.isDate(soon, inSameDayAs: time),
            (hour..<max(hour, lastHour)).contains(calendar.component(.hour, from: soon))
        {
            return soon
        }
        return dueAt(doneAt: time, timeZone: timeZone, hour: hour)
    }
}
