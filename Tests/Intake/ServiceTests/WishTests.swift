import Contracts
import Foundation
import HTTPTypes
import HummingbirdTesting
import Kernel
import Messaging
import NIOCore
import Postgres
import ServiceKit
import TestSupport
import Testing

@testable import IntakeService

extension IntakeStand {
    /// What the dispatcher says of the ticket's work.
    fileprivate func hear(offers: [CustomerOffer]?, on created: Answer.Created) async throws {
        let moved = WorkMoved(
            workOrder: ID(UUID()), ticket: try #require(ID(created.id)), ticketNumber: created.number, subject: "",
            department: "service", state: .done, previous: nil, owner: nil, actor: nil, note: nil,
            customer: CustomerCard(
                id: ID(UUID()), name: "王", contact: nil, phone: nil, email: nil, weChatOpenID: nil,
                language: Open(.chinese)),
            address: nil, at: Date(timeIntervalSince1970: 1_790_000_000), offers: offers)
        try await database.pool.transaction { try await TicketStore().move([moved], in: $0) }
    }

    fileprivate func ask(_ number: String, _ json: String, key: String = UUID().uuidString) async throws
        -> IntakeStand.Answer
    {
        try await client.execute(
            uri: "/api/intake/v1/track/\(number)/wishes", method: .post,
            headers: [.contentType: "application/json", .idempotencyKey: key], body: ByteBuffer(string: json)
        ) { Answer(status: $0.status.code, headers: $0.headers, text: String(buffer: $0.body)) }
    }

    fileprivate func said() async throws -> [(type: String, asked: CustomerAsked, version: Int64)] {
        try await database.pool.query(
            "select type, body, aggregate_version from intake.outbox where type <> 'ticket.created.v1' order by id"
        ).map { row in
            let (type, body, version) = try row.decode(String.self, [UInt8].self, Int64.self)
            return (type, try WireJSON.decode(CustomerAsked.self, from: body), version)
        }
    }
}

@Suite struct `What a customer asks for on his ticket` {
    static let offers = [
        CustomerOffer(
            wish: Open(.answer), action: "confirmed", visit: nil, title: Phrase(zh: "已解决", en: "Solved"),
            needsReason: false,
            fields: [
                CustomerOffer.Field(
                    code: "rating", title: Phrase(zh: "评价", en: "Rating"), type: "choice", isRequired: true,
                    choices: [CustomerOffer.Choice(code: "good", title: Phrase(zh: "好", en: "Good"))])
            ]),
        CustomerOffer(
            wish: Open(.answer), action: "agreed", visit: nil, title: Phrase(zh: "同意", en: "Agreed"),
            needsReason: false,
            fields: [
                field("day", "date"), field("when", "time"), field("price", "money", min: 0, max: 500),
                field("ok", "flag"), field("words", "text", max: 5),
                CustomerOffer.Field(
                    code: "parts", title: Phrase(zh: "件", en: "Parts"), type: "choices", isRequired: false,
                    choices: [CustomerOffer.Choice(code: "a", title: Phrase(zh: "甲", en: "A"))]),
            ]),
        CustomerOffer(
            wish: Open(.withdraw), action: nil, visit: nil, title: Phrase(zh: "撤销", en: "Withdraw"), needsReason: true,
            fields: []),
        CustomerOffer(
            wish: Open(rawValue: "of-a-newer-version"), action: nil, visit: nil, title: Phrase(zh: "-", en: "-"),
            needsReason: false, fields: []),
    ]

    private static func field(_ code: String, _ type: String, min: Int? = nil, max: Int? = nil) -> CustomerOffer.Field {
        CustomerOffer.Field(
            code: code, title: Phrase(zh: code, en: code), type: type, isRequired: false, choices: [], min: min,
            max: max)
    }

