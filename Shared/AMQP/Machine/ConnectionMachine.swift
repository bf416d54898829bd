import Kernel

/// One connection's rules: what to do when something happens, and nothing done. It knows no socket, clock or thread.
///
/// Each event is a mutating function; what must be done is collected in `actions`. Times are since an arbitrary start.
struct ConnectionMachine {
    enum Action: Equatable {
        /// Connect to host number `attempt`, modulo how many there are.
        case connect(attempt: Int)
        /// Give the socket up.
        case disconnect
        case send(Method, channel: UInt16)
        case deliver(ReceivedMessage, consumer: Int)
        /// What was delivered but not handed out yet will be delivered again: forget it.
        case discard(consumer: Int)
        /// Nothing more will be delivered.
        case end(consumer: Int)
        case finish(operation: Int, Result<Incoming, BrokerError>)
        case report(Report)
    }

    /// What an operator may want to read.
    enum Report: Equatable {
        case connected
        case ready
        case lost(String, retryIn: Duration)
        case declarationRefused(Method, code: Int, text: String)
        case publisherClosed(code: Int, text: String)
        case consumerLost(queue: String, reason: String, retryIn: Duration)
        case blocked(String)
        case unblocked
    }

    struct Configuration: Sendable {
        /// Whether a channel with confirms is wanted.
        var publishes: Bool
        var declarations: [Method]
        /// A broker that is back is found within the cap, so the cap is part of every recovery.
        var backoff = Backoff(base: .milliseconds(100), cap: .seconds(3))
        /// A broker that does not answer a method for so long is given up: an answer that a bad line swallowed never comes.
        var replyTimeout = Duration.seconds(10)
        /// A consumer that hears nothing for so long asks whether its channel is still there…
        var silenceLimit = Duration.seconds(4)
        /// … and gives the broker up without an answer for so long. With the limit above and the pause before the next
        /// connection it is part of every recovery.
        var silenceTimeout = Duration.seconds(5)
        var flushTimeout = Duration.seconds(5)
        var closeTimeout = Duration.seconds(2)
        var window = ConfirmWindow.Limits()
    }

    enum Phase: Equatable {
        case idle
        case waiting(until: Duration)
        case opening
        case open
        /// Stopping: waits for outstanding confirms.
        case flushing(until: Duration)
        /// Stopping: waits for the broker's close-ok.
        case closing(until: Duration)
        case stopped
    }

    /// The declarations are made before anything else is done on a connection, and again after something was missing.
    enum Setup: Equatable { case needed, running, done }

    enum Publisher: Equatable {
        case absent
        case starting(UInt16)
        case ready(UInt16)
        case retrying(at: Duration)
    }

    struct Operation {
        let id: Int
        let steps: [Method]
        let deadline: Duration
    }

    let configuration: Configuration
    var phase = Phase.idle
    var setup = Setup.needed
    var publisher = Publisher.absent
    var channels: [UInt16: Channel] = [:]
    var consumers: [Int: Consumer] = [:]
    var operations: [Operation] = []
    var window: ConfirmWindow
    var actions: [Action] = []
    var isBlocked = false
    var attempts = 0
    var failures = 0
    /// When the connection was last ready for work.
    var doneAt = Duration.zero
    /// A connection that lived so long was a good one.
    static let lastingTime = Duration.seconds(5)
    var publisherFailures = 0
    var generation: UInt64 = 0
    var channelLimit: UInt16 = 2047
    var lastFailure: String?
    var hasReportedReady = false
    private var jitter: SplitMix

    init(_ configuration: Configuration, seed: UInt64) {
        self.configuration = configuration
        window = ConfirmWindow(limits: configuration.window)
        jitter = SplitMix(state: seed)
    }

    /// Whether publications reach the broker, or consumers can be subscribed.
    var isReady: Bool {
        guard phase == .open, setup == .done else { return false }
        if !configuration.publishes { return true }
        if case .ready = publisher { return true }
        return false
    }

    /// Whether frames may still come.
    var isUp: Bool {
        switch phase {
        case .open, .flushing, .closing: true
        case .idle, .waiting, .opening, .stopped: false
        }
    }

    /// Whether publications may be sent.
    var isOpen: Bool {
        switch phase {
        case .open, .flushing: true
        default: false
        }
    }

    var notConnected: String { lastFailure.map { "not connected: \($0)" } ?? "not connected" }

    mutating func takeActions() -> [Action] {
        defer { actions = [] }
        return actions
    }

    mutating func wait(failures: Int) -> Duration {
        configuration.backoff.wait(failures: failures, share: Double.random(in: 0..<1, using: &jitter))
    }

    // MARK: Life

