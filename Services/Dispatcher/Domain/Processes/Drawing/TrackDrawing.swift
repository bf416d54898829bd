import Kernel

/// One track of a diagram.
struct TrackDrawing {
    let width: Double
    let height: Double
    /// SVG elements, from the track's own corner.
    private(set) var body = ""
    private let language: Language
    private let definition: ProcessDefinition

    init(_ kind: TrackKind, _ track: Track, _ definition: ProcessDefinition, _ language: Language) {
        self.language = language
        self.definition = definition
        let ways = Self.ways(kind, track, definition)
        let graph = LayeredGraph(count: track.steps.count, ways: ways.map { ($0.from, $0.to) })
        let texts = track.steps.map { Self.lines($0, kind, definition, language) }
        let sizes = texts.map { lines in
            let widest = lines.enumerated().map { ProcessDiagram.width($1, size: $0 == 0 ? 14 : 11) }.max() ?? 0
            return (width: max(widest + 28, 96), height: 30 + Double(lines.count - 1) * 16)
        }
        let layout = DiagramLayout(graph, sizes: sizes)
        var labels = LabelPlaces(avoiding: layout.boxes)
        var edges = ""
        var words = ""
        for (number, edge) in graph.edges.enumerated() {
            let of = ways.filter { $0.from == edge.from && $0.to == edge.to }
            edges += Self.path(layout.paths[number], isBack: edge.isBack, isTimed: of.allSatisfy(\.isTimed))
            let text = of.compactMap { $0.title.map { Self.short($0[language]) } }
            words += labels.place(text, along: layout.paths[number], isBack: edge.isBack)
        }
        width = max(layout.width, labels.right + 16)
        height = layout.height
        body = edges
        for (index, step) in track.steps.enumerated() {
            body += Self.box(step, layout.boxes[index], texts[index], isFirst: index == 0)
        }
        body += words
    }

    private struct Way {
        let from: Int
        let to: Int
        let title: Phrase?
        /// Only a timer or a clock goes this way.
        let isTimed: Bool
    }

    private static func ways(_ kind: TrackKind, _ track: Track, _ definition: ProcessDefinition) -> [Way] {
        let place = Dictionary(track.steps.enumerated().map { ($1.code, $0) }) { first, _ in first }
        return track.steps.enumerated().flatMap { from, step -> [Way] in
            let acts = step.actions.compactMap { action -> Way? in
                guard case .step(let target) = action.target, let to = place[target.code] else { return nil }
                let title = granted(action, definition)
                return Way(from: from, to: to, title: title, isTimed: action.takers == [.timer])
            }
            // The first that holds is taken.
            let routes = step.routes.enumerated().compactMap { number, route -> Way? in
                guard case .step(let target) = route.target, let to = place[target.code] else { return nil }
                let title = route.when?.words(in: definition, kind) ?? Phrase(zh: "其他", en: "otherwise")
                let (zh, en) = ("\(number + 1). \(title.zh)", "\(number + 1). \(title.en)")
                return Way(from: from, to: to, title: Phrase(zh: zh, en: en), isTimed: false)
            }
            return acts + routes
        }
    }

    /// An action's title, with who must grant it.
    private static func granted(_ action: ProcessAction, _ definition: ProcessDefinition) -> Phrase {
        guard !action.approval.isEmpty else { return action.title }
        let roles = action.approval.map { definition.words(RoleReference($0.code)) }
        return Phrase(
            zh: "\(action.title.zh)（须\(roles.map(\.zh).joined(separator: "、"))批准）",
            en: "\(action.title.en) (granted by: \(roles.map(\.en).joined(separator: ", ")))")
    }

    /// Of a long condition its begin; all of it stands in the definition.
    private static func short(_ text: String) -> String { text.count <= 60 ? text : text.prefix(59) + "…" }

