import BusinessTime
import Foundation
import Kernel
import Testing

@Suite struct `A date` {
    @Test func `has the weekday and the text that Foundation gives it`() throws {
        var gregorian = Calendar(identifier: .gregorian)
        gregorian.timeZone = try #require(TimeZone(identifier: "UTC"))
        for number in stride(from: -25_000, to: 100_000, by: 37) {
            let day = gregorian.dateComponents([.year, .month, .day, .weekday], from: Date(epoch: number * 86400))
            let date = try #require(LocalDate(year: day.year ?? 0, month: day.month ?? 0, day: day.day ?? 0))
            #expect([date.year, date.month, date.day] == [day.year, day.month, day.day])
            #expect(Weekday.allCases[((day.weekday ?? 0) + 5) % 7] == date.weekday)
            #expect(LocalDate(date.description) == date)
        }
    }

    @Test(arguments: [
        "2026-02-29", "2026-13-01", "2026-00-01", "2026-1-01", "1899-12-31", "2026-01-01 ", "２026-01-01", "",
    ])
    func `is refused when there is none`(text: String) { #expect(LocalDate(text) == nil) }

    @Test(arguments: [
        "9:00-12:00", "09:00-24:01", "09:60-12:00", "09:00", "09:00-09:00", "24:00-06:00", "-", "09:00-12:00-13:00",
    ])
    func `has no such hours`(text: String) { #expect(OpenInterval(text) == nil) }
}

@Suite struct `A calendar file` {
    static let file = """
        {
          "key": "cn", "version": 3, "title": {"zh": "总部", "en": "Head office"}, "timeZone": "Asia/Shanghai",
          "weekly": {"mon": ["09:00-12:00", "13:30-18:00"], "sat": ["22:00-06:00"]},
          "makeUpHours": ["09:00-12:00", "13:30-18:00"],
          "dates": {"2026-02-17": {"hours": [], "name": "春节"}, "2026-02-14": {"hours": ["09:00-12:00"]}},
          "covers": [2026], "beyond": "flag"
        }
        """

    @Test func `is read and written back`() throws {
        let calendar = try WorkCalendar.read(Data(Self.file.utf8))
        #expect(calendar.weekly[.monday] == Sample.office)
        #expect(calendar.dates[Sample.date("2026-02-17")]?.name == "春节")
        #expect(calendar.covers == .years([2026]))
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        let written = try encoder.encode(calendar)
        #expect(try WorkCalendar.read(written) == calendar)
        #expect(String(decoding: written, as: UTF8.self).contains("\"sat\":[\"22:00-06:00\"]"))
    }

    @Test(arguments: [
        ("Asia/Shanghai", "Asia/Peking", "/timeZone"), ("Asia/Shanghai", "CST", "/timeZone"),
        ("Asia/Shanghai", "GMT+08:00", "/timeZone"), ("\"13:30-18:00\"]", "\"11:30-18:00\"]", "/weekly/mon"),
        ("\"22:00-06:00\"", "\"22-06\"", "/weekly/sat/0"), ("2026-02-17", "2026-02-30", "/dates"),
        ("[2026]", "\"always\"", "/covers"), ("[2026]", "[26]", "/covers"), ("\"flag\"", "\"guess\"", "/beyond"),
        ("\"version\": 3", "\"version\": 0", "/version"), ("\"key\": \"cn\"", "\"key\": \"总部\"", "/key"),
        ("\"key\": \"cn\",", "", "/key"),
    ])
    func `says where it is wrong`(right: String, wrong: String, field: String) throws {
        let data = Data(Self.file.replacing(right, with: wrong, maxReplacements: 1).utf8)
        let error = try #require(throws: InvalidInput.self) { try WorkCalendar.read(data) }
        #expect(error.faults.contains { $0.field.hasPrefix(field) }, "\(error.faults)")
        #expect(error.faults.allSatisfy { !$0.message.isEmpty })
    }
}
