import Foundation

/// One VEVENT, read for what it says on working time.
struct HolidayEvent {
    struct Refusal: Error {
        let line: Int
        let code: String
        let message: String
    }

    enum Kind {
        case off, makeUp
    }

    private static let spanLimit = 366
    private let lines: [ContentLine]

    init(_ lines: [ContentLine]) { self.lines = lines }

    var line: Int { lines.first?.number ?? 0 }
    var summary: String? { self["SUMMARY"]?.text }

    private subscript(name: String) -> ContentLine? { lines.first { $0.name == name } }

    /// - Returns: nil for an event that says nothing on working time.
    /// - Throws: for a mark that is neither a day off nor a make-up day: left out, it would make a wrong calendar.
    func kind(unmarked: HolidayCalendar.Unmarked) throws(Refusal) -> Kind? {
        if self["STATUS"]?.value.uppercased() == "CANCELLED" { return nil }
        guard let mark = self["X-APPLE-SPECIAL-DAY"] else { return unmarked == .closed ? .off : nil }
        switch mark.value.uppercased() {
        case "WORK-HOLIDAY": return .off
        case "ALTERNATE-WORKDAY": return .makeUp
        default:
            throw Refusal(
                line: mark.number, code: "unknownValue",
                message: "X-APPLE-SPECIAL-DAY is WORK-HOLIDAY or ALTERNATE-WORKDAY, not \(mark.value.prefix(40))")
        }
    }

    func days(
        _ kind: Kind, years: ClosedRange<Int>, zone: String
    ) throws(Refusal) -> [(LocalDate, DateEntries.Meaning)] {
        for name in ["RDATE", "EXDATE", "EXRULE", "RECURRENCE-ID"] {
            if let line = self[name] {
                throw refusal(line, "\(name) is not understood; list the dates as single events")
            }
        }
        guard let start = self["DTSTART"] else {
            throw Refusal(line: line, code: "required", message: "an event without DTSTART")
        }
        let span = try span(from: start, zone: zone)
        if kind == .off, span.hours?.crossesMidnight == true {
            throw refusal(start, "hours off end on their date; list those after midnight as another event")
        }
        var result: [(LocalDate, DateEntries.Meaning)] = []
        // An event of the year before may reach into the first of the years.
        let near = (years.lowerBound - 1)...years.upperBound
        for year in try occurrences(of: span.first, until: years.upperBound) where near.contains(year) {
            guard let first = LocalDate(year: year, month: span.first.month, day: span.first.day) else { continue }
            for offset in 0..<span.dates { result.append((first.adding(days: offset), span.meaning(kind))) }
        }
        return result
    }

    /// The local dates of the first occurrence, and its hours when it is not of whole days.
    private struct Span {
        let first: LocalDate
        let dates: Int
        var hours: OpenInterval?

        func meaning(_ kind: Kind) -> DateEntries.Meaning {
            switch (kind, hours) {
            case (.off, nil): .closed
            case (.off, let hours?): .closedAt(hours)
            case (.makeUp, nil): .makeUp
            case (.makeUp, let hours?): .open([hours])
            }
        }
    }

    private func span(from start: ContentLine, zone: String) throws(Refusal) -> Span {
        let (end, duration) = (self["DTEND"], self["DURATION"])
        if start.parameters["VALUE"] == "DATE" || start.value.count == 8 {
            let first = try date(start)
            var dates = 1
            if let end {
                dates = try date(end).dayNumber - first.dayNumber
            } else if let duration {
                dates = try seconds(duration) / 86400
            }
            guard (1...Self.spanLimit).contains(dates) else {
                throw refusal(
                    end ?? duration ?? start, "an event has 1 to \(Self.spanLimit) days; DTEND is the day after")
            }
            return Span(first: first, dates: dates)
        }
        let from = try localTime(start, zone: zone)
        let to: (date: Int, second: Int)
        if let end {
            to = try localTime(end, zone: zone)
        } else if let duration {
            let second = from.second + (try seconds(duration))
            to = (from.date + second / 86400, second % 86400)
        } else {
            throw refusal(start, "an event with a time needs DTEND or DURATION")
        }
        let length = (to.date - from.date) * 86400 + to.second - from.second
        guard (1...86400).contains(length) else { throw refusal(start, "an event with times lasts at most a day") }
        let ends = TimeOfDay(second: to.second == 0 && to.date > from.date ? 86400 : to.second)
        let hours = OpenInterval(from: TimeOfDay(second: from.second), to: ends)
        guard hours.from != hours.to else { throw refusal(start, "write a whole day as a date") }
        return Span(first: LocalDate(dayNumber: from.date), dates: 1, hours: hours)
    }

