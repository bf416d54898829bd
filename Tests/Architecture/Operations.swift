import Foundation
import Testing

@Suite struct `The operators' documents` {
    static func text(_ path: String) throws -> String {
        try String(contentsOf: SourceTree.root.appending(path: path), encoding: .utf8)
    }

    @Test func `explain every alert, and no alert that is gone`() throws {
        let rules = try Self.text("docker/prometheus/alerts.yaml")
        let page = try Self.text("docs/operations.md")
        let alerts = Set(rules.matches(of: /alert: (Paidan\w+)/).map { String($0.1) })
        let explained = Set(page.matches(of: /\| (Paidan\w+) \|/).map { String($0.1) })
        #expect(alerts.count > 5)
        #expect(alerts == explained)
    }

    @Test func `watch only metrics that the programs have`() throws {
        let rules = try Self.text("docker/prometheus/alerts.yaml")
        let sources = try SourceTree("Shared", "Services").files.flatMap(\.lines).joined(separator: "\n")
        for match in rules.matches(of: /paidan_[a-z_]+/) {
            let name = match.0.replacing(/_(bucket|sum|count)$/, with: "")
            #expect(sources.contains("\"\(name)\""), "no program has the metric \(name)")
        }
    }

    @Test func `name only files that exist`() throws {
        for match in try Self.text("docs/tour.md").matches(of: /`([A-Z][A-Za-z]*\/[A-Za-z+\/]+\.swift)`/) {
            let places = ["Services", "Shared"].map { SourceTree.root.appending(path: "\($0)/\(match.1)").path }
            #expect(places.contains { FileManager.default.fileExists(atPath: $0) }, "docs/tour.md names \(match.1)")
        }
    }

    @Test func `link to pages that exist`() throws {
        for page in ["README.md", "CONTRIBUTING.md"]
            + (try FileManager.default.subpathsOfDirectory(atPath: SourceTree.root.appending(path: "docs").path).filter
            { $0.hasSuffix(".md") }.map { "docs/\($0)" })
        {
            let folder = SourceTree.root.appending(path: page).deletingLastPathComponent()
            for link in try Self.text(page).matches(of: /\]\(([^)#:]+)(#[^)]*)?\)/) {
                let target = folder.appending(path: String(link.1))
                #expect(FileManager.default.fileExists(atPath: target.path), "\(page) links to \(link.1)")
            }
        }
    }
}
