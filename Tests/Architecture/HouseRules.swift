import Foundation
import Testing

@Suite struct `The house rules` {
    /// A rule that reads a clock or a random number cannot be tested pair by pair, nor replayed.
    @Test func `let no clock and no chance into a Domain`() throws {
        let forbidden = [
            "Date()", "Date.now", ".now", "UUID()", "random", "ContinuousClock", "SuspendingClock", "import Dispatch",
        ]
        for file in try SourceTree("Services", "Shared/Kernel", "Shared/Contracts", "Shared/BusinessTime").files
        where file.path.contains("/Domain/") || file.path.hasPrefix("Shared/") {
            for line in file.code {
                for word in forbidden where line.text.contains(word) {
                    Issue.record("\(file.path):\(line.number) uses \(word)")
                }
            }
        }
    }

    @Test func `keep SQL in the Store`() throws {
        let statement = try Regex(
            #"(?i)(^|["(]\s*)\s*(select|insert into|delete from|update [a-z_.]+ set|with [a-z_]+ as \()[\s]"#)
        for file in try SourceTree("Services", "Shared").files {
            let isStore = ["/Store/", "/Migrations/", "Shared/Postgres/", "Shared/Messaging/"].contains {
                file.path.contains($0)
            }
            for line in file.code where !isStore && line.text.contains(statement) {
                Issue.record("\(file.path):\(line.number) holds SQL")
            }
        }
    }

    @Test func `swallow no error without a reason`() throws {
        for file in try SourceTree("Services", "Shared").files {
            for line in file.code where line.text.contains(/\btry\?/) && !file.isExplained(line: line.number) {
                Issue.record("\(file.path):\(line.number) swallows an error without saying why")
            }
        }
    }

    @Test func `claim no safety without a proof`() throws {
        for file in try SourceTree("Services", "Shared").files {
            for line in file.code
            where line.text.contains("@unchecked Sendable") || line.text.contains("nonisolated(unsafe)") {
                #expect(
                    file.isExplained(line: line.number), "\(file.path):\(line.number) claims safety without saying why")
            }
        }
    }

    @Test func `leave nothing to be done later`() throws {
        let marks = ["TODO", "FIXME", "XXX", "HACK", "not implemented", "PendingAPI"]
        for file in try SourceTree("Services", "Shared").files {
            for (number, line) in file.lines.enumerated() {
                for mark in marks where line.contains(mark) { Issue.record("\(file.path):\(number + 1) says \(mark)") }
            }
        }
    }

    @Test func `keep a file to one subject`() throws {
        for file in try SourceTree("Services", "Shared").files {
            #expect(file.lines.count <= 300, "\(file.path) has \(file.lines.count) lines")
        }
    }

    @Test func `give every service a page that says what it does`() throws {
        for service in `The dependency rule`.services {
            let page = SourceTree.root.appending(path: "Services/\(service)/README.md")
            let text = try String(contentsOf: page, encoding: .utf8)
            for word in ["Owns", "Hears", "Says", "Serves", "Settings"] {
                #expect(text.contains(word), "Services/\(service)/README.md does not say what it \(word.lowercased())")
            }
        }
    }

    /// What lets a test build die on purpose, or go without a guard, is in no release.
    @Test func `keep failpoints in test builds`() throws {
        for file in try SourceTree("Services", "Shared").files {
            var depth = 0
            var debugDepth: Int?
            for line in file.code {
                let text = line.text.drop { $0 == " " }
                if text.hasPrefix("#if ") {
                    depth += 1
                    if text == "#if DEBUG", debugDepth == nil { debugDepth = depth }
                } else if text.hasPrefix("#else") || text.hasPrefix("#elseif") {
                    if debugDepth == depth { debugDepth = nil }
                } else if text.hasPrefix("#endif") {
                    if debugDepth == depth { debugDepth = nil }
                    depth -= 1
                }
                for word in ["Failpoint", "RemovedGuard", "PAIDAN_FAILPOINT", "PAIDAN_BREAK"] where text.contains(word)
                {
                    #expect(debugDepth != nil, "\(file.path):\(line.number) has \(word) outside of #if DEBUG")
                }
            }
        }
    }
}