    mutating func start() {
        guard phase == .idle else { return }
        connect()
    }

    mutating func connected(channelLimit: Int, now: Duration) {
        guard phase == .opening else { return actions.append(.disconnect) }
        phase = .open
        self.channelLimit = UInt16(clamping: max(channelLimit, 16))
        setup = .needed
        actions.append(.report(.connected))
        beginSetup(now: now)
        let ready = operations
        operations = []
        for operation in ready { begin(operation, now: now) }
    }

    /// The connection could not be made, or ended. Everything that was on it is settled; a new try is scheduled.
    mutating func lost(_ reason: String, now: Duration) {
        lastFailure = reason
        let wasUp = phase == .open
        guard phase == .opening || wasUp else {
            if case .stopped = phase { return }
            if case .waiting = phase { return }
            return finishStopping(reason)
        }
        let hasLasted = wasUp && setup == .done && now - doneAt >= Self.lastingTime
        abandonChannels(reason)
        actions.append(.disconnect)
        // A line that breaks again and again is tried more and more rarely: every time all that was delivered comes back,
        // and the broker counts that against the messages.
        if hasLasted { failures = 0 }
        failures += 1
        let wait = wait(failures: failures)
        phase = .waiting(until: now + wait)
        actions.append(.report(.lost(reason, retryIn: wait)))
    }

    /// Ends in order: consumers end at once, outstanding confirms are waited for, then the connection is closed.
    mutating func stop(now: Duration) {
        switch phase {
        case .flushing, .closing, .stopped: return
        case .idle, .waiting, .opening: return finishStopping("stopped")
        case .open: break
        }
        for operation in operations { fail(operation.id, BrokerError(.stopped, "the client was stopped")) }
        operations = []
        for id in consumers.keys.sorted() { endConsumer(id) }
        phase = .flushing(until: now + configuration.flushTimeout)
        closeWhenFlushed(now: now)
    }

    mutating func tick(now: Duration) {
        window.expire(now: now, unsent: isReady ? "not sent in time" : notConnected)
        switch phase {
        case .waiting(let until) where until <= now: connect()
        case .flushing(let until):
            if until <= now { window.failWaiting(.unknown("stopped")) }
            until <= now ? close(now: now) : closeWhenFlushed(now: now)
        case .closing(let until) where until <= now: finishStopping("no close-ok")
        default: break
        }
        expireOperations(now: now)
        guard phase == .open else { return }
        if channels.values.contains(where: { $0.replyDeadline.map { $0 <= now } ?? false }) {
            return lost("the broker did not answer in time", now: now)
        }
        if case .retrying(let at) = publisher, at <= now {
            publisher = .absent
            beginSetup(now: now)
        }
        retryConsumers(now: now)
        askSilentChannels(now: now)
    }

    /// When `tick` has something to do, if nothing happens before.
    var nextDeadline: Duration? {
        var times = channels.values.compactMap(\.replyDeadline) + operations.map(\.deadline)
        times += consumers.values.compactMap(\.retryAt)
        if case .retrying(let at) = publisher { times.append(at) }
        if let question = nextQuestion { times.append(question) }
        if let deadline = window.earliestDeadline { times.append(deadline) }
        switch phase {
        case .waiting(let until), .flushing(let until), .closing(let until): times.append(until)
        default: break
        }
        return times.min()
    }

    private mutating func connect() {
        phase = .opening
        actions.append(.connect(attempt: attempts))
        attempts += 1
    }

    private mutating func abandonChannels(_ reason: String) {
        for number in channels.keys.sorted() {
            guard let channel = channels.removeValue(forKey: number) else { continue }
            if case .operation(let id) = channel.purpose { fail(id, BrokerError(.connectionLost, reason)) }
        }
        window.channelLost { _ in .unknown(reason) }
        for id in consumers.keys.sorted() { consumerConnectionLost(id) }
        publisher = .absent
        isBlocked = false
        hasReportedReady = false
        setup = .needed
    }

    // MARK: End

    mutating func closeWhenFlushed(now: Duration) {
        if case .flushing = phase, window.isEmpty { close(now: now) }
    }

    private mutating func close(now: Duration) {
        phase = .closing(until: now + configuration.closeTimeout)
        actions.append(.send(.closeConnection, channel: 0))
    }

    mutating func finishStopping(_ reason: String) {
        abandonChannels(reason)
        for operation in operations { fail(operation.id, BrokerError(.stopped, "the client was stopped")) }
        operations = []
        for id in consumers.keys.sorted() { endConsumer(id) }
        window.failWaiting(.unknown("stopped"))
        phase = .stopped
        actions.append(.disconnect)
    }
}

/// A small repeatable source of jitter (SplitMix64).
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
