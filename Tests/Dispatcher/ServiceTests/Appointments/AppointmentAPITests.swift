@testable import DispatcherService
import Contracts
import DispatcherDomain
import Foundation
import Hummingbird
import HummingbirdTesting
import Kernel
import Messaging
import Postgres
import ServiceKit
import TestSupport
import Testing

private let api = "/api/dispatch/v1"

extension DispatcherFixture {
    /// A repair with a visit of the engineer's, whose time is not agreed yet.
    func withVisit(_ number: Int, _ client: any TestClientProtocol) async throws -> ID<WorkOrder> {
        let id = try await open(number)
        let engineer = try await token("engineer")
        let staff = #"{"candidate":{"staff":"\#(try member("engineer").person.id)"}}"#
        for (who, command, json) in [
            (try await token("desk"), "actions/dispatch", staff), (engineer, "actions/accept", "{}"),
            (engineer, "actions/open-sheet", staff),
        ] {
            let answer = try await client.call(.post, "\(api)/work-orders/\(id)/\(command)", token: who, json: json)
            #expect(answer.status == 200, "\(command): \(answer.text)")
        }
        return id
    }

    func book(
        _ id: ID<WorkOrder>, _ json: String, _ client: any TestClientProtocol, by login: String = "desk"
    ) async throws -> Answer {
        try await client.call(
            .put, "\(api)/work-orders/\(id)/visits/1/appointment", token: try await token(login), json: json)
    }

    func suiteTime() async throws -> Date {
        try await database.pool.transaction { try await $0.now(schema: DispatcherService.schema) }
    }
}

@Suite struct `Appointments over HTTP` {
    /// Tomorrow at ten in China, and hours later.
    static func tomorrow(_ dispatcher: DispatcherFixture, hours: Double = 0) async throws -> Date {
        let now = try await dispatcher.suiteTime()
        let day = (now.timeIntervalSince1970 / 86_400).rounded(.down) + 1
        return Date(timeIntervalSince1970: day * 86_400 + (2 + hours) * 3600)
    }

