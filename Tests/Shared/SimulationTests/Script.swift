import AMQP
import Contracts
import Foundation

@testable import Messaging

/// The messages that can occur in a run, made once for all runs: so many versions of so many aggregates, numbered
/// aggregate by aggregate. Reading a message is a pure rule, so it is read once, not at each delivery.
struct Script: Sendable {
    static let aggregates = 3
    static let versions = 6
    static let epoch = Date(timeIntervalSince1970: 1_795_000_000)

    let rule: VersionRule
    let sorter: Sorter
    let rows: [OutboxRow]
    let parcels: [Parcel]
    let arrivals: [Arrival]

    init(_ rule: VersionRule) {
        self.rule = rule
        let route = Route(
            envelopes: .typed(["inbound.answer.v1"]), versions: rule, decode: { _, envelope in envelope.id },
            handle: { _, _ in })
        let sorter = Sorter(queue: "q", routes: [route])
        rows = (0..<Self.aggregates * Self.versions).map { number in
            let envelope = Envelope(
                id: Self.id(0, number), type: Self.isHandled(number) ? "inbound.answer.v1" : "ticket.created.v1",
                source: "s", time: Self.epoch,
                aggregate: .init(id: Self.id(1, Self.aggregate(of: number)), version: Self.version(of: number)))
            return OutboxRow(
                id: Int64(number), messageID: envelope.id, type: envelope.type, attempts: 0,
                publication: Publication(
                    exchange: "paidan.events", routingKey: "k",
                    properties: EnvelopeCodec.properties(of: envelope, stampedAt: Self.epoch), body: Array("{}".utf8)))
        }
        parcels = rows.map {
            Parcel(
                body: $0.publication.body, properties: $0.publication.properties, exchange: $0.publication.exchange,
                routingKey: $0.publication.routingKey)
        }
        arrivals = parcels.map { sorter.sort($0, now: Self.epoch) }
        self.sorter = sorter
    }

    static func number(_ aggregate: Int, _ version: Int) -> Int { aggregate * versions + version - 1 }
    static func aggregate(of number: Int) -> Int { number / versions }
    static func version(of number: Int) -> Int64 { Int64(number % versions + 1) }

    /// Some are of a type that the consumer has no handler for; their versions count all the same.
    static func isHandled(_ number: Int) -> Bool { number % 5 != 3 }

    static func id(_ kind: UInt8, _ number: Int) -> UUID {
        UUID(uuid: (0x51, kind, 0, 0, 0, 0, 0x50, 0, 0x80, 0, 0, 0, 0, 0, 0, UInt8(number)))
    }

    static func number(of id: UUID) -> Int { Int(id.uuid.15) }
}
