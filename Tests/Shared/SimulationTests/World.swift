import AMQP
import Contracts
import Foundation
import Kernel

@testable import Messaging

/// A relay, a broker, two consumers and a worker of deferred messages in one thread, with a clock of their own: every
/// run is repeated by its seed.
///
/// The rules are the real ones (``RelayVerdicts``, ``Sorter``, ``Batch``, ``Sequencer``, ``RetryRule``); tables and
/// broker are modelled, a transaction as one step. The broker may double, reorder, refuse, delay and lose answers;
/// handlers may fail; relay, consumers and worker may die between any two steps.
struct World {
    enum Fault: Error, Equatable { case lost([Int]), twice(Int), disorder(Int), dead(Int), stuck }

    /// What a run may do without, to see that it is missed.
    enum Guard: String, CaseIterable { case inbox, ack, confirm }

    private struct Died: Error {}

    private struct Waiting {
        var reason: Arrival.ParkReason
        var dueAt: Int
        var state: DeferredState
    }

    private var random: SplitMix
    private let script: Script
    private let missing: Guard?
    /// Milliseconds.
    private var now = 0
    private var isCalm = false
    private var messages: [Int] = []

    // The producer's outbox, in the order of ids, and the relay's memory.
    private var outbox: [Int] = []
    private var attempts = Array(repeating: 0, count: Script.aggregates * Script.versions)
    private var notBefore = Array(repeating: 0, count: Script.aggregates * Script.versions)
    private var flights: [[(message: Int, outcome: PublishOutcome)]] = []

    // The broker: what is on its way to it, its queue, and what each consumer has in hand.
    private var late: [Int] = []
    private var queue: [Int] = []
    private var hands: [[Int]] = [[], []]

    // The consumers' tables, and what the worker has claimed.
    private var inbox = Array(repeating: false, count: Script.aggregates * Script.versions)
    private var positions = Array(repeating: Int64(0), count: Script.aggregates)
    private var deferred: [Waiting?] = Array(repeating: nil, count: Script.aggregates * Script.versions)
    private var claimed: [Arrival] = []
    private var applied: [[Int]] = Array(repeating: [], count: Script.aggregates)

    init(seed: UInt64, script: Script, without missing: Guard? = nil) {
        random = SplitMix(state: seed)
        self.script = script
        self.missing = missing
        for aggregate in 0...random.below(Script.aggregates) {
            for version in 1...random.below(Script.versions) + 1 { messages.append(Script.number(aggregate, version)) }
        }
        outbox = messages
    }

    /// - Throws: ``Fault``.
    mutating func run() throws {
        var steps = 0
        while true {
            let isIdle = flights.isEmpty && queue.isEmpty && late.isEmpty && claimed.isEmpty && hands == [[], []]
            if isIdle {
                let waits = outbox.map { notBefore[$0] } + deferred.compactMap { $0?.dueAt }
                guard let next = waits.min() else { break }
                now = max(now, next)
            }
            steps += 1
            // Faults end some time, or nothing would.
            isCalm = steps > 120
            if steps > 3000 { throw Fault.stuck }
            now += random.below(2000)
            switch random.below(8) {
            case 0, 1: publish()
            case 2: hearAnswers()
            case 3: if let number = late.popLast() { queue.append(number) }
            case 4, 5: try consume(0)
            case 6: try consume(1)
            default: try redeliver()
            }
        }
        try judge()
    }

    private mutating func fault(_ percent: Int) -> Bool { !isCalm && random.chance(percent) }

    private var share: Double { mutating get { Double(random.below(1000)) / 1000 } }

    private var date: Date { Script.epoch + Double(now) / 1000 }

    // MARK: The relay and the broker

    private mutating func publish() {
        guard flights.count < 2 else { return }
        let flying = flights.joined().map(\.message)
        var flight: [(message: Int, outcome: PublishOutcome)] = []
        let limit = random.below(4) + 1
        for number in outbox where notBefore[number] <= now && !flying.contains(number) {
            if flight.count == limit { break }
            flight.append((number, missing == .confirm ? send(number, .confirmed) : send(number, nil)))
        }
        if !flight.isEmpty { flights.append(flight) }
        // The relay dies: what was in flight is forgotten, the rows are still there.
        if fault(5) { flights = [] }
    }

    /// - Parameter assumed: what a relay takes for the answer that does not wait for one.
    private mutating func send(_ number: Int, _ assumed: PublishOutcome?) -> PublishOutcome {
        if fault(15) {
            if let assumed { return assumed }
            return random.chance(50)
                ? .unknown("cut") : random.chance(50) ? .refused : .unroutable(code: 312, text: "NO_ROUTE")
        }
        if fault(10) {
            late.append(number)
        } else {
            for _ in 0..<(fault(15) ? 2 : 1) {
                queue.insert(number, at: fault(40) ? random.below(queue.count + 1) : queue.count)
            }
        }
        return assumed ?? (fault(20) ? .unknown("cut") : .confirmed)
    }

    private mutating func hearAnswers() {
        guard !flights.isEmpty else { return }
        let flight = flights.remove(at: random.below(flights.count))
        // The relay dies before it has written the answers down.
        if fault(10) { return flights = [] }
        var verdicts = RelayVerdicts()
        for (number, outcome) in flight {
            let row = script.rows[number]
            verdicts.add(
                OutboxRow(
                    id: row.id, messageID: row.messageID, type: row.type, attempts: attempts[number],
                    publication: row.publication), outcome, share: share)
        }
        let gone = verdicts.confirmed + verdicts.dropped
        outbox.removeAll { gone.contains(Int64($0)) }
        for (row, failure) in verdicts.failures {
            attempts[Int(row.id)] += 1
            notBefore[Int(row.id)] = now + Int(failure.wait / .milliseconds(1))
        }
    }

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
