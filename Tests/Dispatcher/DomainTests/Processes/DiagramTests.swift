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

    @Test func `cannot be broken by a title`() throws {
        let text = `A definition`.small.replacing("新建 / New", with: "\"<b>&'x' / <script>\"")
        let svg = ProcessDiagram.svg(try ProcessDefinition.read(text).definition, .english)
        #expect(svg.contains("&lt;script&gt;"))
    }
}