    private func date(_ line: ContentLine) throws(Refusal) -> LocalDate {
        guard let date = LocalDate(spelled: line.value[...]) else {
            throw refusal(line, "not a date: \(line.value.prefix(20))")
        }
        return date
    }

    /// A DATE-TIME (section 3.3.5) as the calendar's clocks show it: floating as it is, the others moved to its zone.
    private func localTime(_ line: ContentLine, zone: String) throws(Refusal) -> (date: Int, second: Int) {
        let parts = line.value.split(separator: "T", omittingEmptySubsequences: false)
        guard parts.count == 2, let date = LocalDate(spelled: parts[0]) else {
            throw refusal(line, "not a time: \(line.value.prefix(20))")
        }
        let isUTC = parts[1].hasSuffix("Z")
        let digits = Array(parts[1].prefix(isUTC ? 7 : 6))
        guard parts[1].count == (isUTC ? 7 : 6),
            let time = TimeOfDay("\(String(digits[..<2])):\(String(digits[2..<4])):\(String(digits[4..<6]))")
        else { throw refusal(line, "not a time: \(line.value.prefix(20))") }
        let named = isUTC ? "UTC" : line.parameters["TZID"]
        guard let named, named != zone else { return (date.dayNumber, time.second) }
        guard WorkCalendar.isZone(named), let source = TimeZone(identifier: named),
            let target = TimeZone(identifier: zone)
        else { throw refusal(line, "\(named.prefix(64)) is no IANA time zone") }
        let instant = ZoneYear(zone: source, year: date.year).instant(date, second: time.second, .opening)
        let moved = instant + target.secondsFromGMT(for: Date(epochSecond: instant))
        guard moved >= 0 else { throw refusal(line, "times before 1970 are not understood") }
        return (moved / 86400, moved % 86400)
    }

    /// DURATION (section 3.3.6), positive, without fractions.
    private func seconds(_ line: ContentLine) throws(Refusal) -> Int {
        let pattern = /\+?P(?:(\d{1,3})W|(?:(\d{1,3})D)?(?:T(?:(\d{1,3})H)?(?:(\d{1,4})M)?(?:(\d{1,5})S)?)?)/
        guard let match = line.value.wholeMatch(of: pattern) else { throw refusal(line, "not a duration") }
        func number(_ text: Substring?) -> Int { text.flatMap { Int($0) } ?? 0 }
        let days = number(match.1) * 7 + number(match.2)
        return days * 86400 + number(match.3) * 3600 + number(match.4) * 60 + number(match.5)
    }

    /// The years in which the event comes: its own, or by an RRULE of every so many years.
    private func occurrences(of first: LocalDate, until last: Int) throws(Refusal) -> [Int] {
        guard let line = self["RRULE"] else { return [first.year] }
        var rule: [String: String] = [:]
        for part in line.value.uppercased().split(separator: ";") {
            let pair = part.split(separator: "=", maxSplits: 1)
            if pair.count == 2 { rule[String(pair[0])] = String(pair[1]) }
        }
        rule["WKST"] = nil
        let isSameDate =
            (rule["BYMONTH"] ?? "\(first.month)") == "\(first.month)"
            && (rule["BYMONTHDAY"] ?? "\(first.day)") == "\(first.day)"
        let known: Set = ["FREQ", "INTERVAL", "COUNT", "UNTIL", "BYMONTH", "BYMONTHDAY"]
        guard rule["FREQ"] == "YEARLY", isSameDate, known.isSuperset(of: rule.keys),
            let interval = Int(rule["INTERVAL"] ?? "1"), interval > 0, let count = Int(rule["COUNT"] ?? "1000"),
            count > 0
        else { throw refusal(line, "only RRULE:FREQ=YEARLY on the same date is understood; list the dates instead") }
        var end = LocalDate(year: last, month: 12, day: 31) ?? first
        if let until = rule["UNTIL"] {
            guard let date = LocalDate(spelled: until.prefix(8)) else { throw refusal(line, "not a date in UNTIL") }
            end = min(end, date)
        }
        guard end >= first else { return [] }
        // A date that a year does not have (29 February) is no occurrence and is not counted (section 3.3.10).
        let dates = stride(from: first.year, through: end.year, by: interval)
            .compactMap { LocalDate(year: $0, month: first.month, day: first.day) }
        return dates.prefix { $0 <= end }.prefix(count).map(\.year)
    }

    private func refusal(_ line: ContentLine, _ message: String) -> Refusal {
        Refusal(line: line.number, code: "malformed", message: message)
    }
}

extension LocalDate {
    /// Reads `20260217`.
    fileprivate init?(spelled text: Substring) {
        let digits = Array(text)
        guard digits.count == 8 else { return nil }
        self.init("\(String(digits[..<4]))-\(String(digits[4..<6]))-\(String(digits[6...]))")
    }
}
