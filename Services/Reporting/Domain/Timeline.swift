public import Foundation

/// The nodes of one ticket in their order, each with its end.
public enum Timeline {
    public struct Stretch: Hashable, Sendable {
        public let node: Node
        /// The step as its process words it; nil where no process told of it.
        public let step: NodeFact.Step?
        public let who: String?
        public let from: Date
        /// When the next node began; nil for the node where the ticket is now.
        public let until: Date?
        /// How long it lasted, or has lasted at `now`; nil for the end of the life, which lasts for ever.
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
        return sorted.indices.map { index in
            let fact = sorted[index]
            let until = index + 1 < sorted.count ? sorted[index + 1].at : nil
            let isEnd = fact.node == .closed && until == nil
            return Stretch(
                node: fact.node, step: fact.step, who: fact.who, from: fact.at, until: until,
                seconds: isEnd ? nil : max(0, (until ?? now).timeIntervalSince(fact.at)))
        }
    }
}
