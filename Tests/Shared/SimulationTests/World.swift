import Contracts
import Foundation
import Kernel
import TestSupport

@testable import Messaging

/// A relay, a broker, two consumers and a worker of deferred messages in one thread, with a clock of their own: every
/// run is repeated by its seed.
///
/// The rules are the real ones (``Flights``, ``RelayVerdicts``, ``Sorter``, ``Batch``, ``Sequencer``, ``RetryRule``);
/// tables and broker are modelled, a transaction as one step. The broker may double, reorder, refuse, delay and lose
/// answers; handlers may fail; relay, consumers and worker may die between any two steps.
struct World {
    enum Fault: Error, Equatable { case lost([Int]), twice(Int), disorder(Int), dead(Int), inTheAirTwice(Int), stuck }

    /// What a run may do without, to see that it is missed.
    enum Guard: String, CaseIterable { case inbox, ack, confirm }

    private struct Died: Error {}

    private struct Waiting {
        var reason: Arrival.ParkReason
        var dueAt: Int
        var state: DeferredState
    }

    var random: Seeded
    let script: Script
    let missing: Guard?
    /// Milliseconds.
    var now = 0
    private var isCalm = false
    private var messages: [Int] = []

    var relay = RelaySide()

    // The broker: what is on its way to it, its queue, and what each consumer has in hand.
    var late: [Int] = []
    var queue: [Int] = []
    private var hands: [[Int]] = [[], []]

    // The consumers' tables, and what the worker has claimed.
    private var inbox = Array(repeating: false, count: Script.aggregates * Script.versions)
    private var positions = Array(repeating: Int64(0), count: Script.aggregates)
    private var deferred: [Waiting?] = Array(repeating: nil, count: Script.aggregates * Script.versions)
    private var claimed: [Arrival] = []
    private var applied: [[Int]] = Array(repeating: [], count: Script.aggregates)

    init(seed: UInt64, script: Script, without missing: Guard? = nil) {
        random = Seeded(state: seed)
        self.script = script
        self.missing = missing
        for aggregate in 0...random.below(Script.aggregates) {
            for version in 1...random.below(Script.versions) + 1 { messages.append(Script.number(aggregate, version)) }
        }
        relay.uncommitted = messages
    }

    /// - Throws: ``Fault``.
    mutating func run() throws {
        var steps = 0
        while true {
            let isIdle = queue.isEmpty && late.isEmpty && claimed.isEmpty && hands == [[], []]
            if isIdle, relay.isIdle(at: now) {
                let waits = relay.waits + deferred.compactMap { $0?.dueAt }
                guard let next = waits.min() else { break }
                now = max(now, next)
            }
            steps += 1
            // Faults end some time, or nothing would.
            isCalm = steps > 120
            if steps > 3000 { throw Fault.stuck }
            now += random.below(random.chance(50) ? 50 : 2000)
            switch random.below(9) {
            case 0: try commit()
            case 1, 2: try lead()
            case 3: land()
            case 4: if let number = late.popLast() { queue.append(number) }
            case 5, 6: try consume(0)
            case 7: try consume(1)
            default: try redeliver()
            }
        }
        try judge()
    }

    mutating func fault(_ percent: Int) -> Bool { !isCalm && random.chance(percent) }

    var share: Double { mutating get { Double(random.below(1000)) / 1000 } }

    private var date: Date { Script.epoch + Double(now) / 1000 }

    // MARK: The consumers

    private mutating func consume(_ place: Int) throws {
        guard !hands[place].isEmpty else {
            let count = min(queue.count, random.below(6) + 1)
            hands[place] = Array(queue[..<count])
            queue.removeSubrange(..<count)
            return
        }
        let received = hands[place]
        hands[place] = []
        // It dies before it has begun; whatever was not acknowledged, the broker has again.
        guard !fault(8) else { return missing == .ack ? () : queue.insert(contentsOf: received, at: 0) }
        do {
            try settle(received.map { script.arrivals[$0] })
            // It dies after the commit and before the acknowledgement, or the commit's answer is lost.
            if fault(8), missing != .ack { queue.insert(contentsOf: received, at: 0) }
        } catch is Died {
            if missing != .ack { queue.insert(contentsOf: received, at: 0) }
        }
    }

