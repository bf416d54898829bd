/// The departments, each below at most one other.
public struct DepartmentTree: Sendable {
    private let children: [String: [String]]

    /// - Parameter parents: the department above, by code; a top one has nil.
    public init(parents: [String: String?]) {
        var children: [String: [String]] = [:]
        for (code, parent) in parents {
            if let parent { children[parent, default: []].append(code) }
        }
        self.children = children
    }

    /// The department and all below it, sorted. A ring in the data ends the walk instead of running for ever.
    public func subtree(of code: String) -> [String] {
        var found: Set<String> = [code]
        var open = [code]
        while let next = open.popLast() {
            for child in children[next] ?? [] where found.insert(child).inserted { open.append(child) }
        }
        return found.sorted()
    }
}
