import BusinessTime
import Foundation
import Kernel
import Testing

@Suite struct `An iCalendar file` {
    static func file(_ events: String...) -> Data {
        let body = events.map { "BEGIN:VEVENT\n\($0)\nEND:VEVENT\n" }.joined()
        return Data("BEGIN:VCALENDAR\nVERSION:2.0\n\(body)END:VCALENDAR\n".replacing("\n", with: "\r\n").utf8)
    }

    static func read(
        _ file: Data, years: ClosedRange<Int> = 2026...2026, unmarked: HolidayCalendar.Unmarked = .ignored,
        for calendar: WorkCalendar = Sample.china()
    ) throws -> HolidayImport {
        try HolidayCalendar.read(file, years: years, unmarked: unmarked, for: calendar)
    }

    @Test func `of China's year 2026 gives the dates of the vectors`() throws {
        let read = try Self.read(golden("china-2026", "ics"))
        let vectors = try #require(`The calendar vectors`.file.calendars["cn2026"]).overrides
        #expect(Set(read.dates.keys.map(\.description)) == Set(vectors.keys))
        for (date, day) in read.dates { #expect(day.hours.isEmpty == vectors[date.description]?.isEmpty, "\(date)") }
        #expect(read.ignored == 2)
        #expect(read.dates[Sample.date("2026-02-17")]?.name == "春节（休）")
        #expect(read.dates[Sample.date("2026-02-14")]?.name == "春节（班）, 补 2 月 16 日；这一行很长，所以在字的中间被折断了")
        #expect(read.applied(to: Sample.china()).dates[Sample.date("2026-10-10")]?.hours == Sample.office)
    }

    @Test func `without marks is days off, or nothing, as the reader says`() throws {
        let file = Self.file("DTSTART;VALUE=DATE:20261225\nSUMMARY:Christmas")
        #expect(try Self.read(file, unmarked: .closed).dates[Sample.date("2026-12-25")]?.hours == [])
        #expect(throws: InvalidInput.self) { try Self.read(file) }
    }

    @Test func `closes some hours, or opens them, in the calendar's zone`() throws {
        let file = Self.file(
            "DTSTART;TZID=Europe/Berlin:20260302T080000\nDTEND;TZID=Europe/Berlin:20260302T110000\nX-APPLE-SPECIAL-DAY:WORK-HOLIDAY",
            "DTSTART:20260307T010000Z\nDURATION:PT3H\nX-APPLE-SPECIAL-DAY:ALTERNATE-WORKDAY",
            "DTSTART:20260307T140000\nDTEND:20260307T150000\nX-APPLE-SPECIAL-DAY:ALTERNATE-WORKDAY")
        let dates = try Self.read(file).dates
        #expect(dates[Sample.date("2026-03-02")]?.hours == Sample.hours("09:00-12:00", "13:30-15:00"))
        #expect(dates[Sample.date("2026-03-07")]?.hours == Sample.hours("09:00-12:00", "14:00-15:00"))
    }

    @Test func `repeats yearly, from its first year on`() throws {
        let file = Self.file(
            "DTSTART;VALUE=DATE:20250501\nDTEND;VALUE=DATE:20250503\nRRULE:FREQ=YEARLY;COUNT=3",
            "DTSTART;VALUE=DATE:20240229\nRRULE:FREQ=YEARLY", "DTSTART;VALUE=DATE:20251230\nDURATION:P1W",
            "DTSTART;VALUE=DATE:20260601\nRRULE:FREQ=YEARLY;INTERVAL=2;UNTIL=20280601")
        let dates = try Self.read(file, years: 2026...2028, unmarked: .closed).dates.keys.map(\.description).sorted()
        #expect(
            dates == (1...5).map { "2026-01-0\($0)" } + [
                "2026-05-01", "2026-05-02", "2026-06-01", "2027-05-01", "2027-05-02", "2028-02-29", "2028-06-01",
            ])
    }

    @Test(arguments: [
        "DTSTART;VALUE=DATE:20260101\nRRULE:FREQ=YEARLY;BYDAY=1MO;BYMONTH=9",
        "DTSTART;VALUE=DATE:20260101\nRRULE:FREQ=WEEKLY",
        "DTSTART;VALUE=DATE:20260101\nEXDATE:20270101", "DTSTART;VALUE=DATE:20260101\nRDATE:20270101",
        "DTSTART;VALUE=DATE:20260230", "DTSTART;TZID=Beijing Time:20260101T080000\nDURATION:PT1H",
        "DTSTART:20260101T080000", "DTSTART;VALUE=DATE:20260105\nDTEND;VALUE=DATE:20260105",
        "DTSTART;VALUE=DATE:20260105\nDTEND;VALUE=DATE:20290105", "SUMMARY:nothing",
        "DTSTART:20260101T250000Z\nDURATION:PT1H",
        "DTSTART;VALUE=DATE:20260101\nDURATION:P1M", "DTSTART:20260101T220000\nDURATION:PT8H",
    ])
    func `is refused, with the line, where it says what is not understood`(event: String) throws {
        let good = "DTSTART;VALUE=DATE:20260501"
        let error = try #require(throws: InvalidInput.self) { try Self.read(Self.file(good, event), unmarked: .closed) }
        let lines = 6...8
        #expect(error.faults.allSatisfy { fault in lines.contains { fault.field == "/\($0)" } }, "\(error.faults)")
    }

