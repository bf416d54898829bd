import AMQP
import Foundation
import TestSupport

@testable import Messaging

/// The producer's outbox table and the relay's process beside it, which may die, lose its session or be stopped.
struct RelaySide {
    static let count = Script.aggregates * Script.versions

    /// Between what the relay decides, what the database has done, and what the relay knows of it, others go on.
    enum Stage {
        case waiting
        case asking(Flights.Turn, RelayVerdicts)
        case answered(Flights.Turn, [OutboxRow], isAll: Bool)
    }

    struct Flight {
        let landing: Flights.Landing
        let term: Int
        let wasFetched: Bool
    }

    /// What the producer has not committed yet, in its order.
    var uncommitted: [Int] = []
    /// The table, in the order of ids.
    var outbox: [Int] = []
    var attempts = Array(repeating: 0, count: count)
    var notBefore = Array(repeating: 0, count: count)
    /// Committed by the relay's own process, which has not said so yet.
    var unsaid: [Int] = []

    var flights = Flights()
    var isLeading = false
    var isStopping = false
    var stage = Stage.waiting
    var air: [Flight] = []
    var isWoken = false
    /// When the relay takes a turn by itself, and reads the table at the latest.
    var wakesAt = 0
    var pollsAt = 0

    /// Nothing happens before the clock has moved on.
    func isIdle(at now: Int) -> Bool {
        guard uncommitted.isEmpty, unsaid.isEmpty, air.isEmpty, case .waiting = stage else { return false }
        return outbox.isEmpty || (isLeading && !isStopping && !isWoken && wakesAt > now)
    }

    var waits: [Int] { outbox.isEmpty ? [] : [max(wakesAt, outbox.map { notBefore[$0] }.min() ?? 0)] }
}

extension World {
    private static let start = ContinuousClock.now
    private var instant: ContinuousClock.Instant { Self.start + .milliseconds(now) }

    private func milliseconds(_ instant: ContinuousClock.Instant) -> Int {
        Int((instant - Self.start) / .milliseconds(1))
    }

    private func row(_ number: Int) -> OutboxRow {
        let row = script.rows[number]
        return OutboxRow(
            id: row.id, messageID: row.messageID, type: row.type, attempts: relay.attempts[number],
            publication: row.publication)
    }

    // MARK: The producer

    /// Commits some, in the relay's own process or in another; or says to the relay what its process has committed.
    mutating func commit() throws {
        if !relay.unsaid.isEmpty, random.chance(70) {
            let rows = relay.unsaid.map(row)
            relay.unsaid = []
            let flying = relay.isStopping ? [] : relay.flights.handOver(rows)
            if flying.isEmpty { relay.isWoken = true } else { try takeOff(flying, wasFetched: false) }
            return
        }
        let count = min(relay.uncommitted.count, random.below(3) + 1)
        guard count > 0 else { return try lead() }
        let numbers = relay.uncommitted[..<count]
        relay.uncommitted.removeFirst(count)
        relay.outbox += numbers
        relay.outbox.sort()
        if relay.isLeading, relay.flights.takesRows, random.chance(80) { relay.unsaid += numbers }
    }

    // MARK: The relay

    mutating func lead() throws {
        guard relay.isLeading else {
            relay.flights.lead()
            (relay.isLeading, relay.stage, relay.isWoken) = (true, .waiting, true)
            relay.pollsAt = now
            return
        }
        if fault(2) { return die() }
        if fault(2) { relay.isStopping = true }
        repeat { try step() } while random.chance(60) && relay.isLeading
    }

    /// Its process is gone, with all that it knew.
    private mutating func die() {
        let term = relay.flights.term
        relay.flights = Flights(term: term)
        relay.unsaid = []
        relay.air = []
        resign()
    }

    /// Its session is gone: what is in the air lands some time, and in a former term.
    private mutating func resign() {
        relay.flights.resign()
        (relay.isLeading, relay.isStopping, relay.stage) = (false, false, .waiting)
    }

