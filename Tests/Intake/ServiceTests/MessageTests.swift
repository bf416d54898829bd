import AMQP
import Contracts
import Foundation
import Hummingbird
import Kernel
import Messaging
import Postgres
import ServiceKit
import ServiceLifecycle
import TestSupport
import Testing

@testable import IntakeService

/// Intake with a broker: its consumers, its relay and its archiver run.
private func withRunningIntake(
    _ body: @escaping @Sendable (IntakeStand, TestVhost) async throws -> Void
) async throws {
    try await withVhost(declarations: Topology.suite.owned(by: "intake").declarations) { vhost in
        try await IntakeStand.with(broker: vhost.client) { stand in
            let kit = stand.kit
            let parts: [any Service] = [
                kit.relay, kit.deadLetterArchiver(),
                kit.consumer(
                    "intake.inbound", routes: [OnInboundRequest.route(kinds: TicketKind.allCases.map(\.rawValue))]),
                kit.consumer("intake.events", routes: [OnWorkMoved.route]),
            ]
            try await withThrowingTaskGroup(of: Void.self) { group in
                // Ended by the cancellation below.
                for part in parts { group.addTask { try? await part.run() } }
                try await body(stand, vhost)
                group.cancelAll()
            }
        }
    }
}

private func request(
    _ body: InboundRequest, id: String?, user: String, replyTo: String? = nil, key: String = "inbound.mail"
) throws -> Publication {
    var properties = MessageProperties()
    properties.contentType = "application/json"
    properties.type = "inbound.request.v1"
    properties.messageID = id
    properties.userID = user
    properties.replyTo = replyTo
    return Publication(
        exchange: Topology.ExchangeName.inbound, routingKey: key, properties: properties,
        body: try WireJSON.encode(body))
}

@Suite struct `An adapter's request` {
    @Test func `becomes one ticket however often it is sent, and is answered`() async throws {
        try await withRunningIntake { stand, vhost in
            let user = vhost.settings().user
            let reply = Topology.replyQueue(of: user)
            try await vhost.client.declare(
                Declarations(
                    queues: [.quorum(reply)],
                    bindings: [BindingDeclaration(exchange: Topology.ExchangeName.replies, queue: reply, key: reply)]))
            let one = try request(wish(), id: "mail-17", user: user, replyTo: reply)
            let other = try request(wish("漏水"), id: "mail-18", user: user)
            let outcomes = await vhost.client.publish([one, one, other, one])
            #expect(outcomes.allSatisfy { $0 == .confirmed })
            let answers = vhost.client.consume(reply, prefetch: 10)
            let batch = try #require(await answers.nextBatch(upTo: 1))
            let answer = try WireJSON.decode(InboundAnswer.self, from: batch[0].body)
            #expect(answer.outcome == Open(.accepted))
            #expect(answer.request == "mail-17")
            #expect(batch[0].properties.correlationID == "mail-17")
            #expect(answer.number?.hasPrefix("T1") == true)
            try await eventually("both tickets") {
                try await stand.count("select count(*) from intake.ticket") == 2
            }
            try await eventually("everything handled") { try await vhost.queueDepth("intake.inbound") == 0 }
            #expect(try await stand.count("select count(*) from intake.ticket") == 2)
            #expect(try await stand.count("select count(*) from intake.ticket where channel = 'mail'") == 2)
            await answers.cancel()
        }
    }