    /// Claims what is due, or settles what was claimed, however long ago.
    private mutating func redeliver() throws {
        guard !claimed.isEmpty else {
            for number in deferred.indices {
                guard let row = deferred[number], row.dueAt <= now else { continue }
                deferred[number]?.dueAt = now + 60_000
                claimed.append(script.sorter.sort(script.parcels[number], deferred: row.state, now: date))
            }
            return
        }
        let arrivals = claimed
        claimed = []
        if fault(10) { return }
        // What died with the worker is due again when its lease is over.
        do { try settle(arrivals) } catch is Died {}
    }

    /// As the consumer does: all at once; one by one when that fails; then set aside.
    private mutating func settle(_ arrivals: [Arrival]) throws {
        if try attempt(arrivals) { return }
        guard arrivals.count == 1 else {
            for arrival in arrivals {
                if fault(3) { throw Died() }
                try settle([arrival])
            }
            return
        }
        for _ in 1..<RetryRule.triesAtOnce where try attempt(arrivals) { return }
        var next = arrivals[0]
        let error = random.chance(50) ? HandlingError.transient(reason: "x") : .notYet(reason: "x")
        (next.plan, next.pendingState) = RetryRule.plan(for: error, of: next.deferred, waited: .zero, share: share)
        _ = try attempt([next])
    }

    /// One transaction.
    ///
    /// - Returns: false when it was rolled back.
    private mutating func attempt(_ arrivals: [Arrival]) throws -> Bool {
        var batch = Batch(arrivals, routes: script.sorter.routes)
        var opening = BatchHandler.Opening(now: date)
        let knows = missing != .inbox
        for id in batch.inboxIDs where !knows || !inbox[Script.number(of: id)] { opening.fresh.insert(id) }
        for id in batch.aggregates { opening.positions[id] = knows ? positions[Script.number(of: id)] : 0 }
        let gapped = batch.gapAggregates.map(Script.number)
        for number in deferred.indices where !gapped.isEmpty {
            guard let row = deferred[number], row.reason == .gap, gapped.contains(Script.aggregate(of: number)) else {
                continue
            }
            opening.parked.append((script.parcels[number], row.state))
        }
        batch.arrange(opening, sorter: script.sorter, now: date)
        // A handler fails, or the database does.
        if !batch.runs.isEmpty, fault(10) { return false }
        try write(batch)
        return true
    }

    private mutating func write(_ batch: Batch) throws {
        for id in batch.inboxIDs { inbox[Script.number(of: id)] = true }
        for envelope in batch.runs.lazy.flatMap(\.envelopes) { try apply(Script.number(of: envelope.id)) }
        for (id, version) in batch.advanced { positions[Script.number(of: id)] = version }
        for parked in batch.parked {
            let arrival = parked.arrival
            let number = Script.number(of: arrival.envelope.id)
            let firstAt = deferred[number]?.state.firstAt ?? date
            if deferred[number] != nil, arrival.deferred == nil { continue }
            var state = arrival.pendingState ?? arrival.deferred ?? DeferredState(attempts: 0, waits: 0, firstAt: date)
            state.firstAt = firstAt
            deferred[number] = Waiting(
                reason: parked.reason, dueAt: now + Int(parked.wait / .milliseconds(1)), state: state)
        }
        for id in batch.forgotten { deferred[Script.number(of: id)] = nil }
        if let (arrival, _) = batch.dead.first { throw Fault.dead(Script.number(of: arrival.envelope.id)) }
    }

    // MARK: What must hold

    private mutating func apply(_ number: Int) throws {
        let aggregate = Script.aggregate(of: number)
        if applied[aggregate].contains(number) { throw Fault.twice(number) }
        if script.rule != .any, let last = applied[aggregate].last, last > number { throw Fault.disorder(number) }
        applied[aggregate].append(number)
    }

    private func judge() throws {
        let wanted = messages.filter(Script.isHandled)
        let missed =
            switch script.rule {
            // Older ones may be passed over; the newest may not.
            case .newest:
                applied.indices.compactMap { place in
                    let last = wanted.last { Script.aggregate(of: $0) == place }
                    return last == applied[place].last ? nil : last
                }
            case .any, .each: wanted.filter { !applied[Script.aggregate(of: $0)].contains($0) }
            }
        if !missed.isEmpty { throw Fault.lost(missed) }
    }
}
