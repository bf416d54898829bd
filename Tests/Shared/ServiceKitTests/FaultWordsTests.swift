import Contracts
import Foundation
import Kernel
import Testing

@testable import ServiceKit

/// Whoever reads Chinese is told what would be right, not only that something is wrong.
@Suite struct `The words about a field` {
    @Test func `are there in Chinese, wherever they are written`() throws {
        var known = 0
        for message in try Self.messages() {
            let isSaid = message.contains(" / ") || ProblemChinese.fault(message) != nil
            #expect(isSaid, "\(message): add its Chinese to ProblemChinese, or write it as 中文 / English")
            if isSaid { known += 1 }
        }
        #expect(known > 60, "the sources were not found")
    }

    @Test func `name the form that is wanted`() {
        struct Body: Decodable { let from: Date }
        let bytes = Array(#"{"from": "2026-11-25"}"#.utf8)
        let error = #expect(throws: DecodingError.self) { try WireJSON.decode(Body.self, from: bytes) }
        let fault = error.flatMap { Problem(decoding: $0, of: bytes).faults.first }
        #expect(fault?.message == "not a time such as 2026-11-22T08:30:00+08:00: 2026-11-25")
        #expect(fault.map { Problem.words(of: $0).zh } == "时间写作2026-11-22T08:30:00+08:00；收到的是：2026-11-25")
    }

    @Test func `say in Chinese what is not there`() throws {
        let such = try Regex(#""(such [^"\\\n:]+)""#)
        let missing = try Self.literals(of: [such]).map { "There is no \($0)." }
        #expect(missing.count > 20, "the sources were not found")
        for detail in missing {
            #expect(ProblemChinese.detail(detail) != nil, "\(detail): add its Chinese to ProblemChinese")
        }
    }

    /// The literal messages of faults in the sources; what is filled in stands for itself.
    private static func messages() throws -> Set<String> {
        let text = #""((?:[^"\\\n]|\\[^(])+)""#
        let named = try Regex(#"FieldFault\([^)]*?message:\s*"# + text)
        let short = try Regex(#"fault\(\s*(?:"[^"]*"|field),\s*"[A-Za-z]+",\s*"# + text + #"\)"#)
        return try literals(of: [named, short])
    }

    private static func literals(of patterns: [Regex<AnyRegexOutput>]) throws -> Set<String> {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..").standardized
        var found: Set<String> = []
        for folder in ["Services", "Shared"] {
            let files = FileManager.default.enumerator(
                at: root.appending(path: folder), includingPropertiesForKeys: nil)
            for case let file as URL in files ?? FileManager.DirectoryEnumerator() where file.pathExtension == "swift" {
                let source = try String(contentsOf: file, encoding: .utf8)
                for match in patterns.flatMap({ source.matches(of: $0) }) {
                    if let message = match.output[1].substring { found.insert(String(message)) }
                }
            }
        }
        return found
    }
}