    @Test func `is refused with every fault: answered, archived, and its neighbours go on`() async throws {
        try await withRunningIntake { stand, vhost in
            let user = vhost.settings().user
            let reply = Topology.replyQueue(of: user)
            try await vhost.client.declare(
                Declarations(
                    queues: [.quorum(reply)],
                    bindings: [BindingDeclaration(exchange: Topology.ExchangeName.replies, queue: reply, key: reply)]))
            let good = try (1...20).map { try request(wish("事 \($0)"), id: "good-\($0)", user: user) }
            var bad = try request(
                InboundRequest(subject: "", customer: .init(name: "王", phone: "1")), id: "bad", user: user,
                replyTo: reply)
            bad.routingKey = "inbound.fax"
            var unreadable = try request(wish(), id: "unreadable", user: user)
            unreadable.body = Array("{\"subject\": 7}".utf8)
            let channelless = try request(wish(), id: "channelless", user: user, key: "inbound.A_B")
            _ = await vhost.client.publish(good + [bad, unreadable, channelless])

            let answers = vhost.client.consume(reply, prefetch: 10)
            let batch = try #require(await answers.nextBatch(upTo: 1))
            let answer = try WireJSON.decode(InboundAnswer.self, from: batch[0].body)
            #expect(answer.outcome == Open(.refused))
            #expect(answer.request == "bad")
            #expect(Set((answer.faults ?? []).map(\.field)) == ["/subject", "/customer/phone"])
            try await eventually("all good tickets and three dead letters") {
                let tickets = try await stand.count("select count(*) from intake.ticket")
                let dead = try await stand.count("select count(*) from intake.dead_letter")
                return tickets == 20 && dead == 3
            }
            let letters = try await stand.database.pool.query(
                "select message_id, queue, reason from intake.dead_letter order by message_id"
            ).map { try $0.decode(String.self, String.self, String.self) }
            #expect(letters.map(\.0) == ["bad", "channelless", "unreadable"])
            #expect(letters.allSatisfy { $0.1 == "intake.inbound" && $0.2 == "refused" })
            #expect(try await stand.count("select count(*) from intake.ticket") == 20)
            await answers.cancel()
        }
    }
}

@Suite struct `A step of the work` {
    @Test
    func `changes the status that the customer sees and moves the ticket to where the work is, the newest winning`()
        async throws
    {
        try await withRunningIntake { stand, vhost in
            let created = try await stand.post(
                body: #"{"subject":"空调不制冷","department":"nowhere","customer":{"name":"王","phone":"13800138000"}}"#,
                key: "k"
            ).created
            let ticket = try #require(ID<Ticket>(created.id))
            let work = UUID()
            func step(_ state: WorkState, _ version: Int64) throws -> Publication {
                let moved = WorkMoved(
                    workOrder: ID(work), ticket: ticket, ticketNumber: created.number, subject: "空调不制冷",
                    department: "service", state: state, previous: nil,
                    owner: state == .offered ? nil : Person(id: ID(UUID()), name: "张工"), actor: nil, note: nil,
                    customer: CustomerCard(
                        id: ID(UUID()), name: "王", contact: nil, phone: nil, email: nil, weChatOpenID: nil,
                        language: Open(.chinese)), address: nil,
                    at: Date(timeIntervalSince1970: 1_790_000_000 + Double(version)))
                let envelope = Envelope(
                    id: UUID(namespace: work, name: "\(version)"), type: state.messageType.description,
                    source: "dispatcher", time: moved.at, aggregate: .init(id: work, version: version))
                return Publication(
                    exchange: Topology.ExchangeName.events, routingKey: state.messageType.description,
                    properties: EnvelopeCodec.properties(of: envelope, stampedAt: Date()),
                    body: try WireJSON.encode(moved))
            }
            let publications = try [
                step(.offered, 1), step(.onSite, 4), step(.accepted, 2), step(.travelling, 3), step(.offered, 1),
            ]
            _ = await vhost.client.publish(publications)
            try await eventually("the newest status") {
                try await stand.count("select count(*) from intake.ticket where status = 'onSite' and engineer = '张工'")
                    == 1
            }
            _ = await vhost.client.publish([try step(.accepted, 2), try step(.done, 5)])
            try await eventually("the end of the work") {
                try await stand.count(
                    "select count(*) from intake.ticket where status = 'done' and department = 'service'") == 1
            }
            try await eventually("everything handled") { try await vhost.queueDepth("intake.events") == 0 }
            #expect(try await stand.count("select count(*) from intake.dead_letter") == 0)
        }
    }
}
