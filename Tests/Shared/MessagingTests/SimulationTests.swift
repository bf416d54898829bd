import AMQP
import Contracts
import Foundation
import Kernel
import Testing

@testable import Messaging

/// Relay, broker, inbox and versions in one thread, with a clock of their own: every run is repeated by its seed.
///
/// The rules are the real ones (``RelayVerdicts``, ``Sorter``, ``Batch``); tables and broker are modelled. The broker may
/// double, reorder, refuse and lose answers; relay and consumer may die between any two steps.
private struct World {
    enum Fault: Error, CustomStringConvertible {
        case lost(Int), twice(UUID, Int64), disorder(UUID, Int64), stuck
        var description: String {
            switch self {
            case .lost(let count): "\(count) were lost"
            case .twice(let id, let version): "\(id) version \(version) was applied twice"
            case .disorder(let id, let version): "\(id) version \(version) was applied out of order"
            case .stuck: "it did not come to an end"
            }
        }
    }

    var random: SplitMix
    let rule: VersionRule
    let sorter: Sorter
    // The producer's tables.
    var outbox: [OutboxRow] = []
    var inFlight: [(row: OutboxRow, outcome: PublishOutcome)] = []
    // The broker.
    var queue: [Parcel] = []
    var unacknowledged: [Parcel] = []
    // The consumer's tables.
    var inbox: Set<UUID> = []
    var positions: [UUID: Int64] = [:]
    var deferred: [UUID: Parcel] = [:]
    var applied: [UUID: [Int64]] = [:]
    let breaksInbox: Bool

