import DispatcherDomain
import Foundation
import Kernel
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
        try walk.clock("solution", 75)
        try walk.clock("solution", 100)
        #expect(walk.notices(to: .role("librarian")) == ["solution.100"])
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

    /// The larger example, for a firm that none of the sources describes.
    @Test func `comes with an example that is walked from end to end`() throws {
        let file = Self.root.appending(path: "docs/examples/lift-maintenance.yaml")
        let read = try ProcessDefinition.read(String(contentsOf: file, encoding: .utf8))
        #expect(read.warnings == [])
        let facts: [String: FieldValue] = [
            "product.serial": "L-12", "customer.address": "3 栋", "ticket.description": "电梯不动",
        ]
        let rescued = try Self.rescue(read.definition, facts)
        let walks = try [rescued] + Self.ordinary(read.definition, facts)
        #expect(Coverage.missing(read.definition, walks) == [])
    }

    private static let control = Cast.staff("监控", "control")
    private static let senior = Cast.staff("高工", "engineer", level: 2)

    private static func rescue(_ definition: ProcessDefinition, _ facts: [String: FieldValue]) throws -> Walk {
        var walk = try Walk(definition, facts: facts, fields: ["trapped": true])
        try walk.timer("unanswered")
        #expect(walk.refusal { try $0.act("known", by: control) } == .fields)
        try walk.act("known", by: control, ["people": 2])
        #expect(walk.step == "rescue")
        try walk.timer("nobody")
        #expect(walk.notices(to: .role("supervisor")) == ["nobody"])
        try walk.clock("arrival", 50)
        try walk.clock("arrival", 100)
        #expect(walk.notices(to: .role("general-manager")) == ["arrival.100"])
        #expect(walk.refusal { try $0.act("go", by: Cast.engineer, to: Cast.engineer.candidate) } == .roleMissing)
        try walk.act("go", by: senior, to: senior.candidate)
        try walk.timer("slow", .visit(1))
        try walk.visit("arrived", by: senior, ["helper": .person(Cast.engineer.person)])
        #expect(walk.step == "freeing")
        #expect(walk.state.clocks["arrival"]?.phase == .stopped)
        try walk.act("freed", by: senior, ["injured": true])
        #expect(walk.errands.map(\.code) == ["accident", "regulator"])
        try walk.visit("finish", by: senior, ["done": "复位", "runs": true, "signature": "s"])
        // The engineer still has to say why it stopped.
        #expect(walk.step == "repair")
        try walk.act("runs", by: senior, ["cause": "门机"])
        try walk.act("again", by: control, reason: "又停")
        return walk
    }

    private static func ordinary(_ definition: ProcessDefinition, _ facts: [String: FieldValue]) throws -> [Walk] {
        var walk = try Walk(definition, facts: facts)
        let mistaken = try Self.after(walk) { try $0.act("mistake", by: control, reason: "误按") }
        try walk.act("known", by: control, ["trapped": false])
        try walk.act("come", by: Cast.engineer, to: Cast.engineer.candidate)
        try walk.visit("arrived", by: Cast.engineer, ["helper": .person(Cast.colleague.person)])
        try walk.visit("part", by: Cast.engineer, reason: "接触器")
        try walk.send(.putAside(reason: "power"), by: .staff(Cast.engineer))
        try walk.send(.resume(), by: .staff(Cast.engineer))
        try walk.clock("back-in-service", 75)
        try walk.clock("back-in-service", 100)
        try walk.act("maker", by: Cast.engineer, ["cause": "主板", "maker": "迅达", "maker_case": "M-1"])
        try walk.timer("ask")
        try walk.act("asked", by: Cast.supervisor)
        try walk.act("part-in", by: Cast.supervisor)
        try walk.act("quote", by: Cast.engineer, ["cause": "主板", "quote": 90000])
        #expect(walk.state.clocks["back-in-service"]?.phase == .paused)
        try walk.timer("ask")
        var declined = walk
        try declined.act("declined", by: control, reason: "太贵")
        try declined.send(.grant(approval: 1), by: .staff(Cast.supervisor))
        #expect(declined.state.work.outcome == .terminated)
        try walk.customer("agreed")
        try walk.visit("finish", by: Cast.engineer, ["done": "换主板", "runs": true, "signature": "s"])
        // The cause is known, so the visit's word is enough.
        #expect(walk.step == "payment")
        try walk.act("received", by: Cast.finance)
        try walk.act("content", by: control)
        #expect(walk.state.work.outcome == .done)
        return [walk, mistaken, declined]
    }

    private static func after(_ walk: Walk, _ change: (inout Walk) throws -> Void) rethrows -> Walk {
        var copy = walk
        try change(&copy)
        return copy
    }

    @Test func `lists every code that the program can say`() throws {
        let page = try Self.page()
        for rule in ProcessRefusal.Rule.allCases { #expect(page.contains("`\(rule.rawValue)`")) }
        let folder = Self.root.appending(path: "Services/Dispatcher/Domain/Processes")
        let walk = try #require(FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
        var said: Set<String> = []
        let families =
            /"((?:yaml|key|value|code|limit|role|step|action|field|clock|fact|fragment|exit|guard|route|target|timer|effect|visit|vendor|set|terminate)\.[a-z-]+)"/
        for case let file as URL in walk where file.pathExtension == "swift" && file.lastPathComponent != "Facts.swift"
        {
            let text = try String(contentsOf: file, encoding: .utf8)
            said.formUnion(text.matches(of: families).map { String($0.1) })
        }
        said.subtract(["visit.number", "visit.code"])
        #expect(said.count > 40)
        for code in said.sorted() { #expect(page.contains("`\(code)`"), "docs/processes.md does not list \(code)") }
    }
}