    private mutating func step() throws {
        switch relay.stage {
        case .waiting:
            guard relay.isWoken || relay.isStopping || relay.wakesAt <= now else { return }
            relay.isWoken = false
            let turn = relay.flights.turn(now: instant, isPoll: now >= relay.pollsAt, isStopping: relay.isStopping)
            if turn.isOver {
                if let flight = relay.air.first(where: { $0.term == relay.flights.term }) {
                    throw Fault.lost(flight.landing.rows.map { Int($0.id) })
                }
                return resign()
            }
            var verdicts = RelayVerdicts()
            for landing in turn.landings {
                for (row, outcome) in zip(landing.rows, landing.outcomes) { verdicts.add(row, outcome, share: share) }
            }
            if !turn.landings.isEmpty {
                verdicts.inDoubt > 0 ? relay.flights.pause(now: instant) : relay.flights.resume()
            }
            relay.stage = .asking(turn, verdicts)
        case .asking(let turn, let verdicts):
            if fault(4) { return resign() }
            let limit = random.below(4) + 1
            let rows = write(verdicts, fetching: turn.fetchExcept, limit: limit)
            // Done, and nobody knows it.
            if fault(4) { return resign() }
            relay.stage = .answered(turn, rows, isAll: rows.count < limit)
        case .answered(let turn, let rows, let isAll):
            relay.flights.settle(turn.landings)
            let flying = turn.fetchExcept == nil ? [] : relay.flights.fetched(rows, isAll: isAll)
            if turn.fetchExcept != nil { relay.pollsAt = now + (rows.isEmpty ? 200 : 50) }
            let poll = Self.start + .milliseconds(relay.pollsAt)
            let next = relay.flights.nextTurn(poll: poll, now: instant, isStopping: relay.isStopping)
            relay.wakesAt = min(next.map(milliseconds) ?? .max, now + 1000)
            relay.stage = .waiting
            if !flying.isEmpty { try takeOff(flying, wasFetched: true) }
        }
    }

    /// What the verdicts say, and then the oldest rows, in one transaction.
    private mutating func write(_ verdicts: RelayVerdicts, fetching except: [Int64]?, limit: Int) -> [OutboxRow] {
        let gone = verdicts.confirmed + verdicts.dropped
        if !gone.isEmpty { relay.outbox.removeAll { gone.contains(Int64($0)) } }
        for (row, failure) in verdicts.failures {
            relay.attempts[Int(row.id)] += 1
            relay.notBefore[Int(row.id)] = now + Int(failure.wait / .milliseconds(1))
        }
        guard let except else { return [] }
        var rows: [OutboxRow] = []
        for number in relay.outbox where relay.notBefore[number] <= now && !except.contains(Int64(number)) {
            if rows.count == limit { break }
            rows.append(row(number))
        }
        return rows
    }

    // MARK: The broker

    private mutating func takeOff(_ rows: [OutboxRow], wasFetched: Bool) throws {
        let term = relay.flights.term
        var outcomes: [PublishOutcome] = []
        for row in rows {
            for flight in relay.air where flight.term == term {
                if flight.landing.rows.contains(where: { $0.id == row.id }) {
                    throw Fault.inTheAirTwice(Int(row.id))
                }
            }
            outcomes.append(send(Int(row.id)))
        }
        relay.air.append(
            RelaySide.Flight(
                landing: Flights.Landing(rows: rows, outcomes: outcomes), term: term, wasFetched: wasFetched))
    }

    private mutating func send(_ number: Int) -> PublishOutcome {
        // What a relay takes for the answer that does not wait for one.
        let assumed = missing == .confirm ? PublishOutcome.confirmed : nil
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

    /// The answers to one flight come, in any order of flights.
    mutating func land() {
        guard !relay.air.isEmpty else { return }
        let flight = relay.air.remove(at: random.below(relay.air.count))
        let isAwaited = relay.flights.land(
            flight.landing, term: flight.term, wasFetched: flight.wasFetched, now: instant)
        if isAwaited { relay.isWoken = true }
    }
}
