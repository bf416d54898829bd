import Foundation

/// The checkout's Swift files, read as text: the compiler's own import check sees only the transitive closure.
struct SourceTree: Sendable {
    struct File: Sendable {
        /// From the top of the checkout: `Services/Intake/Domain/TicketDraft.swift`.
        let path: String
        let lines: [String]

        /// Modules named in import lines, with `public`, `package`, `@testable` and the like taken off.
        var imports: [String] {
            lines.compactMap { line in
                let words = line.split(separator: " ")
                guard let place = words.firstIndex(of: "import"), !line.hasPrefix("//"),
                    words[..<place].allSatisfy({ Self.modifiers.contains(String($0)) || $0.hasPrefix("@") })
                else { return nil }
                let kinds: Set<Substring> = ["struct", "class", "enum", "protocol", "func", "let", "var", "typealias"]
                return words[(place + 1)...].first { !kinds.contains($0) }.map { String($0.prefix { $0 != "." }) }
            }
        }

        /// Lines without their comments and string literals' contents left in: enough for the words looked for here.
        var code: [(number: Int, text: String)] {
            lines.enumerated().compactMap { number, line in
                let trimmed = line.drop { $0 == " " }
                guard !trimmed.hasPrefix("//") else { return nil }
                return (number + 1, line.range(of: " // ").map { String(line[..<$0.lowerBound]) } ?? line)
            }
        }

        /// True when the line (from 1) or the one above carries a comment.
        func isExplained(line: Int) -> Bool {
            lines[line - 1].contains("// ") || (line >= 2 && lines[line - 2].drop { $0 == " " }.hasPrefix("//"))
        }

        private static let modifiers: Set<String> = ["public", "package", "internal", "private", "fileprivate"]
    }

    let files: [File]

    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// Every Swift file below `folders`.
    init(_ folders: String...) throws {
        var found: [File] = []
        for folder in folders {
            let base = Self.root.appending(path: folder)
            guard let walk = FileManager.default.enumerator(at: base, includingPropertiesForKeys: nil) else { continue }
            for case let url as URL in walk where url.pathExtension == "swift" {
                let text = try String(contentsOf: url, encoding: .utf8)
                found.append(
                    File(
                        path: String(url.path.dropFirst(Self.root.path.count).drop { $0 == "/" }),
                        lines: text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)))
            }
        }
        files = found.sorted { $0.path < $1.path }
    }
}
