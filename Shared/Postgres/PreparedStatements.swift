/// The statements that one connection has prepared; the least lately used one makes room. A pure value.
struct PreparedStatements: Sendable {
    /// Types belong to the key: the same text with another type of value is another plan.
    struct Key: Hashable, Sendable {
        let text: String
        let types: [UInt32]
    }

    private struct Entry { var name: String; var lastUse: UInt64 }

    let capacity: Int
    private var entries: [Key: Entry] = [:]
    private var uses: UInt64 = 0
    private var names: UInt64 = 0
    /// Names that the server still holds although we forgot them.
    private(set) var discarded: [String] = []

    init(capacity: Int = 256) { self.capacity = capacity }

    var count: Int { entries.count }

    /// The name it is prepared under, or nil.
    mutating func name(of key: Key) -> String? {
        uses += 1
        guard let place = entries.index(forKey: key) else { return nil }
        entries.values[place].lastUse = uses
        return entries.values[place].name
    }

    /// A name that was never used on this connection.
    mutating func newName() -> String {
        names += 1
        return "s\(names)"
    }

    /// Call when the server has confirmed the preparation.
    mutating func insert(_ name: String, for key: Key) {
        if let old = entries[key] { discarded.append(old.name) }
        uses += 1
        entries[key] = Entry(name: name, lastUse: uses)
        if entries.count > capacity, let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse }) {
            entries[oldest.key] = nil
            discarded.append(oldest.value.name)
        }
    }

    /// Call when the server has let go of the first of ``discarded``.
    mutating func forgotten(_ name: String) { discarded.removeAll { $0 == name } }

    /// Everything is prepared anew.
    ///
    /// - Parameter kept: whether the server still holds the old ones.
    mutating func forgetAll(kept: Bool) {
        discarded = kept ? discarded + entries.values.map(\.name) : []
        entries = [:]
    }
}