    @Test func `is refused when an answer cannot be read, and taken when it can`() async throws {
        try await IntakeStand.with { stand in
            let created = try await stand.post(wish()).created
            try await stand.hear(offers: Self.offers, on: created)
            func answer(_ field: String, _ value: String) async throws -> IntakeStand.Answer {
                try await stand.ask(
                    created.number,
                    #"{"contact":"8000","wish":"answer","action":"agreed","fields":{"\#(field)":"\#(value)"}}"#)
            }
            let wrong = [
                ("day", "2026-13-45"), ("day", "0000-01-01"), ("day", "2026-02-30"),
                ("when", "0000-01-01T00:00:00+05:00"), ("when", "2026-11-23T25:99:99Z"), ("price", "xyz"),
                ("price", "-5"), ("price", "501"), ("ok", "maybe"), ("words", "123456"), ("parts", "a,b"),
            ]
            for (field, value) in wrong {
                let refused = try await answer(field, value)
                #expect(refused.status == 422, "\(field) \(value): \(refused.text)")
                #expect(try refused.problem.errors?.map(\.field) == ["/fields/\(field)"])
            }
            #expect(try await stand.said().isEmpty)
            let right = [
                ("day", "2026-11-24"), ("when", "2026-11-24T10:00"), ("price", "0"), ("price", "500"), ("ok", "yes"),
                ("words", "12345"), ("parts", "a"), ("day", " "),
            ]
            for (field, value) in right {
                #expect(try await answer(field, value).status == 202, "\(field) \(value)")
            }
        }
    }

    @Test func `is what his work offers, goes out once, and is shown to nobody else`() async throws {
        try await IntakeStand.with { stand in
            let created = try await stand.post(wish()).created
            let number = created.number
            let confirmed = #"{"contact":"8000","wish":"answer","action":"confirmed","fields":{"rating":"good"}}"#
            let early = try await stand.ask(number, confirmed)
            #expect(early.status == 409, "nothing is offered yet")
            #expect(early.text.contains(#""words":{"zh":"目前不能"#), "\(early.text)")
            try await stand.hear(offers: Self.offers, on: created)
            // A sender that knows no offers changes none.
            try await stand.hear(offers: nil, on: created)
            let track = try await stand.get("/api/intake/v1/track/\(number)?contact=8000").json
            #expect(
                (track["offers"] as? [[String: Any]])?.compactMap { $0["action"] as? String } == [
                    "confirmed", "agreed",
                ])

            let first = try await stand.ask(number, confirmed, key: "k1")
            #expect(first.status == 202, "\(first.text)")
            let again = try await stand.ask(number, confirmed, key: "k1")
            #expect(again.status == 202 && again.headers[.idempotentReplay] == "true")
            let other = try await stand.ask(number, #"{"contact":"8000","wish":"withdraw","note":"x"}"#, key: "k1")
            #expect(other.status == 409)
            #expect(
                try await stand.ask(number, #"{"contact":"8000","wish":"withdraw","note":"不要了"}"#).status == 202)
            let said = try await stand.said()
            #expect(said.map(\.type) == ["ticket.answered.v1", "ticket.withdrawn.v1"])
            #expect(said.map(\.version) == [2, 3])
            #expect(said[0].asked.action == "confirmed" && said[0].asked.fields == ["rating": "good"])
            #expect(said[1].asked.note == "不要了")

            for (who, contact) in [(number, "8001"), (number, "%"), (number, ""), ("T9999999", "8000")] {
                let body = #"{"contact":"\#(contact)","wish":"withdraw","note":"x"}"#
                #expect(try await stand.ask(who, body).status == 404, "\(who) \(contact)")
            }
        }
    }

    @Test func `is refused with every fault of its form`() async throws {
        try await IntakeStand.with { stand in
            let created = try await stand.post(wish()).created
            try await stand.hear(offers: Self.offers, on: created)
            let wrong: [(String, [String])] = [
                ("{}", ["/contact", "/wish"]), (#"{"contact":"8000","wish":"fly"}"#, ["/wish"]),
                (#"{"contact":"8000","wish":"answer"}"#, ["/action"]),
                (#"{"contact":"8000","wish":"withdraw","note":"  "}"#, ["/note"]),
                (#"{"contact":"8000","wish":"answer","action":"confirmed"}"#, ["/fields/rating"]),
                (
                    #"{"contact":"8000","wish":"answer","action":"confirmed","fields":{"rating":"bad","a/b":"1"}}"#,
                    ["/fields/rating", "/fields/a~1b"]
                ),
                (#"{"contact":"8000","wish":"withdraw","note":"\u0000"}"#, ["/note"]),
            ]
            for (body, fields) in wrong {
                let answer = try await stand.ask(created.number, body)
                #expect(answer.status == 422, "\(body): \(answer.text)")
                #expect(try answer.problem.errors?.map(\.field) == fields, "\(body)")
            }
            let long = String(repeating: "长", count: 2001)
            let answer = try await stand.ask(
                created.number, #"{"contact":"8000","wish":"withdraw","note":"\#(long)"}"#)
            #expect(answer.status == 422)
            // Of a newer version: known to nobody here.
            let newer = try await stand.ask(created.number, #"{"contact":"8000","wish":"of-a-newer-version"}"#)
            #expect(newer.status == 422)
            #expect(try await stand.said().isEmpty)
        }
    }
}
