/// Where everything of a diagram lies, in SVG's units.
struct DiagramLayout {
    struct Rect: Hashable {
        var x: Double
        var y: Double
        var width: Double
        var height: Double

        var middle: Double { x + width / 2 }
        var bottom: Double { y + height }
        var right: Double { x + width }

        func overlaps(_ other: Rect) -> Bool {
            x < other.right && other.x < right && y < other.bottom && other.y < bottom
        }
    }

    private(set) var boxes: [Rect]
    /// Points that each edge passes through, from box to box.
    private(set) var paths: [[(x: Double, y: Double)]] = []
    private(set) var width: Double = 0
    private(set) var height: Double = 0

    static let gap = 36.0
    static let layerGap = 78.0
    static let margin = 24.0
    private static let crossing = 20.0

    /// - Parameter sizes: width and height of every box.
    init(_ graph: LayeredGraph, sizes: [(width: Double, height: Double)]) {
        boxes = sizes.map { Rect(x: 0, y: 0, width: $0.width, height: $0.height) }
        let width = { (one: Int) in one < 0 ? Self.crossing : sizes[one].width }
        var left = Self.firstPlaces(graph, width)
        for round in 0..<12 { Self.pull(graph, width, &left, down: round % 2 == 0) }
        let least = left.values.min() ?? 0
        var y = Self.margin
        var tops: [Double] = []
        for row in graph.rows {
            tops.append(y)
            let tallest = row.filter { $0 >= 0 }.map { sizes[$0].height }.max() ?? 0
            for box in row where box >= 0 {
                boxes[box].x = (left[Place(row: graph.layer[box], one: box)] ?? 0) - least + Self.margin
                boxes[box].y = y + (tallest - boxes[box].height) / 2
            }
            y += tallest + Self.layerGap
        }
        let crossings = left.mapValues { $0 - least + Self.margin + Self.crossing / 2 }
        setPaths(graph, tops, crossings)
        height = y - Self.layerGap + Self.margin
        self.width = (boxes.map(\.right) + paths.flatMap { $0.map(\.x) }).max().map { $0 + Self.margin } ?? 0
    }

    private struct Place: Hashable {
        let row: Int
        let one: Int
    }

    private static func firstPlaces(_ graph: LayeredGraph, _ width: (Int) -> Double) -> [Place: Double] {
        var left: [Place: Double] = [:]
        for (number, row) in graph.rows.enumerated() {
            var x = -row.reduce(-gap) { $0 + width($1) + gap } / 2
            for one in row {
                left[Place(row: number, one: one)] = x
                x += width(one) + gap
            }
        }
        return left
    }

    /// Moves each entry of a row towards the middle of its neighbours, as far as those beside it let it.
    private static func pull(
        _ graph: LayeredGraph, _ width: (Int) -> Double, _ left: inout [Place: Double], down: Bool
    ) {
        let order = down ? Array(graph.rows.indices) : graph.rows.indices.reversed()
        for number in order {
            let row = graph.rows[number]
            let wanted = row.map { one -> Double in
                let rows = [number - 1, number + 1]
                let middles = rows.flatMap { other in
                    graph.neighbours(of: one, in: other).compactMap { near in
                        left[Place(row: other, one: near)].map { $0 + width(near) / 2 }
                    }
                }
                let own = left[Place(row: number, one: one)] ?? 0
                return middles.isEmpty ? own : middles.reduce(0, +) / Double(middles.count) - width(one) / 2
            }
            // From the left nobody may overlap; what that pushed too far right comes back from the right.
            var places = wanted
            for index in row.indices.dropFirst() {
                places[index] = max(places[index], places[index - 1] + width(row[index - 1]) + gap)
            }
            let drift = zip(places, wanted).map { $0 - $1 }.reduce(0, +) / Double(max(row.count, 1))
            for (index, one) in row.enumerated() { left[Place(row: number, one: one)] = places[index] - drift }
        }
    }

    private mutating func setPaths(_ graph: LayeredGraph, _ tops: [Double], _ crossings: [Place: Double]) {
        let bottoms = graph.rows.map { row in row.filter { $0 >= 0 }.map { boxes[$0].bottom }.max() ?? 0 }
        var lane = (boxes.map(\.right).max() ?? 0) + 16
        for (number, edge) in graph.edges.enumerated() {
            let (from, to) = (boxes[edge.from], boxes[edge.to])
            if edge.isBack {
                let (start, end) = (from.y + from.height * 0.6, to.y + to.height * 0.4)
                let leaving = around(edge.from, at: start, lane, by: bottoms[graph.layer[edge.from]] + 10)
                let arriving = around(edge.to, at: end, lane, by: tops[graph.layer[edge.to]] - 10)
                paths.append(leaving + arriving.reversed())
                lane += 14
                continue
            }
            var points = [(x: port(graph, edge, leaving: true), y: from.bottom)]
            for row in (graph.layer[edge.from] + 1)..<max(graph.layer[edge.to], graph.layer[edge.from] + 1) {
                points.append((x: crossings[Place(row: row, one: ~number)] ?? from.middle, y: tops[row] + 24))
            }
            paths.append(points + [(x: port(graph, edge, leaving: false), y: to.y)])
        }
    }

    /// From a box's right side to the lane at the side, in the gap at `y` where other boxes stand in the way.
    private func around(_ box: Int, at side: Double, _ lane: Double, by y: Double) -> [(x: Double, y: Double)] {
        let from = boxes[box]
        let isBlocked = boxes.contains { $0.x > from.x && $0.y <= side && side <= $0.bottom }
        guard isBlocked else { return [(from.right, side), (lane, side)] }
        return [(from.right, side), (from.right + 10, side), (from.right + 10, y), (lane, y)]
    }

    /// Where an edge meets its box: those of one side spread over it, in the order of their other ends.
    private func port(_ graph: LayeredGraph, _ edge: LayeredGraph.Edge, leaving: Bool) -> Double {
        let box = leaving ? edge.from : edge.to
        let others = graph.edges.filter { !$0.isBack && (leaving ? $0.from : $0.to) == box }
            .sorted {
                (boxes[leaving ? $0.to : $0.from].middle, $0.to) < (boxes[leaving ? $1.to : $1.from].middle, $1.to)
            }
        let place = others.firstIndex(of: edge) ?? 0
        return boxes[box].x + boxes[box].width * Double(place + 1) / Double(others.count + 1)
    }
}
