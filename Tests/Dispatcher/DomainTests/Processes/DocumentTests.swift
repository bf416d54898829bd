import DispatcherDomain
import Foundation
import Testing

@Suite struct `docs processes` {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static func page() throws -> String {
        try String(contentsOf: root.appending(path: "docs/processes.md"), encoding: .utf8)
    }

    @Test func `shows examples that work`() throws {
        let blocks = try Self.page().components(separatedBy: "```yaml\n").dropFirst()
            .map { $0.components(separatedBy: "```")[0] }.filter { $0.hasPrefix("process:") }
        #expect(blocks.count == 2)
        for block in blocks { #expect(`A definition`.faults(block).map(\.words.en) == []) }
    }

    /// What is written from the page alone runs from end to end.
    @Test func `shows an example that can be walked`() throws {
        let blocks = try Self.page().components(separatedBy: "```yaml\n")
        let text = try #require(blocks.last { $0.hasPrefix("process:") }).components(separatedBy: "```")[0]
        var walk = try Walk(ProcessDefinition.read(text).definition, facts: ["customer.name": "李读者"])
        let librarian = Cast.staff("馆员", "librarian")
        try walk.act("take", by: Cast.desk, ["number": "P-7", "fault": "battery"])
        #expect(walk.refusal { try $0.act("mended", by: Cast.engineer, ["cost": 9000]) } == .conditionFailed)
        try walk.act("dear", by: Cast.engineer, ["cost": 9000])
        try walk.send(.grant(approval: 1), by: .staff(librarian))
        try walk.timer("remind")
        try walk.act("again", by: Cast.desk, reason: "充不进电")
        try walk.send(.putAside(reason: "part"), by: .staff(Cast.engineer))
        try walk.send(.resume(), by: .staff(Cast.engineer))
        try walk.act("mended", by: Cast.engineer, ["cost": 5000])
        try walk.act("handed", by: Cast.desk, ["rating": "good"])
        #expect(walk.state.work.outcome == .done)
        #expect(Coverage.missing(walk.definition, [walk]) == [])
    }

    @Test func `lists every code that the program can say`() throws {
        let page = try Self.page()
        for rule in ProcessRefusal.Rule.allCases { #expect(page.contains("`\(rule.rawValue)`")) }
        let folder = Self.root.appending(path: "Services/Dispatcher/Domain/Processes")
        let walk = try #require(FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
        var said: Set<String> = []
        let families =
            /"((?:yaml|key|value|code|limit|role|step|action|field|clock|fact|fragment|exit|guard|route|target|timer|effect|visit|set)\.[a-z-]+)"/
        for case let file as URL in walk where file.pathExtension == "swift" && file.lastPathComponent != "Facts.swift"
        {
            let text = try String(contentsOf: file, encoding: .utf8)
            said.formUnion(text.matches(of: families).map { String($0.1) })
        }
        said.remove("visit.number")
        #expect(said.count > 40)
        for code in said.sorted() { #expect(page.contains("`\(code)`"), "docs/processes.md does not list \(code)") }
    }
}
