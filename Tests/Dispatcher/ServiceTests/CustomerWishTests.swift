import Contracts
@testable import DispatcherService
import DispatcherDomain
import Foundation
import Hummingbird
import Kernel
import Messaging
import Postgres
import ServiceKit
import TestSupport
import Testing

private let path = "/api/dispatch/v1/work-orders"

extension DispatcherFixture {
    /// What intake says that the customer asks for on ticket number `ticket`.
    fileprivate func ask(
        _ wish: CustomerWish, _ action: String? = nil, fields: [String: String]? = nil, note: String? = nil,
        ticket: Int = 1
    ) async throws {
        let about = Self.ticket(ticket)
        let asked = CustomerAsked(
            ticket: about.ticket, ticketNumber: about.number, wish: wish, action: action, visit: nil, fields: fields,
            note: note, at: about.createdAt)
        let message = Incoming(
            envelope: Envelope(id: UUID(), type: asked.type.description, source: "intake", time: asked.at), body: asked)
        try await database.pool.transaction { transaction in
            let unit = try await kit.outbox.unitOfWork(in: transaction, source: "dispatcher")
            try await desk.onCustomerAsked.run([message], in: unit)
            try await kit.outbox.save(unit)
        }
    }
}

@Suite struct `A customer's wish` {
    @Test func `is done when his work's process lets him, and told`() async throws {
        try await withDispatcher { dispatcher, client in
            try await dispatcher.putInForce("s0-direct", client)
            let id = try await dispatcher.open(kind: .question)
            let engineer = try await dispatcher.token("engineer")
            let desk = try await dispatcher.token("desk")
            func step() async throws -> String? {
                try await client.call(.get, "\(path)/\(id)", token: desk)["work.step"]
            }
            try await dispatcher.ask(.urge, note: "很急")
            // Once in half an hour.
            try await dispatcher.ask(.urge)
            // Not here: nobody has solved it yet.
            try await dispatcher.ask(.answer, "confirmed")
            let urged = try await client.call(.get, "\(path)/\(id)", token: desk)
            #expect(urged["urges"] == "1", "\(urged.text)")
            #expect(try await step() == "level-1")

            let solved = try await client.call(
                .post, "\(path)/\(id)/actions/solve", token: engineer,
                json: #"{"fields":{"process":"查日志","solution":"重装驱动"}}"#)
            #expect(solved.status == 200, "\(solved.text)")
            let offers = try await dispatcher.messages().last?.offers ?? []
            #expect(offers.compactMap(\.action).sorted() == ["confirmed", "not-solved"])
            #expect(offers.compactMap(\.wish.known).contains(.withdraw))
            try await dispatcher.ask(.answer, "not-solved")
            #expect(try await step() == "callback", "a reason is wanted")
            try await dispatcher.ask(.answer, "confirmed")
            #expect(try await step() == "closed")
            let messages = try await dispatcher.messages()
            #expect(messages.last?.offers == [])
            #expect(messages.contains { $0.happened == ["urged"] })
        }
    }

    @Test func `is not done when something in it cannot be read`() async throws {
        try await withDispatcher { dispatcher, client in
            try await dispatcher.putInForce("s0-direct", client)
            let id = try await dispatcher.open(kind: .question)
            let solved = try await client.call(
                .post, "\(path)/\(id)/actions/solve", token: dispatcher.token("engineer"),
                json: #"{"fields":{"process":"查日志","solution":"重装驱动"}}"#)
            #expect(solved.status == 200, "\(solved.text)")
            try await dispatcher.ask(.answer, "confirmed", fields: ["unheard_of": "x"])
            let desk = try await dispatcher.token("desk")
            #expect(try await client.call(.get, "\(path)/\(id)", token: desk)["work.step"] == "callback")
        }
    }

    @Test func `waits for the work order of its ticket`() async throws {
        try await withDispatcher { dispatcher, _ in
            await #expect(throws: HandlingError.self) { try await dispatcher.ask(.urge, ticket: 7) }
        }
    }
}

@Suite struct `A command that is given again` {
    @Test func `is good for whoever lost the answer, and for nobody who comes back to it later`() async throws {
        try await withDispatcher { dispatcher, client in
            let id = try await dispatcher.open()
            let engineer = try await dispatcher.token("engineer")
            let desk = try await dispatcher.token("desk")
            func act(_ action: String, _ token: String, _ json: String = "{}") async throws -> Answer {
                try await client.call(.post, "\(path)/\(id)/actions/\(action)", token: token, json: json)
            }
            for action in ["accept", "depart", "arrive", "finish"] {
                #expect(try await act(action, engineer).status == 200)
                #expect(try await act(action, engineer).status == 200, "\(action) once more")
            }
            #expect(try await act("again", desk, #"{"reason":"还在漏"}"#).status == 200)
            for action in ["finish", "depart"] {
                let late = try await act(action, engineer)
                #expect(late.status != 200, "\(action): \(late.text)")
            }
        }
    }

    @Test func `names nobody who could not see the work`() async throws {
        try await withDispatcher { dispatcher, client in
            let id = try await dispatcher.open()
            #expect(
                try await client.call(
                    .post, "\(path)/\(id)/actions/accept", token: dispatcher.token("engineer"), json: "{}"
                ).status == 200)
            let elsewhere = try dispatcher.member("shanghai").person.id
            let answer = try await client.call(
                .post, "\(path)/\(id)/transfer", token: dispatcher.token("engineer"),
                json: #"{"candidate":{"staff":"\#(elsewhere)"},"reason":"请假"}"#)
            #expect(answer.problem == "unsuitable", "\(answer.text)")
        }
    }
}
