import Contracts
@testable import DispatcherService
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

private let path = "/api/dispatch/v1/work-orders"

extension DispatcherFixture {
    /// What the follow-up says of a call to the customer of ticket 1.
    fileprivate func called(
        _ outcome: CallBackOutcome, _ wish: CallBackWish?, fields: [String: String]? = nil, note: String? = nil
    ) async throws {
        let about = Self.ticket(1)
        let answer = outcome == .satisfied ? wish?.passed : wish?.failed
        let call = CallBackCall(
            attempt: 1, outcome: outcome, score: 4, note: note, by: try member("desk").person, stay: wish?.stay,
            action: answer?.action, fields: fields)
        let moved = CallBackMoved(
            callBack: ID(UUID()), ticket: about.ticket, ticketNumber: about.number, state: .done,
            dueAt: about.createdAt,
            at: about.createdAt, call: call)
        let message = Incoming(
            envelope: Envelope(id: UUID(), type: moved.type.description, source: "followup", time: moved.at),
            body: moved)
        try await database.pool.transaction { transaction in
            let unit = try await kit.outbox.unitOfWork(in: transaction, source: "dispatcher")
            try await desk.onCallBackDone.run([message], in: unit)
            try await kit.outbox.save(unit)
        }
    }

    /// Work that waits for its call-back.
    fileprivate func solved(_ client: any TestClientProtocol) async throws -> ID<WorkOrder> {
        try await putInForce("s0-direct", client)
        let id = try await open(kind: .question)
        try await solve(id, client)
        return id
    }

    fileprivate func solve(_ id: ID<WorkOrder>, _ client: any TestClientProtocol)
        async throws
    {
        let answer = try await client.call(
            .post, "\(path)/\(id)/actions/solve", token: try await token("engineer"),
            json: #"{"fields":{"process":"查日志","solution":"重装驱动"}}"#)
        #expect(answer.status == 200, "\(answer.text)")
    }

    fileprivate func wish() async throws -> CallBackWish? { try await messages().compactMap(\.callBack).last }
}

@Suite struct `What a customer says when he is called back` {
    @Test func `closes the work, and ticks the errand off`() async throws {
        try await withDispatcher { dispatcher, client in
            let id = try await dispatcher.solved(client)
            let wish = try await dispatcher.wish()
            #expect(wish?.passed?.action == "confirmed" && wish?.failed?.action == "not-solved")
            #expect(wish?.failed?.needsReason == true && wish?.stay?.step == "callback")
            try await dispatcher.called(.satisfied, wish, note: "很好")
            let work = try await client.call(.get, "\(path)/\(id)", token: dispatcher.token("desk"))
            #expect(work["work.step"] == "closed", "\(work.text)")
            #expect(work["errands.0.kind"] == "call-back" && work["errands.0.note"] == "很好", "\(work.text)")
        }
    }

    @Test func `sends the work back with his reason, once, whatever is said of that stay later`() async throws {
        try await withDispatcher { dispatcher, client in
            let id = try await dispatcher.solved(client)
            let first = try await dispatcher.wish()
            try await dispatcher.called(.unsatisfied, first, note: "还是不行")
            let desk = try await dispatcher.token("desk")
            func work() async throws -> Answer { try await client.call(.get, "\(path)/\(id)", token: desk) }
            let back = try await work()
            let step = try #require(back["work.step"])
            #expect(step != "callback" && step != "closed")
            #expect(try await dispatcher.messages().last?.note == "还是不行")
            #expect(try await dispatcher.messages().last?.actor?.name == "赵敏")
            try await dispatcher.called(.satisfied, first)
            #expect(try await work()["work.step"] == step, "the work has moved on since")
            #expect(try await dispatcher.messages().last?.happened != ["callBackRefused"])
        }
    }

    @Test func `comes back to the follow-up when the process cannot do it`() async throws {
        try await withDispatcher { dispatcher, client in
            let id = try await dispatcher.solved(client)
            let wish = try await dispatcher.wish()
            let told = try await dispatcher.messages().count
            try await dispatcher.called(.satisfied, wish, fields: ["unheard_of": "x"])
            let work = try await client.call(.get, "\(path)/\(id)", token: dispatcher.token("desk"))
            #expect(work["work.step"] == "callback")
            #expect(work["errands.0.doneAt"] == nil, "\(work.text)")
            let messages = try await dispatcher.messages()
            #expect(messages.count == told + 1)
            let refusal = try #require(messages.last)
            #expect(refusal.happened == ["callBackRefused"] && !refusal.isStep)
            #expect(refusal.callBack?.dueAt == refusal.at && refusal.callBack?.stay == wish?.stay)
            #expect(refusal.note?.isEmpty == false)
            // What was said next is done.
            try await dispatcher.called(.satisfied, refusal.callBack)
            let closed = try await client.call(.get, "\(path)/\(id)", token: dispatcher.token("desk"))
            #expect(closed["work.step"] == "closed", "\(closed.text)")
            let versions = try await dispatcher.database.pool.query(
                "select aggregate_version from dispatch.outbox where type like 'work.%' order by id"
            ).map { try $0.decode(Int64.self) }
            #expect(versions == Array(2..<Int64(versions.count + 2)))
        }
    }
}
