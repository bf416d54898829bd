import DispatcherDomain
import Foundation
import Kernel
import Testing

@Suite struct `A diagram` {
    @Test(arguments: ShippedProcesses.texts.keys.sorted(), Language.allCases)
    func `shows every step, and is the same every time`(code: String, language: Language) throws {
        let definition = try ShippedProcesses.read(code).definition
        let svg = ProcessDiagram.svg(definition, language)
        for step in definition.work.steps + (definition.visit?.steps ?? []) {
            #expect(svg.contains(">\(step.title[language].replacing("&", with: "&amp;"))<"))
        }
        #expect(svg == ProcessDiagram.svg(definition, language))
        #expect(Self.isBalanced(svg))
        #expect(!svg.contains("<script"))
        if let folder = ProcessInfo.processInfo.environment["PAIDAN_DIAGRAMS"] {
            let file = URL(filePath: folder).appending(path: "\(code).\(language.rawValue).svg")
            try Data(svg.utf8).write(to: file)
        }
    }

    /// Every tag that is opened is closed in its turn, and no bare sign stands between them.
    static func isBalanced(_ svg: String) -> Bool {
        var open: [Substring] = []
        for tag in svg.matches(of: /<(\/?)([a-z]+)[^<>]*?(\/?)>/) {
            if !tag.1.isEmpty {
                guard open.popLast() == tag.2 else { return false }
            } else if tag.3.isEmpty {
                open.append(tag.2)
            }
        }
        let words = svg.replacing(/<[^<>]*>/, with: "")
        return open.isEmpty && !words.contains("<") && !words.contains(">")
    }

    /// Boxes never lie on each other.
    @Test(arguments: ShippedProcesses.texts.keys.sorted())
    func `keeps its boxes apart`(code: String) throws {
        let svg = ProcessDiagram.svg(try ShippedProcesses.read(code).definition, .chinese)
        for track in svg.components(separatedBy: "<g ").dropFirst() {
            let boxes = track.matches(of: /<rect x="([-\d.]+)" y="([-\d.]+)" width="([-\d.]+)" height="([-\d.]+)"/)
                .map { [$0.1, $0.2, $0.3, $0.4].map { Double($0) ?? .nan } }
            #expect(!boxes.isEmpty)
            for (index, one) in boxes.enumerated() {
                #expect(one[0] >= 0 && one[1] >= 0)
                for other in boxes[(index + 1)...] {
                    let apart =
                        one[0] + one[2] <= other[0] || other[0] + other[2] <= one[0]
                        || one[1] + one[3] <= other[1] || other[1] + other[3] <= one[1]
                    #expect(apart, "\(one) lies on \(other)")
                }
            }
        }
    }

    /// A line that leads back passes the other boxes by: behind one it would seem to come from there.
    @Test(arguments: ShippedProcesses.texts.keys.sorted())
    func `leads back around its boxes`(code: String) throws {
        let svg = ProcessDiagram.svg(try ShippedProcesses.read(code).definition, .chinese)
        for track in svg.components(separatedBy: "<g ").dropFirst() {
            let boxes = track.matches(of: /<rect x="([-\d.]+)" y="([-\d.]+)" width="([-\d.]+)" height="([-\d.]+)"/)
                .map { [$0.1, $0.2, $0.3, $0.4].map { Double($0) ?? .nan } }
            for path in track.matches(of: /<path d="M([-\d.]+,[-\d.]+(?: L[-\d.]+,[-\d.]+)+)"/) {
                let points = path.1.components(separatedBy: " L").map { point in
                    point.components(separatedBy: ",").map { Double($0) ?? .nan }
                }
                for (from, to) in zip(points, points.dropFirst()) {
                    let (left, right) = (min(from[0], to[0]), max(from[0], to[0]))
                    let (top, bottom) = (min(from[1], to[1]), max(from[1], to[1]))
                    let hit = boxes.filter { box in
                        left < box[0] + box[2] - 1 && right > box[0] + 1 && top < box[1] + box[3] - 1
                            && bottom > box[1] + 1
                    }
                    #expect(hit.isEmpty, "\(from) to \(to)")
                }
            }
        }
    }

    @Test func `of the largest definition is drawn in a moment`() throws {
        let steps = (0..<99).map { number in
            let actions = (0..<5).map { "a\($0): {title: 去 / Go, by: owner, to: s\((number * 7 + $0 * 13) % 99)}" }
            return "  s\(number): {title: 步 / Step, owner: desk, actions: {\(actions.joined(separator: ", "))"
                + (number == 98 ? ", z: {title: 完 / End, by: owner, to: end}" : "") + "}}\n"
        }
        let head = "process: big\nversion: 1\ntitle: 大 / Big\nsteps:\n"
        let text = head + steps.joined() + "  end: {title: 完 / End, end: done}\n"
        let definition = try ProcessDefinition.read(text).definition
        let taken = ContinuousClock().measure { _ = ProcessDiagram.svg(definition, .english) }
        #expect(taken < .seconds(20))
        let more = head + steps.joined() + "  end: {title: 完 / End, end: done}\n  end2: {title: 完 / End, end: done}\n"
        #expect(`A definition`.faults(more).map(\.code).contains("step.too-many"))
    }

    @Test func `says conditions in the language of the picture, in the order in which they are asked`() throws {
        let definition = try ShippedProcesses.read("s0-direct").definition
        let (zh, en) = (ProcessDiagram.svg(definition, .chinese), ProcessDiagram.svg(definition, .english))
        #expect(zh.contains(">2. 返工次数 ≥ 2<") && en.contains(">2. rounds of rework ≥ 2<"))
        #expect(zh.contains(">3. 其他<") && en.contains(">3. otherwise<"))
        #expect(!zh.contains("work.rounds"))
        let hours = try ShippedProcesses.read("s2-generic").definition
        #expect(ProcessDiagram.svg(hours, .english).contains(">1. not in working hours<"))
    }

    @Test(arguments: ShippedProcesses.texts.keys.sorted()) func `shows who must grant what, and which clocks run`(
        code: String
    )
        throws
    {
        let definition = try ShippedProcesses.read(code).definition
        let svg = ProcessDiagram.svg(definition, .english)
        let tracks = [definition.work] + [definition.visit].compactMap { $0 }
        let steps = tracks.flatMap(\.steps)
        let leading = steps.flatMap(\.actions).filter { action in
            if case .step = action.target { !action.approval.isEmpty } else { false }
        }
        #expect(svg.components(separatedBy: "(granted by: ").count > leading.count)
        #expect(svg.components(separatedBy: "◷ ").count == steps.count { !$0.clocks.isEmpty } + 1)
        #expect(svg.contains("when terminated") == (definition.standing.terminate != nil))
    }

    @Test func `cannot be broken by a title`() throws {
        let text = `A definition`.small.replacing("新建 / New", with: "\"<b>&'x' / <script>\"")
        let svg = ProcessDiagram.svg(try ProcessDefinition.read(text).definition, .english)
        #expect(svg.contains("&lt;script&gt;"))
    }
}
