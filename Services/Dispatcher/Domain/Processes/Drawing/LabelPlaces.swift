/// Finds room for the words at the edges, so that none lies on another or on a box.
struct LabelPlaces {
    private var taken: [DiagramLayout.Rect]
    private(set) var right: Double = 0
    private static let size = 11.0
    private static let line = 14.0

    init(avoiding boxes: [DiagramLayout.Rect]) { taken = boxes }

    /// - Returns: the SVG of one label, its lines one below the other.
    mutating func place(_ lines: [String], along path: [(x: Double, y: Double)], isBack: Bool) -> String {
        guard !lines.isEmpty else { return "" }
        let width = lines.map { ProcessDiagram.width($0, size: Self.size) }.max() ?? 0
        let height = Double(lines.count) * Self.line
        let rects = Self.spots(path, isBack: isBack).map { spot in
            DiagramLayout.Rect(x: spot.x - width / 2, y: spot.y - height / 2, width: width, height: height)
        }
        let fallback = DiagramLayout.Rect(x: path[0].x, y: path[0].y, width: width, height: height)
        let rect = rects.first { one in !taken.contains { $0.overlaps(one) } } ?? rects.first ?? fallback
        taken.append(rect)
        right = max(right, rect.right)
        let n = ProcessDiagram.number
        return lines.enumerated().map { number, line in
            let y = rect.y + Double(number) * Self.line + Self.size
            return "<text x=\"\(n(rect.middle))\" y=\"\(n(y))\" text-anchor=\"middle\" font-size=\"11\" fill=\"#333\" "
                + "stroke=\"#fff\" stroke-width=\"3\" paint-order=\"stroke\">\(ProcessDiagram.escape(line))</text>\n"
        }.joined()
    }

    /// From the likeliest: along the edge, then a little to both sides of it.
    private static func spots(_ path: [(x: Double, y: Double)], isBack: Bool) -> [(x: Double, y: Double)] {
        let shares = [0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8, 0.1, 0.9]
        // An edge that leads back is longest in its lane, which lies farthest to the right.
        let lane = path.filter { $0.x == path.map(\.x).max() }
        let segments = isBack ? Array(zip(lane, lane.dropFirst())) : Array(zip(path, path.dropFirst()))
        let along = segments.flatMap { from, to in
            shares.map { share -> (x: Double, y: Double) in
                // The middle of a curve runs across, its ends straight down.
                let across = share * share * (3 - 2 * share)
                return (from.x + (to.x - from.x) * across, from.y + (to.y - from.y) * share)
            }
        }
        return along + [24.0, -24, 48, -48, 80, -80].flatMap { shift in along.map { (x: $0.x + shift, y: $0.y) } }
    }
}
