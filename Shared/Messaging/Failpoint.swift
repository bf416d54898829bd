#if DEBUG
    import Foundation
    import Synchronization

    /// Places where a test build dies or stops when it is told to, so that a fault falls exactly there. Release builds hold
    /// nothing of this.
    ///
    /// `PAIDAN_FAILPOINT=relay.published=kill@3,consumer.committed=stop` ends the process without a last word (SIGKILL) at
    /// the third hit of the one, and stops it (SIGSTOP) at the first hit of the other. Whoever stopped it lets it go on.
    public enum Failpoint: String, CaseIterable, Sendable {
        /// A batch is handled, its transaction not yet committed.
        case consumerHandled = "consumer.handled"
        /// Committed, not yet acknowledged.
        case consumerCommitted = "consumer.committed"
        /// The work outside of the database is done and written down, its message not yet acknowledged.
        case effectDone = "effect.done"
        /// Published, not yet confirmed.
        case relayPublished = "relay.published"
        /// Confirmed, not yet deleted.
        case relayConfirmed = "relay.confirmed"
        /// Timers are claimed and handled, their transaction not yet committed.
        case timerFired = "timer.fired"
        /// Commands of people, or what else one of them asked for, are decided, their transaction not yet committed.
        case commandDecided = "command.decided"
        /// Committed, nobody answered yet.
        case commandCommitted = "command.committed"
        /// An attempt is written down, the provider not yet called.
        case senderClaimed = "sender.claimed"
        /// The provider has answered, which is not yet written down.
        case senderCalled = "sender.called"

        enum Action: String, Sendable {
            case kill, stop

            var signal: Int32 { self == .kill ? SIGKILL : SIGSTOP }
        }

        struct Plan: Sendable, Hashable {
            let action: Action
            /// From 1.
            let hit: Int
        }

        /// What a message holds that ends the process whenever somebody looks into it: `PAIDAN_DEADLY`.
        private static let deadly = ProcessInfo.processInfo.environment["PAIDAN_DEADLY"].map { Array($0.utf8) }

        static func look(into body: [UInt8]) {
            if let deadly, body.contains(deadly) { kill(getpid(), SIGKILL) }
        }

        private static let variable = "PAIDAN_FAILPOINT"
        private static let plans = read(ProcessInfo.processInfo.environment[variable] ?? "")
        private static let hits = Mutex<[Failpoint: Int]>([:])

        var isArmed: Bool { Self.plans[self] != nil }

        /// Does what is planned for this place, if its time has come.
        public func hit() {
            guard let plan = Self.plans[self] else { return }
            let count = Self.hits.withLock { hits in
                hits[self, default: 0] += 1
                return hits[self]
            }
            if count == plan.hit { kill(getpid(), plan.action.signal) }
        }

        /// - Parameter text: `<place>=<action>[@<hit>]`, several parted by commas. What is mistyped ends the process at once:
        ///   a fault that never comes would look like one that was survived.
        static func read(_ text: String) -> [Failpoint: Plan] {
            var plans: [Failpoint: Plan] = [:]
            for part in text.split(separator: ",") {
                let match = part.wholeMatch(of: /([a-z.]+)=(kill|stop)(?:@([1-9][0-9]{0,5}))?/)
                guard let match, let place = Failpoint(rawValue: String(match.1)),
                    let action = Action(rawValue: String(match.2))
                else { preconditionFailure("\(variable): \(part)") }
                plans[place] = Plan(action: action, hit: match.3.flatMap { Int($0) } ?? 1)
            }
            return plans
        }
    }

    /// A guard that a test build goes without, so that the tests of faults can be seen to fail: `PAIDAN_BREAK=inbox`.
    enum RemovedGuard: String {
        /// Neither the inbox nor the positions of aggregates are consulted: what comes twice or late is handled as new.
        case inbox
        /// Messages are acknowledged before their transaction is committed.
        case ack
        /// Outbox rows are deleted without waiting for the broker's confirm.
        case confirm

        private static let removed = ProcessInfo.processInfo.environment["PAIDAN_BREAK"]

        var isRemoved: Bool { Self.removed == rawValue }
    }
#endif