    /// Title, who has it, which clocks run or pause, what leaves it here or leads back, timers.
    private static func lines(
        _ step: ProcessStep, _ kind: TrackKind, _ definition: ProcessDefinition, _ language: Language
    ) -> [String] {
        var lines = [step.title[language]]
        if let owner = step.owner { lines.append("☺ " + definition.words(owner)[language]) }
        for (sign, clocks) in [("◷ ", step.clocks), ("‖ ", step.pauses)] where !clocks.isEmpty {
            lines.append(
                sign + clocks.map { definition.clock($0.code)?.title[language] ?? $0.code }.joined(separator: ", "))
        }
        if kind == .work, definition.standing.terminate?.target.code == step.code {
            lines.append("⊘ " + Phrase(zh: "终止时到此", en: "when terminated")[language])
        }
        for action in step.actions where action.target == .stay { lines.append("↻ " + action.title[language]) }
        for action in step.actions where action.target.isBack { lines.append("← " + action.title[language]) }
        for timer in step.timers where !timer.isStandard {
            lines.append("▸ " + moment(timer, language) + " → " + timer.title[language])
        }
        return lines
    }

    private static func moment(_ timer: ProcessTimer, _ language: Language) -> String {
        switch timer.moment {
        case .after(let limit): limit.words[language]
        case .field(let field, let before): field.code + (before.map { " − " + $0.words[language] } ?? "")
        }
    }

    private static func path(_ points: [(x: Double, y: Double)], isBack: Bool, isTimed: Bool) -> String {
        let n = ProcessDiagram.number
        var path = "M\(n(points[0].x)),\(n(points[0].y))"
        for (from, to) in zip(points, points.dropFirst()) {
            if isBack {
                path += " L\(n(to.x)),\(n(to.y))"
            } else {
                let middle = (from.y + to.y) / 2
                path += " C\(n(from.x)),\(n(middle)) \(n(to.x)),\(n(middle)) \(n(to.x)),\(n(to.y))"
            }
        }
        let dash = isTimed ? " stroke-dasharray=\"5 4\"" : ""
        let colour = isBack ? "#a66" : "#555"
        return "<path d=\"\(path)\" fill=\"none\" stroke=\"\(colour)\"\(dash) marker-end=\"url(#arrow)\"/>\n"
    }

    private static func box(_ step: ProcessStep, _ rect: DiagramLayout.Rect, _ lines: [String], isFirst: Bool) -> String
    {
        let n = ProcessDiagram.number
        let round = step.end != nil ? 16 : step.routes.isEmpty ? 5 : 0
        let dash = step.routes.isEmpty ? "" : " stroke-dasharray=\"2 3\""
        var svg =
            "<rect x=\"\(n(rect.x))\" y=\"\(n(rect.y))\" width=\"\(n(rect.width))\" height=\"\(n(rect.height))\" "
            + "rx=\"\(round)\" fill=\"\(step.colour.fill)\" stroke=\"\(step.colour.line)\" "
            + "stroke-width=\"\(isFirst || step.end != nil ? "2.5" : "1.3")\"\(dash)/>\n"
        for (number, line) in lines.enumerated() {
            let y = rect.y + (number == 0 ? 20 : 20 + Double(number) * 16)
            let style = number == 0 ? "font-weight=\"bold\"" : "font-size=\"11\" fill=\"#444\""
            svg += "<text x=\"\(n(rect.middle))\" y=\"\(n(y))\" text-anchor=\"middle\" \(style)>"
            svg += "\(ProcessDiagram.escape(line))</text>\n"
        }
        return svg
    }
}

extension ProcessStep.Colour {
    var fill: String {
        switch self {
        case .red: "#fde2e0"
        case .yellow: "#fff4c7"
        case .green: "#dff3de"
        case .blue: "#dceafb"
        case .orange: "#ffe8d1"
        case .purple: "#ece3f8"
        case .grey: "#f1f1f1"
        }
    }

    var line: String {
        switch self {
        case .red: "#c0392b"
        case .yellow: "#b8860b"
        case .green: "#2e7d32"
        case .blue: "#1f5fa8"
        case .orange: "#c76a12"
        case .purple: "#6a3fa0"
        case .grey: "#777"
        }
    }
}