    @Test func `are booked, told to the customer by the process, confirmed and moved by his link`() async throws {
        try await withDispatcher { dispatcher, client in
            try await dispatcher.putInForce("s3-repair", client)
            let id = try await dispatcher.withVisit(1, client)
            let start = try await Self.tomorrow(dispatcher)
            let booked = try await dispatcher.book(
                id, #"{"start":"\#(WireJSON.text(of: start))","minutes":90,"access":"08:00-20:00"}"#, client)
            #expect(booked.status == 200, "\(booked.text)")
            #expect(booked["window.from"] == WireJSON.text(of: start) && booked["sequence"] == "0")
            let link = "\(api)/appointments/\(try #require(booked["link"]))"
            let seen = try await client.call(.get, link)
            #expect(
                seen["window.from"] == WireJSON.text(of: start) && seen.text.contains(#""confirmed":false"#),
                "\(seen.text)")
            #expect(seen["slots.0.from"] != nil)
            // He sees the window, not who comes at which minute.
            #expect(!seen.text.contains("王磊") && !seen.text.contains("crew"))
            let confirmed = try await client.call(.post, link + "/confirmation")
            #expect(confirmed.text.contains(#""confirmed":true"#), "\(confirmed.text)")
            let later = WireJSON.text(of: start + 3 * 3600)
            let moved = try await client.call(.put, link, json: #"{"from":"\#(later)"}"#)
            #expect(moved["window.from"] == later && moved.text.contains(#""confirmed":false"#), "\(moved.text)")
            let past = try await client.call(.put, link, json: #"{"from":"2020-01-01T00:00:00Z"}"#)
            #expect(past.status == 409 && past.problem == "not-free", "\(past.text)")
            let file = try await client.call(.get, link + "/calendar.ics")
            #expect(file.text.contains("SEQUENCE:1\r\n") && file.text.contains("BEGIN:VEVENT"), "\(file.text)")
            let order = try await client.call(
                .get, "\(api)/work-orders/\(id)", token: try await dispatcher.token("desk"))
            #expect(order["visits.0.step"] == "travel")
            let told = try await dispatcher.messages().flatMap { ($0.notices ?? []).filter { $0.to == "customer" } }
            #expect(told.map(\.occasion).suffix(2) == ["appointment", "appointment-moved"])
            for bad in ["x", "x.y", try #require(booked["link"]) + "A"] {
                #expect(try await client.call(.get, "\(api)/appointments/\(bad)").status == 404)
                #expect(
                    try await client.call(.put, "\(api)/appointments/\(bad)", json: #"{"from":"\#(later)"}"#).status
                        == 404)
            }
        }
    }

    @Test func `of one person never overlap, however many are booked at once`() async throws {
        try await withDispatcher { dispatcher, client in
            try await dispatcher.putInForce("s3-repair", client)
            var orders: [ID<WorkOrder>] = []
            for number in 1...6 { orders.append(try await dispatcher.withVisit(number, client)) }
            let start = WireJSON.text(of: try await Self.tomorrow(dispatcher))
            let ids = orders
            let answers = try await withThrowingTaskGroup(of: Answer.self) { group in
                for id in ids {
                    group.addTask { try await dispatcher.book(id, #"{"start":"\#(start)","minutes":60}"#, client) }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(answers.filter { $0.status == 200 }.count == 1)
            #expect(answers.filter { $0.status == 409 && $0.problem == "not-free" }.count == 5)
            let overlaps = try await dispatcher.database.pool.query(
                """
                select 1 as one
                from dispatch.appointment_booking a
                join dispatch.appointment_booking b on b.staff = a.staff and b.work_order <> a.work_order
                  and b.starts_at < a.ends_at and a.starts_at < b.ends_at
                """)
            #expect(overlaps.isEmpty)
            // Who was refused stands where he stood, and another time is free, with the way between.
            let losers = zip(ids, 0..<6).map(\.0)
            var states: [String] = []
            for id in losers {
                let order = try await client.call(
                    .get, "\(api)/work-orders/\(id)", token: try await dispatcher.token("desk"))
                states.append(order["visits.0.step"] ?? "")
            }
            #expect(states.filter { $0 == "travel" }.count == 1 && states.filter { $0 == "agreed" }.count == 5)
        }
    }

    @Test func `leave out who is away, the way between two, and hours in which nobody is there`() async throws {
        try await withDispatcher { dispatcher, client in
            try await dispatcher.putInForce("s3-repair", client)
            let id = try await dispatcher.withVisit(1, client)
            let start = try await Self.tomorrow(dispatcher)
            let desk = PeopleDesk(pool: dispatcher.database.pool, outbox: dispatcher.kit.outbox)
            let engineer = try dispatcher.member("engineer").person.id
            let leave = try await TakeLeave(desk: desk).request(
                .init(kind: "sick", start: start, end: start + 4 * 3600, reason: nil), staff: engineer, deputy: nil,
                for: .operators)
            _ = try await client.call(
                .post, "\(api)/leaves/\(leave.id)/approve", token: try await dispatcher.token("manager"))
            let away = try await dispatcher.book(
                id, #"{"start":"\#(WireJSON.text(of: start + 3 * 3600))"}"#, client)
            #expect(away.status == 409 && away["words.zh"]?.contains("不在岗") == true, "\(away.text)")
            let slots = try await client.call(
                .get, "\(api)/work-orders/\(id)/visits/1/slots?from=\(WireJSON.text(of: start))&minutes=60",
                token: try await dispatcher.token("desk"))
            #expect(slots["items.0.start"] == WireJSON.text(of: start + 4 * 3600), "\(slots.text)")
            let access = try await dispatcher.book(
                id, #"{"start":"\#(WireJSON.text(of: start + 5 * 3600))","access":"08:00-10:00"}"#, client)
            #expect(access.status == 409, "\(access.text)")
            for (json, field) in [
                (#""minutes":5"#, "/minutes"), (#""days":9"#, "/days"), (#""access":"early""#, "/access"),
                (#""windowStart":"2020-01-01T00:00:00Z""#, "/windowStart"),
                (#""helpers":["0192aaaa-0000-7000-8000-000000000001"]"#, "/helpers"),
            ] {
                let bad = try await dispatcher.book(
                    id, #"{"start":"\#(WireJSON.text(of: start + 5 * 3600))",\#(json)}"#, client)
                #expect(bad.status == 422 && bad["errors.0.field"] == field, "\(bad.text)")
            }
            #expect(try await dispatcher.database.pool.query("select 1 as one from dispatch.appointment").isEmpty)
            // What the visit's own action sets is booked, too, once there is an appointment, and refused if not free.
            #expect(
                try await dispatcher.book(id, #"{"start":"\#(WireJSON.text(of: start + 5 * 3600))"}"#, client).status
                    == 200)
            let plain = try await client.call(
                .post, "\(api)/work-orders/\(id)/visits/1/actions/move-appointment",
                token: try await dispatcher.token("engineer"),
                json: #"{"fields":{"appointment":"\#(WireJSON.text(of: start + 1800))"},"reason":"早点"}"#)
            #expect(plain.status == 409 && plain.problem == "not-free", "\(plain.text)")
        }
    }
}
