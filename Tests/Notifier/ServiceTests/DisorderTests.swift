import AMQP
import Contracts
import Foundation
import Kernel
import Messaging
import TestSupport
import Testing

@testable import NotifierService

extension `The notifier` {
    /// Of what is heard in disorder each customer still learns every step once, and the end of the work after its begin.
    @Test func `tells each step once, though all of it is heard three times and in disorder`() async throws {
        let mail = ToldProvider()
        let tickets = 20
        try await Self.with([.mail: mail]) { running in
            let story = try await (1...tickets).asyncFlatMap { try await Self.story($0, running) }
            let outcomes = await running.broker.publish(try disordered(story).map(Self.publication))
            #expect(outcomes.allSatisfy { $0 == .confirmed })
            try await eventually("three mails for each ticket", within: .seconds(60)) {
                mail.sent.count >= 3 * tickets
            }
            // Behind all others in the queue, so they are handled when it is.
            _ = await running.broker.publish([
                try Self.publication(of: try await running.created(ID(UUID()), number: "T99"))
            ])
            try await eventually("the last one") { mail.sent.contains { $0.subject.contains("[T99]") } }
            for number in 1...tickets {
                let subjects = mail.sent.map(\.subject).filter { $0.hasPrefix("[T\(number)] ") }
                #expect(subjects.count == 3, "\(subjects)")
                #expect(Set(subjects).count == 3, "\(subjects)")
                let begin = subjects.firstIndex { $0.contains("工程师已") } ?? .max
                #expect(begin < subjects.firstIndex { $0.contains("处理完成") } ?? .min, "\(subjects)")
            }
            #expect(mail.sent.count == 3 * tickets + 1)
        }
    }

    private static func story(_ number: Int, _ running: Running) async throws -> [OutgoingMessage] {
        let ticket = ID<Ticket>(UUID())
        let order = UUID(namespace: ticket.value, name: "work order")
        let states: [WorkState] = [.offered, .accepted, .travelling, .onSite, .done, .closed]
        let moves = try states.indices.map { place in
            let move = WorkMoved(
                workOrder: ID(order), ticket: ticket, ticketNumber: "T\(number)", subject: "空调不制冷", department: "hq",
                state: states[place], previous: nil, owner: Person(id: ID(UUID()), name: "李强"), actor: nil, note: nil,
                customer: Running.customer, address: nil, at: .now)
            return try OutgoingMessage.event(
                move, id: UUID(namespace: order, name: "\(place)"), aggregate: order, version: Int64(place + 1),
                correlation: ticket.value, causation: nil, source: "dispatcher", time: .now)
        }
        return [try await running.created(ticket, number: "T\(number)")] + moves
    }

    private static func publication(of message: OutgoingMessage) throws -> Publication {
        Publication(
            exchange: message.exchange, routingKey: message.routingKey,
            properties: EnvelopeCodec.properties(of: message.envelope, stampedAt: Date()), body: message.body)
    }
}

extension Sequence {
    fileprivate func asyncFlatMap<Result>(_ transform: (Element) async throws -> [Result]) async rethrows -> [Result] {
        var results: [Result] = []
        for element in self { results += try await transform(element) }
        return results
    }
}
