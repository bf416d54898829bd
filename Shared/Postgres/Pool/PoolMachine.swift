import Kernel

/// The rules of a pool, without connections, threads or a clock: events go in, actions come out. A pure value.
///
/// Connections are opened on demand up to `size`, and closed again when they lie idle. Requests are served in the
/// order of asking. While connections cannot be opened, one attempt at a time is made.
struct PoolMachine: Sendable {
    struct Limits: Sendable {
        var size: Int
        /// Kept open even when nobody asks.
        var minimum = 1
        var acquireTimeout: Duration = .seconds(5)
        /// A connection is replaced after this, give or take a tenth, so that load moves to a new primary.
        var lifetime: Duration = .seconds(30 * 60)
        /// An idle connection beyond the minimum is closed after this.
        var idleTimeout: Duration = .seconds(120)
        /// An idle connection is tried out after this.
        var checkAfter: Duration = .seconds(30)
        /// With no connection and failures for this long, requests fail at once.
        var circuitAfter: Duration = .seconds(5)
        var backoff = Backoff(base: .milliseconds(100), cap: .seconds(3))
    }

    enum Action: Sendable, Equatable {
        case open(Int)
        case close(Int)
        case check(Int)
        case grant(UInt64, Int)
        case refuse(UInt64, Refusal)
        /// The last connection is gone and no more will come.
        case finish
    }

    enum Refusal: Sendable, Equatable { case timeout, circuitOpen, closed }

    enum Phase: Sendable { case waiting, running, draining, closed }

    private enum Standing: Sendable, Equatable {
        case opening
        case idle(since: Duration)
        case checking
        case leased(UInt64)
    }

    private struct Member: Sendable {
        var standing: Standing
        var expiresAt: Duration
        var checkedAt: Duration
    }

    let limits: Limits
    private(set) var phase = Phase.waiting
    private var members: [Int: Member] = [:]
    /// The most lately used is last, and taken first: its statements are prepared and its memory is warm.
    private var idle: [Int] = []
    private var requests: [(id: UInt64, deadline: Duration)] = []
    private var nextID = 1
    private var failures = 0
    private var failingSince: Duration?
    private var retryAt: Duration = .zero
    private(set) var isCircuitOpen = false

    init(limits: Limits) { self.limits = limits }

    // MARK: What there is

    var openingCount: Int { members.values.count { $0.standing == .opening } }
    var idleCount: Int { idle.count }
    var leasedCount: Int { members.count - openingCount - idleCount }
    var waitingCount: Int { requests.count }

    /// The connection that serves a request now.
    func member(serving request: UInt64) -> Int? { members.first { $0.value.standing == .leased(request) }?.key }

    /// When ``tick(_:)`` has something to do at the latest, besides its calls every second.
    var nextDeadline: Duration? {
        let retry = failures > 0 && openingCount == 0 && wanted > 0 ? retryAt : nil
        return [requests.first?.deadline, retry].compactMap { $0 }.min()
    }

    // MARK: Requests

    /// An idle connection for a request, when it need not wait.
    mutating func acquireNow(_ request: UInt64) -> Int? {
        guard requests.isEmpty, phase == .running, let id = idle.popLast() else { return nil }
        members[id]?.standing = .leased(request)
        return id
    }

    mutating func acquire(_ request: UInt64, now: Duration) -> [Action] {
        if let id = acquireNow(request) { return [.grant(request, id)] }
        switch phase {
        case .draining, .closed: return [.refuse(request, .closed)]
        case .running where isCircuitOpen: return [.refuse(request, .circuitOpen)]
        case .waiting, .running:
            requests.append((request, now + limits.acquireTimeout))
            return open(now)
        }
    }

    /// Takes a request out of the queue. False: it is not there, so it is served or answered.
    mutating func withdraw(_ request: UInt64) -> Bool {
        guard let place = requests.firstIndex(where: { $0.id == request }) else { return false }
        requests.remove(at: place)
        return true
    }

    /// - Parameter reusable: the connection is in the state that a new one has.
    mutating func release(_ id: Int, reusable: Bool, now: Duration) -> [Action] {
        guard let member = members[id], case .leased = member.standing else { return [] }
        guard reusable, now < member.expiresAt, !(phase == .draining && requests.isEmpty) else {
            members[id] = nil
            return [.close(id)] + open(now) + finishIfDone()
        }
        return offer(id, now: now)
    }

    // MARK: Connections

    /// - Parameter share: a random number in 0..<1, which spreads the lifetimes.
    mutating func opened(_ id: Int, now: Duration, share: Double) -> [Action] {
        guard members[id] != nil else { return [.close(id)] }
        (failures, failingSince, isCircuitOpen) = (0, nil, false)
        members[id]?.expiresAt = now + limits.lifetime * (0.9 + 0.2 * share)
        members[id]?.checkedAt = now
        return offer(id, now: now) + open(now)
    }

