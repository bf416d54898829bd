import Foundation
import Testing

/// A whole stack, started by `./paidan up` as a person would start it, with the programs that were built for the tests.
struct Stack {
    let state: URL
    let root: URL

    @TaskLocal static var current: Stack?

    static func make() throws -> Stack {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let state = URL(filePath: "/var/tmp/paidan-system-\(ProcessInfo.processInfo.processIdentifier)")
        return Stack(state: state, root: root)
    }

    /// `./paidan …`, in the stack's own directory.
    func paidan(_ arguments: String..., seconds: Int = 180) async throws -> Finished {
        let bin = ProcessInfo.processInfo.environment["PAIDAN_TEST_BIN"] ?? root.appending(path: ".build/debug").path
        return try await run(
            root.appending(path: "paidan").path, arguments, environment: ["PAIDAN_STATE": state.path, "PAIDAN_BIN": bin],
            seconds: seconds)
    }

    /// The port of a part, as `up` chose it.
    func port(_ name: String) throws -> Int {
        let text = try String(contentsOf: state.appending(path: "ports"), encoding: .utf8)
        let lines = text.split(separator: "\n").map { $0.split(separator: "=") }
        return try #require(lines.first { $0.first == name[...] }.flatMap { Int($0[1]) }, "no port \(name)")
    }

    func secret(_ name: String) throws -> String {
        try String(contentsOf: state.appending(path: "secrets/\(name)"), encoding: .utf8)
    }

    /// What a part has written to its log so far.
    func log(_ part: String) throws -> String {
        let file = state.appending(path: "log/\(part).log")
        guard FileManager.default.fileExists(atPath: file.path) else { return "" }
        return String(decoding: try Data(contentsOf: file), as: UTF8.self)
    }

    /// Every mail that arrived, as raw text.
    func mails() throws -> [String] {
        let inbox = state.appending(path: "mail/inbox/new")
        guard FileManager.default.fileExists(atPath: inbox.path) else { return [] }
        return try FileManager.default.contentsOfDirectory(at: inbox, includingPropertiesForKeys: nil).map {
            String(decoding: try Data(contentsOf: $0), as: UTF8.self)
        }
    }

    func desk() async throws -> Person { try await Person.signIn("desk", at: self) }
    func engineer() async throws -> Person { try await Person.signIn("engineer", at: self) }
}

/// Starts one stack for a whole suite, and takes it down afterwards.
struct OwnStack: SuiteTrait, TestScoping {
    func provideScope(
        for test: Test, testCase: Test.Case?, performing body: @Sendable () async throws -> Void
    ) async throws {
        let stack = try Stack.make()
        let up = try await stack.paidan("up", seconds: 300)
        do {
            try #require(up.status == 0, "./paidan up ended with \(up.status):\n\(up.output)")
            try await Stack.$current.withValue(stack, operation: body)
        } catch {
            _ = try await stack.paidan("down")
            throw error
        }
        let down = try await stack.paidan("down")
        #expect(down.status == 0, "./paidan down: \(down.output)")
        _ = try await run("/bin/rm", ["-rf", stack.state.path])
    }
}

extension Trait where Self == OwnStack {
    static var ownStack: Self { OwnStack() }
}
