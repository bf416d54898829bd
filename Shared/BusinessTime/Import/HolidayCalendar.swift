public import Foundation
public import Kernel

/// Reads holidays from an iCalendar file (RFC 5545), as public feeds and Apple's calendars of China offer them.
///
/// Of every VEVENT, `X-APPLE-SPECIAL-DAY` says what it is: `WORK-HOLIDAY` a day off, `ALTERNATE-WORKDAY` a make-up day;
/// any other value is refused.
/// An event of the whole day speaks of the day; one with times, of those hours: a make-up day's are its working hours, a
/// day off's are taken out of the weekday's. `RRULE` is taken when it says every so many years on the same date, else
/// the event is refused, as are `RDATE`, `EXDATE` and zones that are no IANA names. Nothing is left out silently.
public enum HolidayCalendar {
    public static let sizeLimit = 1 << 20
    static let eventLimit = 5000

    /// What an event is that has no `X-APPLE-SPECIAL-DAY`: many feeds list only days off, Apple's also lists festivals.
    public enum Unmarked: Sendable, CaseIterable {
        case closed, ignored
    }

    /// - Parameters:
    ///   - years: what is taken from the file and counts as covered afterwards.
    ///   - calendar: for its zone, its weekdays' hours and its make-up hours.
    /// - Throws: every fault, with its line; also when a year is not in the file.
    public static func read(
        _ file: Data, years: ClosedRange<Int>, unmarked: Unmarked, for calendar: WorkCalendar
    ) throws(InvalidInput) -> HolidayImport {
        guard file.count <= sizeLimit else { throw InvalidInput(field: "", code: "tooLong", "at most 1 MB") }
        guard years.count <= 50, LocalDate.years.contains(years.lowerBound), LocalDate.years.contains(years.upperBound)
        else { throw InvalidInput(field: "", code: "unknownValue", "at most 50 years, between 1900 and 2299") }
        let lines = try ContentLine.read(file)
        guard let first = lines.first, first.name == "BEGIN", first.value.uppercased() == "VCALENDAR" else {
            throw InvalidInput(field: "/1", code: "malformed", "line 1: an iCalendar file starts with BEGIN:VCALENDAR")
        }
        var entries = DateEntries(for: calendar)
        var ignored = 0
        let events = try events(in: lines)
        for event in events {
            do {
                guard let kind = try event.kind(unmarked: unmarked) else {
                    ignored += 1
                    continue
                }
                for (date, meaning) in try event.days(kind, years: years, zone: calendar.timeZone) {
                    entries.add(date, meaning, name: event.summary, line: event.line)
                }
            } catch {
                entries.refuse(line: error.line, error.code, error.message)
            }
        }
        return try entries.finish(years: years, ignored: ignored)
    }

    /// The lines of each VEVENT, without those of the alarms inside.
    private static func events(in lines: [ContentLine]) throws(InvalidInput) -> [HolidayEvent] {
        var events: [HolidayEvent] = []
        var open: [ContentLine] = []
        var path: [String] = []
        for line in lines {
            switch line.name {
            case "BEGIN":
                path.append(line.value.uppercased())
                if path.count > 8 {
                    throw InvalidInput(field: "/\(line.number)", code: "malformed", "line \(line.number): too deep")
                }
                if path.last == "VEVENT" { open = [line] }
            case "END":
                guard path.popLast() == line.value.uppercased() else {
                    throw InvalidInput(
                        field: "/\(line.number)", code: "malformed",
                        "line \(line.number): END:\(line.value) ends nothing")
                }
                guard line.value.uppercased() == "VEVENT" else { continue }
                guard events.count < eventLimit else {
                    throw InvalidInput(field: "/\(line.number)", code: "tooLong", "more than \(eventLimit) events")
                }
                events.append(HolidayEvent(open))
            default:
                if path.last == "VEVENT" { open.append(line) }
            }
        }
        guard path.isEmpty else {
            throw InvalidInput(field: "", code: "malformed", "the file ends within \(path[path.count - 1])")
        }
        return events
    }
}