    /// - Parameter share: a random number in 0..<1, which spreads the next tries.
    mutating func openFailed(_ id: Int, now: Duration, share: Double) -> [Action] {
        guard members.removeValue(forKey: id) != nil else { return [] }
        failures += 1
        let since = failingSince ?? now
        failingSince = since
        retryAt = now + limits.backoff.wait(failures: failures, share: share)
        var actions: [Action] = []
        let alive = members.count - openingCount
        if alive == 0, now - since >= limits.circuitAfter {
            isCircuitOpen = true
            actions += refuseAll(.circuitOpen)
        }
        return actions + finishIfDone()
    }

    /// The server ended it.
    mutating func lost(_ id: Int, now: Duration) -> [Action] {
        guard let member = members[id] else { return [] }
        // Whoever leases it gives it back, and learns then.
        if case .leased = member.standing { return [] }
        remove(id)
        return [.close(id)] + open(now) + finishIfDone()
    }

    /// It was given up because the server said nothing. The idle ones are of the same server, so they are not lent any
    /// more: each would cost somebody the same wait.
    mutating func fellSilent(_ id: Int, now: Duration) -> [Action] {
        let suspects = idle.filter { $0 != id }
        for suspect in suspects { remove(suspect) }
        return suspects.map(Action.close) + lost(id, now: now) + open(now)
    }

    mutating func checked(_ id: Int, works: Bool, now: Duration) -> [Action] {
        guard members[id]?.standing == .checking else { return [] }
        guard works, phase == .running else {
            members[id] = nil
            return [.close(id)] + open(now) + finishIfDone()
        }
        members[id]?.checkedAt = now
        return offer(id, now: now)
    }

    // MARK: Life

    mutating func start(now: Duration) -> [Action] {
        guard phase == .waiting else { return [] }
        phase = .running
        return open(now)
    }

    /// What is leased may finish and what waits is served; nothing new is taken.
    mutating func drain(now: Duration) -> [Action] {
        guard phase != .closed else { return [] }
        if phase == .waiting { return shutDown() }
        phase = .draining
        var actions: [Action] = []
        if requests.isEmpty {
            actions = idle.map(Action.close)
            for id in idle { members[id] = nil }
            idle = []
        }
        if members.isEmpty { actions += refuseAll(.closed) }
        return actions + finishIfDone()
    }

    /// Everything ends now.
    mutating func shutDown() -> [Action] {
        guard phase != .closed else { return [] }
        phase = .draining
        let actions =
            refuseAll(.closed) + members.filter { $0.value.standing != .opening }.keys.sorted().map(Action.close)
        members = members.filter { $0.value.standing == .opening }
        idle = []
        return actions + finishIfDone()
    }

    mutating func tick(_ now: Duration) -> [Action] {
        var actions: [Action] = []
        while let first = requests.first, first.deadline <= now {
            requests.removeFirst()
            actions.append(.refuse(first.id, .timeout))
        }
        for id in idle {
            guard let member = members[id], case .idle(let since) = member.standing else { continue }
            if now >= member.expiresAt || (now - since >= limits.idleTimeout && members.count > limits.minimum) {
                remove(id)
                actions.append(.close(id))
            } else if now - max(since, member.checkedAt) >= limits.checkAfter {
                idle.removeAll { $0 == id }
                members[id]?.standing = .checking
                actions.append(.check(id))
            }
        }
        return actions + open(now) + finishIfDone()
    }

    // MARK: Parts

    /// A connection is free: the first in the queue gets it.
    private mutating func offer(_ id: Int, now: Duration) -> [Action] {
        if let request = requests.first {
            requests.removeFirst()
            members[id]?.standing = .leased(request.id)
            return [.grant(request.id, id)]
        }
        if phase == .draining || phase == .closed {
            members[id] = nil
            return [.close(id)] + finishIfDone()
        }
        members[id]?.standing = .idle(since: now)
        idle.append(id)
        return []
    }

    /// How many connections should be opened now, failures aside.
    private var wanted: Int {
        guard phase == .running || (phase == .draining && !requests.isEmpty) else { return 0 }
        let demand = max(requests.count - openingCount, limits.minimum - members.count)
        return max(0, min(demand, limits.size - members.count))
    }

    private mutating func open(_ now: Duration) -> [Action] {
        var count = wanted
        if count == 0 { return [] }
        if failures > 0 {
            guard now >= retryAt, openingCount == 0 else { return [] }
            count = 1
        }
        return (0..<count).map { _ in
            defer { nextID += 1 }
            members[nextID] = Member(standing: .opening, expiresAt: .zero, checkedAt: now)
            return .open(nextID)
        }
    }

    private mutating func remove(_ id: Int) {
        members[id] = nil
        idle.removeAll { $0 == id }
    }

    private mutating func refuseAll(_ reason: Refusal) -> [Action] {
        defer { requests = [] }
        return requests.map { .refuse($0.id, reason) }
    }

    private mutating func finishIfDone() -> [Action] {
        guard phase == .draining, members.isEmpty, requests.isEmpty else { return [] }
        phase = .closed
        return [.finish]
    }
}
