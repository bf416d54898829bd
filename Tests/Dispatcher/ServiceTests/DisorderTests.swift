import AMQP
import Contracts
import Foundation
import Kernel
import Messaging
import Postgres
import ServiceKit
import TestSupport
import Testing

@testable import DispatcherService

@Suite struct `Tickets in disorder` {
    @Test func `open the same work orders as once in order`() async throws {
        let tickets = (1...60).map {
            DispatcherFixture.ticket($0, department: ["shanghai", "beijing", "mars"][$0 % 3])
        }
        let inOrder = try await Self.heard(tickets)
        #expect(inOrder.count == 61)
        #expect(try await Self.heard(disordered(tickets)) == inOrder)
    }

    /// - Returns: every work order, and how many steps and events there are of them.
    private static func heard(_ tickets: [TicketCreated]) async throws -> [String] {
        try await withDatabase(schema: "dispatch", migrations: DispatcherService.migrations) { database in
            try await DispatcherDemo.fill(database.pool)
            return try await withVhost(declarations: Topology.suite.declarations) { vhost in
                let kit = try Kit.testing(
                    name: "dispatcher", schema: "dispatch", pool: database.pool, broker: vhost.client)
                try await running([kit.consumer("dispatcher.events", routes: [ProcessDesk(kit).onTicketCreated.route])])
                {
                    let outcomes = await vhost.client.publish(try tickets.map(publication))
                    #expect(outcomes.allSatisfy { $0 == .confirmed })
                    // Behind all others in the queue, so they are handled when it is.
                    let last = try publication(of: DispatcherFixture.ticket(99))
                    _ = await vhost.client.publish([last])
                    try await eventually("the last ticket") {
                        try await !database.pool.query(
                            "select 1 as one from dispatch.work_order where ticket_number = 'T1000099'"
                        ).isEmpty
                    }
                }
                return try await database.pool.query(
                    """
                    select
                        o.id::text || ' ' || ticket_number || ' ' || department || ' ' || state || ' ' || o.version
                        || ' ' || (select count(*) from dispatch.work_event e where e.work_order = o.id)
                        || ' ' || (select count(*) from dispatch.outbox b where b.aggregate_id = o.id)
                    from dispatch.work_order o
                    order by ticket_number
                    """
                ).map { try $0.decode(String.self) }
            }
        }
    }

    private static func publication(of ticket: TicketCreated) throws -> Publication {
        let envelope = Envelope(
            id: UUID(namespace: ticket.ticket.value, name: "created"), type: ticket.type.description, source: "intake",
            time: ticket.createdAt, aggregate: .init(id: ticket.ticket.value, version: 1),
            correlation: ticket.ticket.value)
        return Publication(
            exchange: Topology.ExchangeName.events, routingKey: ticket.type.description,
            properties: EnvelopeCodec.properties(of: envelope, stampedAt: Date()), body: try WireJSON.encode(ticket))
    }
}
