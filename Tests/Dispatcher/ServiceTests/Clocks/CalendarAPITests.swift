import BusinessTime
import Foundation
import Hummingbird
import HummingbirdTesting
import Postgres
import ServiceKit
import TestSupport
import Kernel
import Contracts
import Messaging
import Testing

@testable import DispatcherService

private let path = "/api/dispatch/v1"

/// China's days off of 2026, in part, as a calendar of the season has them.
private let holidays = """
    BEGIN:VCALENDAR
    BEGIN:VEVENT
    DTSTART;VALUE=DATE:20260217
    SUMMARY:春节
    X-APPLE-SPECIAL-DAY:WORK-HOLIDAY
    END:VEVENT
    BEGIN:VEVENT
    DTSTART;VALUE=DATE:20260214
    SUMMARY:春节调休
    X-APPLE-SPECIAL-DAY:ALTERNATE-WORKDAY
    END:VEVENT
    END:VCALENDAR
    """

private func importing(_ file: String, version: Int = 1, year: Int = 2026, more: String = "") throws -> String {
    let text = String(decoding: try JSONEncoder().encode(file), as: UTF8.self)
    return
        #"{"expectedVersion":\#(version),"format":"ics","file":\#(text),"from":\#(year),"unmarked":"ignored"\#(more)}"#
}

