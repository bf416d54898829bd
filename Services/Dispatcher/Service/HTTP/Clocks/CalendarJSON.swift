import BusinessTime
import DispatcherDomain
import Foundation
import Kernel
import ServiceKit

/// A calendar in a list.
struct CalendarLineJSON: Encodable, Sendable {
    let key: String
    let version: Int
    let department: String
    let title: [String: String]
    let timeZone: String
    let covers: Coverage
    let beyond: WorkCalendar.BeyondCoverage
    /// Of this year and the next, those whose holidays are not known.
    let uncoveredYears: [Int]
    let dateCount: Int
    let cause: String
    let note: String?
    let madeAt: Date

    init(_ kept: CalendarStore.Kept) {
        let calendar = kept.calendar
        key = calendar.key
        version = calendar.version
        department = kept.department
        title = calendar.title
        timeZone = calendar.timeZone
        covers = calendar.covers
        beyond = calendar.beyond
        uncoveredYears = kept.uncoveredYears
        dateCount = calendar.dates.count
        cause = kept.cause
        note = kept.note
        madeAt = kept.madeAt
    }
}

/// A calendar as it is.
struct CalendarKeptJSON: Encodable, Sendable {
    let department: String
    let uncoveredYears: [Int]
    let cause: String
    let note: String?
    let madeAt: Date
    let calendar: WorkCalendar

    init(_ kept: CalendarStore.Kept) {
        department = kept.department
        uncoveredYears = kept.uncoveredYears
        cause = kept.cause
        note = kept.note
        madeAt = kept.madeAt
        calendar = kept.calendar
    }
}

extension WorkCalendar {
    /// Of the year of `now` and the next, those whose holidays are not known.
    func uncoveredYears(at now: Date) -> [Int] {
        // A time that no calendar can show cannot be asked about.
        guard let year = try? WorkingTime(self).localDate(at: now).year else { return [] }
        return [year, year + 1].filter { !covers.contains($0) }
    }
}

/// A calendar as it is to be.
struct CalendarDraftJSON: Decodable, Sendable {
    struct Body: Decodable, Sendable {
        var title: [String: String]?
        var timeZone: String
        var weekly: [Weekday: [OpenInterval]]
        var makeUpHours: [OpenInterval]?
        var dates: [LocalDate: WorkCalendar.DatedHours]?
        var covers: Coverage
        var beyond: WorkCalendar.BeyondCoverage?
    }

    /// 0 for a new one.
    var expectedVersion: Int
    var department: String
    var note: String?
    var calendar: Body

    func calendar(_ key: String) -> WorkCalendar {
        WorkCalendar(
            key: key, version: 1, title: calendar.title ?? [:], timeZone: calendar.timeZone, weekly: calendar.weekly,
            makeUpHours: calendar.makeUpHours, dates: calendar.dates ?? [:], covers: calendar.covers,
            beyond: calendar.beyond ?? .flag)
    }
}

struct CalendarDatesJSON: Decodable, Sendable {
    var expectedVersion: Int
    var note: String?
    var set: [LocalDate: WorkCalendar.DatedHours]?
    var remove: [LocalDate]?
}

struct HolidayFileJSON: Decodable, Sendable {
    var expectedVersion: Int
    var format: String
    /// Its text.
    var file: String
    var from: Int
    var through: Int?
    /// What an event is that carries no mark: `closed`, `ignored`.
    var unmarked: String?
    var note: String?
    var isTrial: Bool?

    /// - Throws: `InvalidInput`.
    func checked() throws -> KeepCalendars.HolidayFile {
        var faults: [FieldFault] = []
        let format = KeepCalendars.HolidayFile.Format(rawValue: format)
        if format == nil {
            faults.append(FieldFault(field: "/format", code: "unknownValue", message: "ics or list."))
        }
        let words = ["closed": HolidayCalendar.Unmarked.closed, "ignored": .ignored]
        let unmarked = words[unmarked ?? ""]
        if format == .ics, unmarked == nil {
            faults.append(
                FieldFault(
                    field: "/unmarked", code: self.unmarked == nil ? "required" : "unknownValue",
                    message: "Say what an event without X-APPLE-SPECIAL-DAY is: closed or ignored."))
        }
        let last = through ?? from
        if last < from || !LocalDate.years.contains(from) || !LocalDate.years.contains(last) {
            faults.append(
                FieldFault(field: "/from", code: "malformed", message: "Years such as 2026, the first one first."))
        }
        guard let format, faults.isEmpty else { throw InvalidInput(faults) }
        return KeepCalendars.HolidayFile(
            bytes: Data(file.utf8), format: format, years: from...last, unmarked: unmarked ?? .closed)
    }
}

/// What an import has made, or would make.
struct HolidaysImportedJSON: Encodable, Sendable {
    let isTrial: Bool
    let years: [Int]
    let dates: [LocalDate: WorkCalendar.DatedHours]
    /// Entries that say nothing on working time.
    let ignored: Int
    let calendar: CalendarLineJSON

    init(_ imported: KeepCalendars.Imported, isTrial: Bool) {
        self.isTrial = isTrial
        years = imported.holidays.years.sorted()
        dates = imported.holidays.dates
        ignored = imported.holidays.ignored
        calendar = CalendarLineJSON(imported.kept)
    }
}

struct OpenHoursJSON: Encodable, Sendable {
    struct Hours: Encodable, Sendable {
        let from: Date
        let to: Date
    }

    let items: [Hours]
    /// Not empty: provisional, until the calendar knows the holidays of these years.
    let uncoveredYears: [Int]

    init(_ hours: Reckoned<[Range<Date>]>) {
        items = hours.value.map { Hours(from: $0.lowerBound, to: $0.upperBound) }
        uncoveredYears = hours.uncoveredYears
    }
}
