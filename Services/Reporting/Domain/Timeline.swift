public import Foundation

/// The nodes of one ticket in their order, each with its end. The work order goes its way and each visit its own, side by
/// side: a node ends where the next of the same way begins.
public enum Timeline {
    public struct Stretch: Hashable, Sendable {
        public let node: Node
        /// The step as its process words it; nil where no process told of it.
        public let step: NodeFact.Step?
        public let who: String?
        public let from: Date
        /// When the next node began, or the work order ended under a visit; nil for the node where it is now.
        public let until: Date?
        /// How long it lasted, or has lasted at `now`; nil for the end of a way, which lasts for ever.
        public let seconds: Double?
    }

    /// Within one work order the version is the order; the creation comes before everything, whatever the clocks of two
    /// databases say of each other.
    public static func stretches(of facts: [NodeFact], now: Date) -> [Stretch] {
        let sorted = facts.sorted { one, other in
            if (one.node == .created) != (other.node == .created) { return one.node == .created }
            if one.key.aggregate == other.key.aggregate { return one.key.version < other.key.version }
            return (one.at, one.key.aggregate.uuidString) < (other.at, other.key.aggregate.uuidString)
        }
        let closedAt = end(of: facts)
        var next: [Int?: Date] = [:]
        let stretches = sorted.reversed().map { fact in
            let visit = fact.step?.visit
            let following = next.updateValue(fact.at, forKey: visit)
            let isEnd = following == nil && (fact.node == .closed || fact.step?.isEnd == true)
            let until = following ?? (visit == nil || isEnd ? nil : closedAt)
            return Stretch(
                node: fact.node, step: fact.step, who: fact.who, from: fact.at, until: until,
                seconds: isEnd ? nil : max(0, (until ?? now).timeIntervalSince(fact.at)))
        }
        return stretches.reversed()
    }

    /// When the work order was closed; nil while it is not.
    static func end(of facts: [NodeFact]) -> Date? {
        facts.filter { $0.node == .closed && $0.step?.visit == nil }.map(\.at).max()
    }
}
