/// The departments, each below at most one other.
public struct DepartmentTree: Sendable, Hashable {
    /// What the codes of one tree may take in an access token, in bytes of JSON: some two hundred departments. A token
    /// is at most 4 KB, for it travels in a cookie.
    public static let tokenLimit = 2200

    private let parents: [String: String?]
    private let children: [String: [String]]

    /// - Parameter parents: the department above, by code; a top one has nil.
    public init(parents: [String: String?]) {
        self.parents = parents
        var children: [String: [String]] = [:]
        for (code, parent) in parents {
            if let parent { children[parent, default: []].append(code) }
        }
        self.children = children
    }

    public var codes: Set<String> { Set(parents.keys) }

    public func parent(of code: String) -> String? { parents[code] ?? nil }

    public func children(of code: String) -> [String] { (children[code] ?? []).sorted() }

    /// The department and all below it, sorted. A ring in the data ends the walk instead of running for ever.
    public func subtree(of code: String) -> [String] {
        var found: Set<String> = [code]
        var open = [code]
        while let next = open.popLast() {
            for child in children[next] ?? [] where found.insert(child).inserted { open.append(child) }
        }
        return found.sorted()
    }

    /// The department, the one above it, and so on to the top.
    public func path(from code: String) -> [String] {
        var path = [code]
        while let parent = parent(of: path[path.count - 1]), !path.contains(parent) { path.append(parent) }
        return path
    }

    /// The same tree with one department put in or moved.
    public func placing(_ code: String, below parent: String?) -> DepartmentTree {
        var parents = parents
        parents[code] = .some(parent)
        return DepartmentTree(parents: parents)
    }

    /// Whether everybody who belongs to the tree of `code` can still be given a token.
    public func fitsToken(_ code: String) -> Bool {
        let top = path(from: code).last ?? code
        return subtree(of: top).reduce(0) { $0 + $1.utf8.count + 3 } <= Self.tokenLimit
    }
}