    @Test(arguments: [
        "", "hello", "BEGIN:VCALENDAR", "BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VCALENDAR",
        "BEGIN:VCALENDAR\nnonsense\nEND:VCALENDAR",
        "BEGIN:VCALENDAR\nEND:VCALENDAR",
    ])
    func `is refused when it is none`(text: String) {
        #expect(throws: InvalidInput.self) { try Self.read(Data(text.utf8)) }
    }

    @Test func `that says a date is both is refused`() throws {
        let file = Self.file(
            "DTSTART;VALUE=DATE:20260501\nX-APPLE-SPECIAL-DAY:WORK-HOLIDAY",
            "DTSTART;VALUE=DATE:20260501\nX-APPLE-SPECIAL-DAY:ALTERNATE-WORKDAY")
        let error = try #require(throws: InvalidInput.self) { try Self.read(file) }
        #expect(error.faults.map(\.code) == ["conflict"])
    }

    @Test func `that marks a day by an unknown word is refused with the line`() throws {
        let file = Self.file("DTSTART;VALUE=DATE:20260501\nX-APPLE-SPECIAL-DAY:WORK-HOLLIDAY")
        for unmarked in HolidayCalendar.Unmarked.allCases {
            let error = try #require(throws: InvalidInput.self) { try Self.read(file, unmarked: unmarked) }
            let fault = try #require(error.faults.first)
            let lines = String(decoding: file, as: UTF8.self).split(whereSeparator: \.isNewline)
            let line = try #require(lines.firstIndex { $0.contains("HOLLIDAY") }) + 1
            #expect(fault.code == "unknownValue" && fault.field == "/\(line)" && fault.message.contains("line \(line)"))
            #expect(fault.message.contains("WORK-HOLLIDAY"))
        }
    }

    @Test func `does not cover a year that it says nothing on`() throws {
        #expect(throws: InvalidInput.self) { try Self.read(golden("china-2026", "ics"), years: 2026...2027) }
    }

    @Test func `of any bytes is refused or read, and quickly`() throws {
        var generator = SeededGenerator(state: 3)
        let good = Array(try golden("china-2026", "ics"))
        for _ in 0..<500 {
            var bytes = good
            for _ in 0..<Int.random(in: 1...20, using: &generator) {
                bytes[.random(in: bytes.indices, using: &generator)] = .random(in: 0...255, using: &generator)
            }
            do { _ = try Self.read(Data(bytes)) } catch let error as InvalidInput { #expect(!error.faults.isEmpty) }
        }
    }
}

@Suite struct `A list of holidays` {
    static func read(_ text: String, years: ClosedRange<Int> = 2026...2026) throws -> HolidayImport {
        try HolidayList.read(Data(text.utf8), years: years, for: Sample.china())
    }

    @Test func `is lines of text`() throws {
        let read = try Self.read(
            """
            # 2026
            2026-02-15..2026-02-23, closed, 春节
            2026-02-14, makeup

            2026-12-24, 09:00-12:00 13:30-15:00, early closing
            2025-12-31, closed
            """)
        #expect(read.dates.count == 11)
        #expect(read.dates[Sample.date("2026-02-14")]?.hours == Sample.office)
        #expect(read.dates[Sample.date("2026-12-24")]?.hours == Sample.hours("09:00-12:00", "13:30-15:00"))
    }

    @Test func `is the JSON of China's days off`() throws {
        let read = try Self.read(
            #"{"year":2026,"days":[{"name":"元旦","date":"2026-01-01","isOffDay":true},{"name":"元旦","date":"2026-01-04","isOffDay":false}]}"#
        )
        #expect(read.dates[Sample.date("2026-01-01")] == .init(hours: [], name: "元旦"))
        #expect(read.dates[Sample.date("2026-01-04")]?.hours == Sample.office)
    }

    @Test(arguments: [
        ("2026-02-15", 1), ("2026-02-15, shut", 1), ("# x\n2026-02-20..2026-02-10, closed", 2),
        ("2026-01-01..2028-01-01, closed", 1), ("2026-02-15, closed\n2026-02-15, makeup", 2),
        ("2026-02-15, 09:00-12:00 noon", 1),
    ])
    func `names the line that is wrong`(text: String, line: Int) throws {
        let error = try #require(throws: InvalidInput.self) { try Self.read(text) }
        #expect(error.faults.map(\.field) == ["/\(line)"])
    }
}