    init(seed: UInt64, rule: VersionRule, breaksInbox: Bool = false) throws {
        random = SplitMix(state: seed)
        self.rule = rule
        self.breaksInbox = breaksInbox
        let route = Route.on(InboundAnswer.self, versions: rule, batch: { _, _ in })
        sorter = Sorter(queue: "q", routes: [route])
        var id: Int64 = 0
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            let aggregate = Self.uuid(&random)
            for version in 1...Int64.random(in: 1...6, using: &random) {
                id += 1
                let envelope = Envelope(
                    id: Self.uuid(&random), type: "inbound.answer.v1", source: "s", time: Self.now,
                    aggregate: .init(id: aggregate, version: version))
                outbox.append(
                    OutboxRow(
                        id: id, messageID: envelope.id, type: envelope.type, attempts: 0,
                        publication: Publication(
                            exchange: "paidan.events", routingKey: "k",
                            properties: EnvelopeCodec.properties(of: envelope, stampedAt: Self.now), body: Self.body)))
            }
        }
    }

    static let now = Date(timeIntervalSince1970: 1_795_000_000)
    static let body = Array(#"{"outcome":"accepted"}"#.utf8)

    static func uuid(_ random: inout SplitMix) -> UUID {
        let (a, b) = (random.next(), random.next())
        return UUID(namespace: UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)), name: "\(a) \(b)")
    }

    mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }

    mutating func run() throws {
        let total = outbox.count
        var steps = 0
        while !(outbox.isEmpty && inFlight.isEmpty && queue.isEmpty && unacknowledged.isEmpty) {
            steps += 1
            // Faults end some time, or nothing would.
            let isCalm = steps > 300
            if steps > 3000 { throw Fault.stuck }
            switch Int.random(in: 0..<3, using: &random) {
            case 0: publish(isCalm)
            case 1: settle(isCalm)
            default: try consume(isCalm)
            }
        }
        let count = applied.values.reduce(0) { $0 + $1.count }
        if rule != .newest, count != total || !deferred.isEmpty { throw Fault.lost(total - count) }
        if rule == .newest, applied.values.contains(where: { $0 != $0.sorted() }) { throw Fault.disorder(UUID(), 0) }
    }

    private mutating func publish(_ isCalm: Bool) {
        let flying = Set(inFlight.map(\.row.id))
        for row in outbox.filter({ !flying.contains($0.id) }).prefix(Int.random(in: 1...4, using: &random)) {
            let arrives = isCalm || chance(85)
            if arrives {
                let parcel = Parcel(
                    body: row.publication.body, properties: row.publication.properties, exchange: "paidan.events",
                    routingKey: "k")
                for _ in 0..<(!isCalm && chance(20) ? 2 : 1) {
                    queue.insert(
                        parcel, at: isCalm || chance(60) ? queue.count : .random(in: 0...queue.count, using: &random))
                }
            }
            let outcome: PublishOutcome =
                arrives
                ? (isCalm || chance(80) ? .confirmed : .unknown("cut")) : chance(50) ? .refused : .unknown("cut")
            inFlight.append((row, outcome))
        }
        // The relay dies: what was in flight is forgotten, the rows are still there.
        if !isCalm, chance(5) { inFlight = [] }
    }

    private mutating func settle(_ isCalm: Bool) {
        var verdicts = RelayVerdicts()
        for (row, outcome) in inFlight { verdicts.add(row, outcome, share: 0.5) }
        inFlight = []
        // It dies after the confirm and before the delete.
        if !isCalm, chance(10) { return }
        let confirmed = Set(verdicts.confirmed)
        outbox.removeAll { confirmed.contains($0.id) }
    }

    private mutating func consume(_ isCalm: Bool) throws {
        let count = min(queue.count, Int.random(in: 1...6, using: &random))
        let received = Array(queue.prefix(count))
        queue.removeFirst(count)
        unacknowledged += received
        defer { unacknowledged = [] }
        // It dies before the commit: the broker has everything again.
        if !isCalm, chance(10) { return queue.insert(contentsOf: received, at: 0) }
        let arrivals = received.map { sorter.sort($0, now: Self.now) }
        var batch = Batch(arrivals, routes: sorter.routes)
        var opening = BatchHandler.Opening(now: Self.now)
        opening.fresh = breaksInbox ? Set(batch.inboxIDs) : Set(batch.inboxIDs).subtracting(inbox)
        for aggregate in batch.aggregates { opening.positions[aggregate] = positions[aggregate, default: 0] }
        let state = DeferredState(attempts: 0, waits: 0, firstAt: Self.now)
        let gapped = Set(batch.gapAggregates)
        opening.parked = deferred.values.filter { parcel in
            (try? EnvelopeCodec.envelope(of: parcel.properties))?.aggregate.map { gapped.contains($0.id) } ?? false
        }.map { ($0, state) }
        batch.arrange(opening, sorter: sorter, now: Self.now)
        inbox.formUnion(batch.inboxIDs)
        for envelope in batch.runs.flatMap(\.envelopes) { try apply(envelope) }
        positions.merge(batch.advanced) { max($0, $1) }
        for parked in batch.parked where deferred[parked.arrival.envelope.id] == nil {
            deferred[parked.arrival.envelope.id] = parked.arrival.parcel
        }
        for id in batch.forgotten { deferred[id] = nil }
        // It dies after the commit and before the acknowledgement.
        if !isCalm, chance(10) { queue.insert(contentsOf: received, at: 0) }
    }

    private mutating func apply(_ envelope: Envelope) throws {
        guard let aggregate = envelope.aggregate else { return }
        if applied[aggregate.id, default: []].contains(aggregate.version) {
            throw Fault.twice(aggregate.id, aggregate.version)
        }
        if rule == .each, aggregate.version != (applied[aggregate.id]?.last ?? 0) + 1 {
            throw Fault.disorder(aggregate.id, aggregate.version)
        }
        applied[aggregate.id, default: []].append(aggregate.version)
    }
}

@Suite struct `Relay, inbox and versions together` {
    /// `PAIDAN_TEST_SEEDS` for more runs; `PAIDAN_TEST_SEED` for one that failed.
    static let environment = ProcessInfo.processInfo.environment
    static let runs = environment["PAIDAN_TEST_SEEDS"].flatMap { UInt64($0) } ?? 1_000
    static let first = environment["PAIDAN_TEST_SEED"].flatMap { UInt64($0) }

    @Test(arguments: [VersionRule.any, .newest, .each])
    func `lose and double nothing, whatever dies, doubles or comes late`(rule: VersionRule) async {
        let start = Self.first ?? .random(in: 0...(.max >> 1))
        for seed in start..<start + (Self.first == nil ? Self.runs : 1) {
            // Lets the tests go on that wait for a server.
            if seed % 10 == 0 { await Task.yield() }
            do {
                var world = try World(seed: seed, rule: rule)
                try world.run()
            } catch {
                Issue.record("seed \(seed), rule \(rule): \(error)")
                return
            }
        }
    }

    @Test func `are seen to fail without the inbox`() {
        let failures = (UInt64(1)...300).filter { seed in
            do {
                var world = try World(seed: seed, rule: .any, breaksInbox: true)
                try world.run()
                return false
            } catch { return true }
        }
        #expect(failures.count > 30)
    }
}
