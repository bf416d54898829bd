import Contracts
import Foundation

/// One batch on its way through a transaction: what is handled in which order, what waits, what is dropped. Pure.
struct Batch {
    /// Consecutive messages of one route.
    struct Run {
        let route: Int
        var items: [any Sendable]
        var envelopes: [Envelope]
    }

    private let arrivals: [Arrival]
    private let routes: [Route]
    private(set) var runs: [Run] = []
    private(set) var dead: [(Arrival, Refusal)] = []
    private(set) var parked: [ConsumerStore.Parked] = []
    /// Positions to be written.
    private(set) var advanced: [UUID: Int64] = [:]
    /// Messages that leave the deferred table.
    private(set) var forgotten: [UUID] = []
    /// Aggregates with more parked messages than one transaction drains.
    private(set) var hastened: [UUID] = []
    private(set) var tally = BatchHandler.Tally()
    /// What went to the dead letters without anybody having said so: by reason, with the id of the first.
    var unread: [DeadReason: (count: Int, first: UUID)] {
        var unread: [DeadReason: (count: Int, first: UUID)] = [:]
        for (arrival, refusal) in dead {
            // A message that failed in its handler was told of then.
            if case .dead(let known, _) = arrival.plan, RetryRule.reasons.contains(known.reason) { continue }
            unread[refusal.reason, default: (0, arrival.envelope.id)].count += 1
        }
        return unread
    }
    #if DEBUG
        /// Everything counts as new, in the order in which it came.
        var isUnguarded = false
    #endif

    init(_ arrivals: [Arrival], routes: [Route]) {
        self.arrivals = arrivals
        self.routes = routes
    }

    /// Messages without version rule are told apart by the inbox; the others by their version.
    var inboxIDs: [UUID] {
        var seen = Set<UUID>()
        return arrivals.compactMap { arrival in
            guard case .handle = arrival.plan, !arrival.isVersioned else { return nil }
            return seen.insert(arrival.envelope.id).inserted ? arrival.envelope.id : nil
        }
    }

    var aggregates: [UUID] { aggregates { $0.isVersioned && $0.isAlive } }

    /// Aggregates whose parked messages are wanted.
    var gapAggregates: [UUID] { isOfSuspect ? [] : aggregates { rule(of: $0) == .each && $0.isAlive } }

    private var isOfSuspect: Bool { arrivals.contains { $0.deferred?.isSuspect ?? false } }

    private func aggregates(_ isWanted: (Arrival) -> Bool) -> [UUID] {
        Array(Set(arrivals.lazy.filter(isWanted).compactMap(\.envelope.aggregate?.id)))
    }

    private func rule(of arrival: Arrival) -> VersionRule {
        switch arrival.plan {
        case .handle(let route, _): routes[route].versions
        case .ignore(let counts): counts ? .each : .any
        case .dead, .park: .any
        }
    }

    /// Decides on every message, given what the database knew.
    mutating func arrange(_ opening: BatchHandler.Opening, sorter: Sorter, now: Date) {
        var fresh = opening.fresh
        var sequencer = Sequencer<Arrival>(last: opening.positions)
        var parkedCount: [UUID: Int] = [:]
        for (parcel, state) in opening.parked {
            var arrival = sorter.sort(parcel, deferred: state, now: now)
            guard let aggregate = arrival.envelope.aggregate else { continue }
            arrival.isParked = true
            parkedCount[aggregate.id, default: 0] += 1
            if !sequencer.hold(aggregate.id, aggregate.version, arrival) { drop(arrival) }
        }
        for arrival in arrivals {
            #if DEBUG
                if isUnguarded, arrival.isAlive {
                    take(arrival)
                    continue
                }
            #endif
            switch (arrival.plan, rule(of: arrival), arrival.envelope.aggregate) {
            case (.dead(let refusal, _), _, _): bury(arrival, refusal)
            case (.park(let reason, let detail, let wait), _, _): park(arrival, reason, detail, wait)
            case (.ignore(counts: false), _, _): take(arrival)
            case (_, .any, _), (_, _, nil):
                if fresh.remove(arrival.envelope.id) != nil { take(arrival) } else { drop(arrival) }
            case (_, .newest, let aggregate?):
                if sequencer.newest(aggregate.id, aggregate.version) { take(arrival) } else { drop(arrival) }
            case (_, .each, let aggregate?):
                let isDue = arrival.deferred != nil
                switch sequencer.each(aggregate.id, aggregate.version, arrival, replacing: isDue) {
                case .apply(let freed): freed.forEach { take($0) }
                case .duplicate: drop(arrival)
                case .waits: break
                }
            }
        }
        for arrival in sequencer.leftovers where !arrival.isParked { parkBehindGap(arrival, now: now) }
        for (aggregate, count) in parkedCount
        where count >= ConsumerStore.drainLimit && sequencer.advanced.contains(aggregate) {
            hastened.append(aggregate)
        }
        // A suspect is alone in its transaction: what waited behind it comes by itself.
        if isOfSuspect { hastened += sequencer.advanced }
        for aggregate in sequencer.advanced { advanced[aggregate] = sequencer.last[aggregate] }
    }

    private mutating func take(_ arrival: Arrival) {
        switch arrival.plan {
        case .handle(let route, let item):
            if runs.last?.route == route {
                runs[runs.count - 1].items.append(item)
                runs[runs.count - 1].envelopes.append(arrival.envelope)
            } else {
                runs.append(Run(route: route, items: [item], envelopes: [arrival.envelope]))
            }
            tally.handled += 1
        case .ignore: tally.ignored += 1
        case .dead(let refusal, _): return bury(arrival, refusal)
        case .park: return
        }
        forget(arrival)
    }

    private mutating func drop(_ arrival: Arrival) {
        tally.duplicate += 1
        forget(arrival)
    }

    private mutating func bury(_ arrival: Arrival, _ refusal: Refusal) {
        dead.append((arrival, refusal))
        tally.dead += 1
        forget(arrival)
    }

    private mutating func forget(_ arrival: Arrival) {
        if arrival.deferred != nil { forgotten.append(arrival.envelope.id) }
    }

    private mutating func parkBehindGap(_ arrival: Arrival, now: Date) {
        if let since = arrival.deferred?.firstAt, now.timeIntervalSince(since) > BatchHandler.patience / .seconds(1) {
            return bury(arrival, Refusal(.waited, "an earlier version of its aggregate did not come within 7 days"))
        }
        park(arrival, .gap, "an earlier version is missing", BatchHandler.patience)
    }

    private mutating func park(_ arrival: Arrival, _ reason: Arrival.ParkReason, _ detail: String, _ wait: Duration) {
        parked.append(ConsumerStore.Parked(arrival: arrival, reason: reason, detail: detail, wait: wait))
        tally.deferred += 1
    }
}
