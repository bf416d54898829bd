/// Work can always go on, and every step is reached.
extension DefinitionCheck {
    mutating func checkShape(_ track: Track, _ kind: TrackKind) {
        guard let first = track.steps.first else { return }
        checkSize(track, first)
        if !track.steps.contains(where: { $0.end != nil }) {
            error(
                "step.no-end", at: first.at, zh: "没有一个步骤是结束：给最后的步骤加上 `end: done`",
                en: "no step is an end: give the last one `end: done`")
        }
        for step in track.steps { checkRoutes(step) }
        for step in track.steps where step.end != nil && !(step.actions.isEmpty && step.timers.isEmpty) {
            error(
                "step.end-acts", at: step.at, zh: "结束的步骤“\(step.code)”不能再有操作或定时",
                en: "the step \"\(step.code)\" is an end and can have no actions or timers")
        }
        checkRings(track)
        // A mistyped step would seem to cut off others.
        guard !faults.contains(where: { $0.code == "step.unknown" }) else { return }
        let ways = StepGraph(track)
        let extra = kind == .work ? [definition.standing.terminate?.target.code].compactMap { $0 } : []
        let reached = ways.reached(from: [first.code] + extra)
        for step in track.steps where !reached.contains(step.code) {
            error(
                "step.unreachable", at: step.at, zh: "没有任何操作通到步骤“\(step.code)”",
                en: "nothing leads to the step \"\(step.code)\"")
        }
        let finishing = ways.leading(to: track.steps.filter { $0.end != nil }.map(\.code))
        for step in track.steps where step.end == nil && !finishing.contains(step.code) {
            error(
                "step.dead-end", at: step.at, zh: "步骤“\(step.code)”走不到任何结束",
                en: "from the step \"\(step.code)\" no end can be reached")
        }
    }

    /// Nobody stops in a step with routes: a ring of such steps would never come to rest.
    private mutating func checkRings(_ track: Track) {
        let passed = Set(track.steps.filter { !$0.routes.isEmpty }.map(\.code))
        let ways = StepGraph(track).ways.filter { passed.contains($0.key) }.mapValues { $0.filter(passed.contains) }
        for step in track.steps where StepGraph(ways: ways).reached(from: ways[step.code] ?? []).contains(step.code) {
            return error(
                "route.ring", at: step.at, zh: "步骤“\(step.code)”的去向又绕回它自己，中间没有一步停留：工单可能一直转圈",
                en:
                    "the routes of the step \"\(step.code)\" lead back to it and nobody stops between: work could go round for ever"
            )
        }
    }

    /// A process that nobody could draw or read is cut into several.
    private mutating func checkSize(_ track: Track, _ first: ProcessStep) {
        let timers = track.steps.flatMap(\.timers).filter { !$0.isStandard }
        let ways = track.steps.map { $0.actions.count + $0.routes.count }.reduce(timers.count, +)
        guard track.steps.count > Self.mostSteps || ways > Self.mostWays else { return }
        error(
            "step.too-many", at: first.at, zh: "最多 \(Self.mostSteps) 个步骤、\(Self.mostWays) 个操作、去向和定时：请分成几个流程",
            en: "at most \(Self.mostSteps) steps and \(Self.mostWays) actions, routes and timers: "
                + "make several processes of it")
    }

    static let mostSteps = 100
    static let mostWays = 500

    private mutating func checkRoutes(_ step: ProcessStep) {
        guard let last = step.routes.last else { return }
        if !step.actions.isEmpty || !step.timers.isEmpty || step.end != nil {
            error(
                "step.routes-act", at: step.at, zh: "有 routes 的步骤不停留，不能再有操作、定时或结束",
                en: "nobody stops in a step with routes: it can have no actions, timers or end")
        }
        if last.when != nil {
            error(
                "route.no-last", at: last.at, zh: "最后一个去向不能有 when，否则可能无路可走",
                en: "the last route must have no `when`, or there may be no way to go")
        }
        for route in step.routes.dropLast() where route.when == nil {
            error(
                "route.hidden", at: route.at, zh: "没有 when 的去向只能放在最后", en: "a route without `when` must be the last")
        }
        if step.routes.contains(where: { $0.target == .stay }) {
            error("route.stay", at: step.at, zh: "去向必须通到另一步骤", en: "a route must lead to another step")
        }
    }
}

/// Which step leads to which.
struct StepGraph {
    /// From step to steps, in the order of the file; `back` leads to every step that the detour is entered from.
    let ways: [String: [String]]

    init(ways: [String: [String]]) { self.ways = ways }

    init(_ track: Track) {
        var ways: [String: [String]] = [:]
        var entrances: [String: [String]] = [:]
        for step in track.steps {
            ways[step.code] = Self.targets(step).compactMap { target in
                guard case .step(let reference) = target else { return nil }
                if let detour = track.step(reference.code)?.detour, detour != step.detour {
                    entrances[detour, default: []].append(step.code)
                }
                return reference.code
            }
        }
        for step in track.steps {
            guard let detour = step.detour, Self.targets(step).contains(where: \.isBack) else { continue }
            ways[step.code, default: []] += entrances[detour] ?? []
        }
        self.ways = ways
    }

    private static func targets(_ step: ProcessStep) -> [Target] {
        step.actions.map(\.target) + step.routes.map(\.target)
    }

    func reached(from starts: [String]) -> Set<String> { Self.walk(starts) { ways[$0] ?? [] } }

    func leading(to ends: [String]) -> Set<String> {
        var sources: [String: [String]] = [:]
        for (from, targets) in ways {
            for target in targets { sources[target, default: []].append(from) }
        }
        return Self.walk(ends) { sources[$0] ?? [] }
    }

    private static func walk(_ starts: [String], _ next: (String) -> [String]) -> Set<String> {
        var found = Set(starts)
        var open = starts
        while let one = open.popLast() {
            for other in next(one) where found.insert(other).inserted { open.append(other) }
        }
        return found
    }
}

extension Target {
    var isBack: Bool {
        if case .back = self { return true }
        return false
    }
}
