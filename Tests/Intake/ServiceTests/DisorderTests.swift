import AMQP
import Contracts
import Foundation
import Kernel
import Messaging
import Postgres
import ServiceKit
import TestSupport
import Testing

@testable import IntakeService

@Suite struct `What intake hears in disorder` {
    private static let states: [WorkState] = [.offered, .accepted, .travelling, .onSite, .done, .closed]

    @Test func `makes of requests and of steps of the work the same as once in order`() async throws {
        let inOrder = try await Self.heard { $0 }
        #expect(inOrder.count == 41)
        #expect(try await Self.heard { disordered($0) } == inOrder)
    }

    /// Adapters' requests, then the work on their tickets.
    ///
    /// - Returns: every ticket by its subject, as a customer sees it.
    private static func heard(
        _ arrange: @escaping @Sendable ([Publication]) -> [Publication]
    ) async throws -> [String] {
        let result = Notes()
        try await withVhost(declarations: Topology.suite.owned(by: "intake").declarations) { vhost in
            try await IntakeStand.with(broker: vhost.client) { stand in
                let consumers = [
                    stand.kit.consumer(
                        "intake.inbound", routes: [OnInboundRequest.route(kinds: TicketKind.allCases.map(\.rawValue))]),
                    stand.kit.consumer("intake.events", routes: [OnWorkMoved.route]),
                ]
                try await withThrowingTaskGroup(of: Void.self) { group in
                    // Ended by the cancellation below.
                    for consumer in consumers { group.addTask { try? await consumer.run() } }
                    let user = vhost.settings().user
                    let requests = try (1...40).map { try request($0, user: user) }
                    // The last is behind all others in the queue, so they are handled when it is.
                    let sent = await vhost.client.publish(arrange(requests) + [try request(99, user: user)])
                    #expect(sent.allSatisfy { $0 == .confirmed })
                    try await eventually("the last request") {
                        try await stand.count("select count(*) from intake.ticket where subject = 'item 99'") == 1
                    }
                    let tickets = try await stand.database.pool.query(
                        "select id, number, subject from intake.ticket order by subject"
                    ).map { try $0.decode(UUID.self, String.self, String.self) }
                    let steps = try tickets.filter { $0.2 != "item 99" }.flatMap { ticket in
                        try states.indices.map { try step($0, of: ticket.0, ticket.1) }
                    }
                    let last = try tickets.filter { $0.2 == "item 99" }.map { try step(0, of: $0.0, $0.1) }
                    _ = await vhost.client.publish(arrange(steps) + last)
                    try await eventually("the last step") {
                        try await stand.count(
                            "select count(*) from intake.ticket where subject = 'item 99' and status = 'dispatching'")
                            == 1
                    }
                    group.cancelAll()
                }
                let rows = try await stand.database.pool.query(
                    """
                    select
                        subject || ' ' || status || ' ' || department || ' ' || coalesce(engineer, 'nobody') || ' '
                        || (select count(*) from intake.ticket_message m where m.ticket_id = t.id) || ' '
                        || (select count(*) from intake.outbox b where b.aggregate_id = t.id)
                    from intake.ticket t
                    order by subject
                    """
                ).map { try $0.decode(String.self) }
                await result.set(rows)
            }
        }
        return await result.rows
    }

    private actor Notes {
        private(set) var rows: [String] = []
        func set(_ rows: [String]) { self.rows = rows }
    }

    private static func request(_ number: Int, user: String) throws -> Publication {
        var properties = MessageProperties()
        properties.contentType = "application/json"
        properties.messageID = "mail-\(number)"
        properties.userID = user
        let body = InboundRequest(
            subject: "item \(number)", customer: .init(name: "王 \(number)", phone: "138\(10_000_000 + number)"))
        return Publication(
            exchange: Topology.ExchangeName.inbound, routingKey: "inbound.mail", properties: properties,
            body: try WireJSON.encode(body))
    }

    private static func step(_ place: Int, of ticket: UUID, _ number: String) throws -> Publication {
        let order = UUID(namespace: ticket, name: "work order")
        let moved = WorkMoved(
            workOrder: ID(order), ticket: ID(ticket), ticketNumber: number, subject: "", department: "shanghai",
            state: states[place], previous: nil, owner: place == 0 ? nil : Person(id: ID(ticket), name: "张工"),
            actor: nil, note: nil,
            customer: CustomerCard(
                id: ID(ticket), name: "王", contact: nil, phone: nil, email: nil, weChatOpenID: nil,
                language: Open(.chinese)),
            address: nil, at: Date(timeIntervalSince1970: 1_790_000_000 + Double(place)))
        let envelope = Envelope(
            id: UUID(namespace: order, name: "\(place)"), type: moved.type.description, source: "dispatcher",
            time: moved.at, aggregate: .init(id: order, version: Int64(place + 1)))
        return Publication(
            exchange: Topology.ExchangeName.events, routingKey: moved.type.description,
            properties: EnvelopeCodec.properties(of: envelope, stampedAt: Date()), body: try WireJSON.encode(moved))
    }
}
