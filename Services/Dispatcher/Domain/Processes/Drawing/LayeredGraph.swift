/// Boxes in layers from top to bottom, and the edges between them: where a diagram's parts belong, before anything is
/// measured. The same graph always gives the same layers.
struct LayeredGraph {
    struct Edge: Hashable {
        let from: Int
        let to: Int
        /// Against the flow: drawn at the side.
        var isBack: Bool
    }

    /// Of every box.
    private(set) var layer: [Int]
    private(set) var edges: [Edge]
    /// Boxes and, below zero (`~edge`), the places where long edges cross a layer; from left to right.
    private(set) var rows: [[Int]] = []

    /// - Parameter ways: from box to boxes, box 0 first; pairs may repeat, an edge to itself is left out.
    init(count: Int, ways: [(Int, Int)]) {
        var seen: Set<Edge> = []
        edges = ways.compactMap { from, to in
            let edge = Edge(from: from, to: to, isBack: false)
            return from != to && seen.insert(edge).inserted ? edge : nil
        }
        layer = Array(repeating: 0, count: count)
        guard count > 0 else { return }
        markBackEdges(count)
        setLayers(count)
        setRows()
        for round in 0..<8 { sweep(down: round % 2 == 0) }
    }

    /// Of the edges that make a ring, those are drawn back that lead up in the order of the file.
    private mutating func markBackEdges(_ count: Int) {
        let targets = Dictionary(grouping: edges) { $0.from }.mapValues { $0.map(\.to) }
        let reached = (0..<count).map { start -> Set<Int> in
            var found: Set<Int> = []
            var open = [start]
            while let box = open.popLast() {
                for target in targets[box] ?? [] where found.insert(target).inserted { open.append(target) }
            }
            return found
        }
        for (number, edge) in edges.enumerated() where edge.to < edge.from && reached[edge.to].contains(edge.from) {
            edges[number].isBack = true
        }
    }

    /// Each box lies below all that lead to it.
    private mutating func setLayers(_ count: Int) {
        for _ in 0..<count {
            var changed = false
            for edge in edges where !edge.isBack && layer[edge.to] <= layer[edge.from] {
                layer[edge.to] = layer[edge.from] + 1
                changed = true
            }
            if !changed { break }
        }
        // What is reached from everywhere, and so by no edge, ends the picture instead of beginning it.
        let bottom = layer.max() ?? 0
        for box in layer.indices.dropFirst() where !edges.contains(where: { $0.from == box || $0.to == box }) {
            layer[box] = bottom
        }
    }

    private mutating func setRows() {
        rows = Array(repeating: [], count: (layer.max() ?? 0) + 1)
        for box in layer.indices { rows[layer[box]].append(box) }
        for (number, edge) in edges.enumerated() where !edge.isBack && layer[edge.to] - layer[edge.from] > 1 {
            for between in (layer[edge.from] + 1)..<layer[edge.to] { rows[between].append(~number) }
        }
    }

    /// Orders each row by the middle of its neighbours in the row before; equals keep their order.
    private mutating func sweep(down: Bool) {
        let order = down ? Array(rows.indices.dropFirst()) : rows.indices.dropLast().reversed()
        for row in order {
            let other = rows[down ? row - 1 : row + 1]
            let place = Dictionary(other.enumerated().map { ($1, $0) }) { first, _ in first }
            let weights = rows[row].enumerated().map { index, one -> (Double, Int, Int) in
                let near = neighbours(of: one, in: down ? row - 1 : row + 1).compactMap { place[$0] }
                let own = Double(index) / Double(max(rows[row].count, 1)) * Double(other.count)
                return (near.isEmpty ? own : Double(near.reduce(0, +)) / Double(near.count), index, one)
            }
            rows[row] = weights.sorted { ($0.0, $0.1) < ($1.0, $1.1) }.map(\.2)
        }
    }

    /// What an entry of a row is joined to in the next or previous row.
    func neighbours(of one: Int, in row: Int) -> [Int] {
        if one < 0 {
            let edge = edges[~one]
            if layer[edge.from] == row { return [edge.from] }
            return layer[edge.to] == row ? [edge.to] : [one]
        }
        return edges.enumerated().compactMap { number, edge in
            guard !edge.isBack, edge.from == one || edge.to == one else { return nil }
            let end = edge.from == one ? edge.to : edge.from
            let isBelow = edge.from == one
            guard isBelow == (row > layer[one]) else { return nil }
            return abs(layer[end] - layer[one]) == 1 ? end : ~number
        }
    }
}
