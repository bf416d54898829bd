public import Foundation
public import Kernel

/// Reads lists of holidays: lines of text, or the JSON in which China's official days off are commonly passed on.
///
/// Text: one entry a line, `date[..date], what[, name]`, where what is `closed`, `makeup`, or hours such as
/// `09:00-12:00 13:00-15:00`; empty lines and lines that start with `#` say nothing.
/// JSON: `{"days":[{"date":"2026-02-14","isOffDay":false,"name":"春节"}]}`.
public enum HolidayList {
    public static let sizeLimit = 1 << 20

    /// - Parameters:
    ///   - years: what is taken from the file and counts as covered afterwards.
    ///   - calendar: for the hours of make-up days.
    /// - Throws: every fault, with its line; also when a year is not in the file.
    public static func read(
        _ file: Data, years: ClosedRange<Int>, for calendar: WorkCalendar
    ) throws(InvalidInput) -> HolidayImport {
        guard file.count <= sizeLimit else { throw InvalidInput(field: "", code: "tooLong", "at most 1 MB") }
        guard let text = String(validating: file, as: UTF8.self) else {
            throw InvalidInput(field: "", code: "malformed", "not UTF-8")
        }
        var entries = DateEntries(for: calendar)
        if text.first(where: { !$0.isWhitespace }) == "{" {
            try read(json: file, into: &entries)
        } else {
            let lines = text.split(separator: /\r?\n/, omittingEmptySubsequences: false)
            for (number, line) in zip(1..., lines) { read(line, number, into: &entries) }
        }
        return try entries.finish(years: years, ignored: 0)
    }

    private static func read(_ line: Substring, _ number: Int, into entries: inout DateEntries) {
        let line = line.trimmingCharacters(in: .whitespaces)
        guard !line.isEmpty, !line.hasPrefix("#") else { return }
        let fields = line.split(separator: ",", maxSplits: 2).map { $0.trimmingCharacters(in: .whitespaces) }
        guard fields.count >= 2, let days = dates(fields[0]) else {
            return entries.refuse(
                line: number, "malformed", "write 2026-02-15..2026-02-23, closed, name; a span has at most 366 dates")
        }
        let meaning: DateEntries.Meaning
        switch fields[1] {
        case "closed": meaning = .closed
        case "makeup": meaning = .makeUp
        default:
            let words = fields[1].split(separator: " ")
            let hours = words.compactMap { OpenInterval(String($0)) }
            guard hours.count == words.count, !hours.isEmpty else {
                return entries.refuse(
                    line: number, "unknownValue", "write closed, makeup, or hours such as 09:00-12:00")
            }
            meaning = .open(hours)
        }
        for date in days { entries.add(date, meaning, name: fields.count > 2 ? fields[2] : nil, line: number) }
    }

    private static func dates(_ text: String) -> [LocalDate]? {
        let ends = text.split(separator: "..").map { LocalDate($0.trimmingCharacters(in: .whitespaces)) }
        guard let first = ends.first ?? nil, let last = ends.last ?? nil, ends.count <= 2, first <= last,
            last.dayNumber - first.dayNumber < 366
        else { return nil }
        return (first.dayNumber...last.dayNumber).map(LocalDate.init(dayNumber:))
    }

    private struct Days: Decodable {
        struct Day: Decodable {
            let date: LocalDate
            let isOffDay: Bool
            let name: String?
        }
        let days: [Day]
    }

    private static func read(json file: Data, into entries: inout DateEntries) throws(InvalidInput) {
        let list: Days
        do {
            list = try JSONDecoder().decode(Days.self, from: file)
        } catch {
            throw InvalidInput(
                field: "", code: "malformed", "write {\"days\":[{\"date\":\"2026-02-14\",\"isOffDay\":false}]}")
        }
        for (number, day) in zip(1..., list.days) {
            entries.add(day.date, day.isOffDay ? .closed : .makeUp, name: day.name, line: number)
        }
    }
}
