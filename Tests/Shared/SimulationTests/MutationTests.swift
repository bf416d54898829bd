import AMQP
import Contracts
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Messaging

/// A million damaged messages: each is handled or refused with a reason, and the reason survives the way to the archive.
@Suite struct `A damaged message` {
    /// `PAIDAN_TEST_MUTATIONS` for more of them; `PAIDAN_TEST_SEED` for a run that failed.
    static let environment = ProcessInfo.processInfo.environment
    static let count = environment["PAIDAN_TEST_MUTATIONS"].flatMap { Int($0) } ?? 1_000_000
    static let seed = environment["PAIDAN_TEST_SEED"].flatMap { UInt64($0) } ?? .random(in: 0...(.max >> 1))
    static let parts = 8
    static let now = Date(timeIntervalSince1970: 1_795_000_100)

    /// As a service reads it that knows every type; as intake reads an adapter's; as reporting keeps everything.
    static let sorters = [
        Sorter(queue: "dispatcher.events", routes: Catalogue.messages.map { route($0) }),
        Sorter(queue: "intake.inbound", routes: [.inbound(InboundRequest.self) { _, _ in }]),
        Sorter(queue: "reporting.events", routes: [.raw { _, _ in }]),
    ]

    static func route(_ type: any Message.Type) -> Route {
        func open<Body: Message>(_ type: Body.Type) -> Route { .on(type, versions: .each, batch: { _, _ in }) }
        return open(type)
    }

    /// The golden files: the wire as it was and is.
    static func originals() throws -> [Mutator.Original] {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../ContractsTests/Golden")
        return try Catalogue.types.keys.sorted().map { type in
            let body = Array(try Data(contentsOf: folder.appending(path: "\(type).json")))
            let envelope = Envelope(
                id: UUID(), type: type, source: "intake", time: now, aggregate: .init(id: UUID(), version: 1),
                causation: UUID())
            var properties = EnvelopeCodec.properties(of: envelope, stampedAt: now)
            properties.userID = "adapter"
            return Mutator.Original(body: body, properties: properties)
        }
    }

    @Test func `is handled as long as nothing is damaged`() throws {
        for original in try Self.originals() {
            let parcel = Parcel(
                body: original.body, properties: original.properties, exchange: "paidan.events", routingKey: "k")
            guard case .handle = Self.sorters[0].sort(parcel, now: Self.now).plan else {
                Issue.record("\(original.properties.type ?? "")")
                continue
            }
            #expect(original.tokens.count > 2)
        }
    }

    @Test(arguments: 0..<parts) func `crashes nothing: it is handled or refused with a reason`(part: Int) async throws {
        let originals = try Self.originals()
        var mutator = Mutator(random: Seeded(state: Self.seed &+ UInt64(part)))
        var reasons: [DeadReason: Int] = [:]
        var handled = 0
        for number in 0..<Self.count / Self.parts {
            // Lets other tests go on, too.
            if number % 64 == 0 { await Task.yield() }
            let original = originals[mutator.random.below(originals.count)]
            let parcel = Parcel(
                body: mutator.body(of: original), properties: mutator.properties(of: original),
                exchange: "paidan.events", routingKey: "k")
            let sorter = Self.sorters[number % 4 == 0 ? 1 : number % 4 == 1 ? 2 : 0]
            let arrival = sorter.sort(parcel, now: Self.now)
            switch arrival.plan {
            case .handle, .ignore: handled += 1
            case .park: Issue.record("seed \(Self.seed), part \(part), number \(number): parked")
            case .dead(let refusal, _):
                reasons[refusal.reason, default: 0] += 1
                if refusal.detail.isEmpty || refusal.detail.utf8.count > 2000 {
                    Issue.record("seed \(Self.seed), part \(part), number \(number): \(refusal)")
                }
                if number % 16 == 2 || number % 16 == 4 { try Self.bury(arrival, refusal, sorter.queue) }
            }
        }
        let least = Self.count / Self.parts / 1000
        #expect(handled > least * 50)
        for reason in [DeadReason.envelope, .undecodable, .unknownType, .tooDeep, .expired] {
            #expect(reasons[reason, default: 0] > least, "\(reason): \(reasons)")
        }
    }

    /// To the dead letters and into the archive's hands.
    private static func bury(_ arrival: Arrival, _ refusal: Refusal, _ queue: String) throws {
        let copy = try DeadCopy.message(of: arrival, refusal, queue: queue, now: now)
        let dead = Parcel(
            body: copy.body, properties: try PropertiesJSON.decode((copy.properties ?? "{}").utf8),
            exchange: "paidan.dead", routingKey: queue)
        let reading = DeadLetterReading.read(dead, queue: queue, now: now)
        #expect(reading.reason == refusal.reason.rawValue && reading.key == arrival.envelope.id, "seed \(seed)")
    }
}
