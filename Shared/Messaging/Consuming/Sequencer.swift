import Foundation

/// Puts versions of aggregates in order: what may be applied now, what was applied before, what must wait. A pure rule,
/// the heart of "done once, in order".
struct Sequencer<Item> {
    enum Verdict {
        /// The item and those that it freed, in order.
        case apply([Item])
        case duplicate
        case waits
    }

    /// The newest version applied, by aggregate; grows as versions are let through.
    private(set) var last: [UUID: Int64]
    private(set) var advanced: Set<UUID> = []
    /// Items behind a gap.
    private var waiting: [UUID: [Int64: Item]] = [:]

    /// - Parameter last: 0 (or nothing) for an aggregate that was never seen.
    init(last: [UUID: Int64]) { self.last = last }

    /// Still behind a gap.
    var leftovers: [Item] { waiting.values.flatMap(\.values) }

    /// Applies `version` if it is newer than all before.
    mutating func newest(_ aggregate: UUID, _ version: Int64) -> Bool {
        guard version > last[aggregate, default: 0] else { return false }
        advance(aggregate, to: version)
        return true
    }

    /// Takes an item that waited before. False when it is over.
    mutating func hold(_ aggregate: UUID, _ version: Int64, _ item: Item) -> Bool {
        guard version > last[aggregate, default: 0], waiting[aggregate]?[version] == nil else { return false }
        waiting[aggregate, default: [:]][version] = item
        return true
    }

    /// - Parameter replacing: stands for the item of this version that waits already.
    mutating func each(_ aggregate: UUID, _ version: Int64, _ item: Item, replacing: Bool = false) -> Verdict {
        let last = last[aggregate, default: 0]
        if version <= last { return .duplicate }
        if version > last + 1 {
            if !replacing, waiting[aggregate]?[version] != nil { return .duplicate }
            waiting[aggregate, default: [:]][version] = item
            return .waits
        }
        var freed = [item]
        if let known = waiting[aggregate]?.removeValue(forKey: version), !replacing { freed = [known] }
        advance(aggregate, to: version)
        while let next = waiting[aggregate]?.removeValue(forKey: self.last[aggregate, default: 0] + 1) {
            advance(aggregate, to: self.last[aggregate, default: 0] + 1)
            freed.append(next)
        }
        return .apply(freed)
    }

    private mutating func advance(_ aggregate: UUID, to version: Int64) {
        last[aggregate] = version
        advanced.insert(aggregate)
    }
}