@Suite struct `Calendars in the API` {
    @Test func `tell which years they do not cover, and cover them once the holidays are imported`() async throws {
        try await withDispatcher { dispatcher, client in
            let admin = try await dispatcher.token("admin")
            let list = try await client.call(.get, "\(path)/calendars", token: try await dispatcher.token("engineer"))
            #expect(list["items.0.key"] == "office")
            let year = Calendar(identifier: .gregorian).component(.year, from: Date())
            #expect(list["items.0.uncoveredYears.0"] == String(year))
            let trial = try await client.call(
                .post, "\(path)/calendars/office/holidays", token: admin,
                json: try importing(holidays, more: #","isTrial":true"#))
            #expect(trial.status == 200)
            #expect(trial["calendar.version"] == "2")
            let done = try await client.call(
                .post, "\(path)/calendars/office/holidays", token: admin, json: try importing(holidays))
            #expect(done.status == 200, "\(done.text)")
            #expect(done["dates.2026-02-14.hours"] == "09:00-12:00,13:30-18:00")
            let shown = try await client.call(.get, "\(path)/calendars/office", token: admin)
            #expect(shown["calendar.version"] == "2")
            #expect(shown["calendar.covers.0"] == "2026")
            #expect(shown["calendar.dates.2026-02-17.name"] == "春节")
            // A version is for ever.
            let first = try await client.call(.get, "\(path)/calendars/office?version=1", token: admin)
            #expect(first["calendar.covers.0"] == nil)
            #expect(first["calendar.version"] == "1")
            let versions = try await client.call(.get, "\(path)/calendars/office/versions", token: admin)
            #expect(versions["items.0.cause"] == "import")
            #expect(versions["items.1.cause"] == "put")
            #expect(try await dispatcher.record().last == "holidaysImported office service")
            // The years are those of the suite's clock, not of the machine's.
            try await dispatcher.advance(.seconds(3 * 366 * 86_400))
            let ahead = try await client.call(
                .get, "\(path)/calendars/office", token: try await dispatcher.token("engineer"))
            #expect(ahead["uncoveredYears.0"] == String(year + 3), "\(ahead.text)")
        }
    }

    @Test func `say with its line what is wrong with a file, and are not changed by it`() async throws {
        try await withDispatcher { dispatcher, client in
            let admin = try await dispatcher.token("admin")
            let broken = holidays.replacing("20260214", with: "2026-02-14")
            let refused = try await client.call(
                .post, "\(path)/calendars/office/holidays", token: admin, json: try importing(broken))
            #expect(refused.status == 422)
            #expect(refused["errors.0.field"] == "/file/8")
            let uncovered = try await client.call(
                .post, "\(path)/calendars/office/holidays", token: admin, json: try importing(holidays, year: 2027))
            #expect(uncovered.status == 422)
            #expect(uncovered["errors.0.message"]?.contains("2027") == true)
            let stale = try await client.call(
                .post, "\(path)/calendars/office/holidays", token: admin, json: try importing(holidays, version: 7))
            #expect(stale.status == 409)
            #expect(stale["current.version"] == "1")
            let shown = try await client.call(.get, "\(path)/calendars/office", token: admin)
            #expect(shown["calendar.version"] == "1")
            let large = try await client.call(
                .post, "\(path)/calendars/office/holidays", token: admin,
                json: try importing(String(repeating: "x", count: 2_200_000)))
            #expect(large.status == 413)
        }
    }

    @Test func `take dates of their own, and show the hours that come of it`() async throws {
        try await withDispatcher { dispatcher, client in
            let admin = try await dispatcher.token("admin")
            let set = try await client.call(
                .put, "\(path)/calendars/office/dates", token: admin,
                json: #"{"expectedVersion":1,"set":{"2026-11-24":{"hours":["09:00-10:00"],"name":"盘点"}},"note":"盘点"}"#)
            #expect(set.status == 200, "\(set.text)")
            let hours = "\(path)/calendars/office/hours?from=2026-11-23T16:00:00Z&until=2026-11-24T16:00:00Z"
            let shown = try await client.call(.get, hours, token: admin)
            #expect(
                shown["items.0.from"] == "2026-11-24T01:00:00.000Z" || shown["items.0.from"] == "2026-11-24T01:00:00Z")
            #expect(shown["items.1.from"] == nil)
            #expect(shown["uncoveredYears"] == "2026")
            let removed = try await client.call(
                .put, "\(path)/calendars/office/dates", token: admin,
                json: #"{"expectedVersion":2,"remove":["2026-11-24"]}"#)
            #expect(removed.status == 200)
            #expect(try await client.call(.get, hours, token: admin)["items.1.from"] != nil)
        }
    }

    @Test func `are made and changed by administrators of their department only`() async throws {
        try await withDispatcher { dispatcher, client in
            let body = #"""
                {"expectedVersion":0,"department":"shanghai","calendar":{"timeZone":"Asia/Shanghai",
                 "weekly":{"mon":["22:00-06:00"]},"covers":"everyYear"}}
                """#
            for login in ["engineer", "manager", "shanghai-station"] {
                let answer = try await client.call(
                    .put, "\(path)/calendars/nights", token: try await dispatcher.token(login), json: body)
                #expect(answer.status == 403)
                #expect(answer.problem == "role-missing")
            }
            let admin = try await dispatcher.token("admin")
            #expect(try await client.call(.put, "\(path)/calendars/nights", token: admin, json: body).status == 201)
            let elsewhere = body.replacing("shanghai\"", with: "rnd\"")
            let refused = try await client.call(.put, "\(path)/calendars/labs", token: admin, json: elsewhere)
            #expect(refused.problem == "other-department")
            let reserved = try await client.call(.put, "\(path)/calendars/department", token: admin, json: body)
            #expect(reserved.problem == "reserved-key")
            let zone = body.replacing("Asia/Shanghai", with: "Mars/Olympus").replacing("nights", with: "x")
            let unknown = try await client.call(.put, "\(path)/calendars/other", token: admin, json: zone)
            #expect(unknown.status == 422)
            #expect(unknown["errors.0.field"] == "/timeZone")
        }
    }
}

@Suite struct `Policies in the API` {
    private let rows = #"""
        [{"levels":["vip"],"targets":[{"timer":"solution","limit":{"amount":2,"unit":"hours"},"calendar":"office"}]},
         {"targets":[{"timer":"solution","limit":{"amount":8,"unit":"hours"},"calendar":"department",
          "thresholds":[{"at":"75%","actions":[{"remind":["owner"]}]}]}]}]
        """#

    @Test func `are checked, put, shown and agreed, each on the record`() async throws {
        try await withDispatcher { dispatcher, client in
            let admin = try await dispatcher.token("admin")
            let put = try await client.call(
                .put, "\(path)/policies/standard", token: admin,
                json: #"{"expectedVersion":0,"department":"service","policy":{"rows":\#(rows)}}"#)
            #expect(put.status == 201, "\(put.text)")
            let again = try await client.call(
                .put, "\(path)/policies/standard", token: admin,
                json: #"{"expectedVersion":0,"department":"service","policy":{"rows":\#(rows)}}"#)
            #expect(again.status == 409)
            #expect(again["current.version"] == "1")
            let agreed = try await client.call(
                .put, "\(path)/agreements/service", token: admin,
                json: #"{"expectedVersion":1,"policy":"standard","calendar":"office"}"#)
            #expect(agreed.status == 200, "\(agreed.text)")
            let unknown = try await client.call(
                .put, "\(path)/agreements/service", token: admin, json: #"{"expectedVersion":2,"policy":"gold"}"#)
            #expect(unknown.problem == "unknown-policy")
            #expect(
                Array(try await dispatcher.record().suffix(2)) == [
                    "policyKept standard service", "agreementKept service service",
                ])
        }
    }

    @Test func `with a row that is never used, or an unknown calendar, are refused with its place`() async throws {
        try await withDispatcher { dispatcher, client in
            let admin = try await dispatcher.token("admin")
            let bad = rows.replacing(#""levels":["vip"],"#, with: "").replacing("\"office\"", with: "\"moon\"")
            let checked = try await client.call(
                .post, "\(path)/policies/check", token: admin, json: #"{"policy":{"rows":\#(bad)}}"#)
            #expect(checked.status == 200)
            #expect(checked["faults.0.field"] == "/policy/rows/0/targets/0/calendar")
            #expect(checked["faults.1.field"] == "/policy/rows/1/targets/0")
            let put = try await client.call(
                .put, "\(path)/policies/standard", token: admin,
                json: #"{"expectedVersion":0,"department":"service","policy":{"rows":\#(bad)}}"#)
            #expect(put.status == 422)
            #expect(put["errors.0.field"] == "/policy/rows/0/targets/0/calendar")
            for key in ["%C2%84", "Gold", "2nd", "process:x"] {
                let named = try await client.call(
                    .put, "\(path)/policies/\(key)", token: admin,
                    json: #"{"expectedVersion":0,"department":"service","policy":{"rows":[]}}"#)
                #expect(named.status == 422, "\(key): \(named.text)")
                let calendar = try await client.call(
                    .put, "\(path)/calendars/\(key)", token: admin,
                    json: """
                        {"expectedVersion":0,"department":"service",
                         "calendar":{"timeZone":"UTC","weekly":{},"covers":"everyYear"}}
                        """)
                #expect(calendar.status == 422, "\(key): \(calendar.text)")
            }
        }
    }
}
