import AMQP
import Contracts
import Foundation
import Kernel
import Messaging
import Postgres
import ServiceKit
import TestSupport
import Testing

@testable import FollowUpService

@Suite struct `Steps of the work in disorder` {
    private static let states: [WorkState] = [.offered, .accepted, .travelling, .onSite, .done, .closed]

    @Test func `plan the same call-backs as once in order`() async throws {
        let doneAt = Date(timeIntervalSince1970: (Date().timeIntervalSince1970 - 1800).rounded(.down))
        let steps = try (1...30).flatMap { number in
            try Self.states.indices.map { try Self.step(number, $0, at: doneAt) }
        }
        let last = try Self.step(99, 4, at: doneAt)
        let inOrder = try await Self.heard(steps, last)
        #expect(inOrder.count == 31)
        #expect(try await Self.heard(disordered(steps), last) == inOrder)
    }

    /// - Returns: every call-back, and how many timers and events there are of it.
    private static func heard(_ steps: [Publication], _ last: Publication) async throws -> [String] {
        try await withFollowUp { followUp in
            try await running([followUp.consumer]) {
                let outcomes = await followUp.kit.broker.publish(steps + [last])
                #expect(outcomes.allSatisfy { $0 == .confirmed })
                // Behind all others in the queue, so they are handled when it is.
                try await eventually("the last step") {
                    try await followUp.callBacks().contains { $0.hasPrefix("T99 ") }
                }
            }
            return try await followUp.database.pool.query(
                """
                select
                    ticket_number || ' ' || department || ' ' || state || ' ' || c.version || ' ' || due_at
                    || ' ' || (select count(*) from followup.timer t where t.subject_id = c.id and cancelled_at is null)
                    || ' ' || (select count(*) from followup.outbox b where b.aggregate_id = c.id)
                from followup.callback c
                order by ticket_number
                """
            ).map { try $0.decode(String.self) }
        }
    }

    private static func step(_ number: Int, _ place: Int, at date: Date) throws -> Publication {
        let ticket = UUID(namespace: UUID(uuid: (7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)), name: "\(number)")
        let order = UUID(namespace: ticket, name: "work order")
        let moved = WorkMoved(
            workOrder: ID(order), ticket: ID(ticket), ticketNumber: "T\(number)", subject: "空调不制冷",
            department: "shanghai", state: states[place], previous: nil, owner: nil, actor: nil, note: nil,
            customer: CustomerCard(
                id: ID(ticket), name: "大华商贸", contact: nil, phone: "+8613800138000", email: nil, weChatOpenID: nil,
                language: Open(.chinese)),
            address: nil, at: date + Double(place))
        let envelope = Envelope(
            id: UUID(namespace: order, name: "\(place)"), type: moved.type.description, source: "dispatcher",
            time: moved.at, aggregate: .init(id: order, version: Int64(place + 1)), correlation: ticket)
        return Publication(
            exchange: Topology.ExchangeName.events, routingKey: moved.type.description,
            properties: EnvelopeCodec.properties(of: envelope, stampedAt: Date()), body: try WireJSON.encode(moved))
    }
}
