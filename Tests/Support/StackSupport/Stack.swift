public import Foundation

/// A whole stack, started by `./paidan up` as a person would start it, with the programs that were built for the tests.
public struct Stack: Sendable {
    public let state: URL
    public let root: URL
    /// Where the programs are.
    public let bin: String
    /// What `./paidan` finds in its environment besides.
    public let environment: [String: String]

    @TaskLocal public static var current: Stack?

    /// - Parameter name: tells the stacks of one test run apart.
    public init(_ name: String, environment: [String: String] = [:]) {
        var root = URL(filePath: #filePath)
        for _ in 0..<4 { root.deleteLastPathComponent() }
        self.root = root
        state = URL(filePath: "/var/tmp/paidan-\(name)-\(ProcessInfo.processInfo.processIdentifier)")
        self.environment = environment
        bin = ProcessInfo.processInfo.environment["PAIDAN_TEST_BIN"] ?? root.appending(path: ".build/debug").path
    }

    /// Starts the stack, runs `body` with it as ``current``, takes it down and removes it.
    public func whileUp(_ body: () async throws -> Void) async throws {
        do {
            let up = try await paidan("up", seconds: 300)
            guard up.status == 0 else { throw Unmet("./paidan up ended with \(up.status):\n\(up.output)") }
            try await Stack.$current.withValue(self, operation: body)
        } catch {
            _ = try await paidan("down")
            throw error
        }
        let down = try await paidan("down")
        guard down.status == 0 else { throw Unmet("./paidan down ended with \(down.status):\n\(down.output)") }
        _ = try await run("/bin/rm", ["-rf", state.path])
    }

    /// `./paidan …`, in the stack's own directory.
    public func paidan(_ arguments: String..., seconds: Int = 180) async throws -> Finished {
        try await run(
            root.appending(path: "paidan").path, arguments,
            environment: ["PAIDAN_STATE": state.path, "PAIDAN_BIN": bin].merging(environment) { own, _ in own },
            seconds: seconds)
    }

    /// The port of a part, as `up` chose it.
    public func port(_ name: String) throws -> Int {
        let text = try String(contentsOf: state.appending(path: "ports"), encoding: .utf8)
        let lines = text.split(separator: "\n").map { $0.split(separator: "=") }
        guard let port = lines.first(where: { $0.first == name[...] }).flatMap({ Int($0[1]) }) else {
            throw Unmet("no port \(name)")
        }
        return port
    }

    public func secret(_ name: String) throws -> String {
        try String(contentsOf: state.appending(path: "secrets/\(name)"), encoding: .utf8)
    }

    /// What a part has written to its log so far.
    public func log(_ part: String) throws -> String {
        let file = state.appending(path: "log/\(part).log")
        guard FileManager.default.fileExists(atPath: file.path) else { return "" }
        return String(decoding: try Data(contentsOf: file), as: UTF8.self)
    }

    /// A mail that arrived, as a mail program reads it.
    public struct Mail: Decodable, Sendable {
        public let id: String
        public let references: String
        public let subject: String
        public let text: String
    }

    /// Every mail that arrived, in the order of arrival, read by Python's parser: a stranger to the code that wrote them.
    public func mails() async throws -> [Mail] {
        let script = """
            import email, email.policy, json, pathlib, re, sys
            # The server names a file <seconds>.M<microseconds>P<process>Q<number>.<host>.
            place = lambda file: int(re.search(r"Q(\\d+)", file.name)[1])
            mails = []
            for file in sorted(pathlib.Path(sys.argv[1]).glob("*"), key=place):
                mail = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
                assert not mail.defects, mail.defects
                mails.append({"id": mail["message-id"], "references": mail["references"], "subject": mail["subject"],
                              "text": mail.get_body(("plain",)).get_content()})
            print(json.dumps(mails))
            """
        let read = try await run("/usr/bin/python3", ["-c", script, state.appending(path: "mail/inbox/new").path])
        guard read.status == 0, let bytes = read.output.data(using: .utf8) else { throw Broken(words: read.output) }
        return try JSONDecoder().decode([Mail].self, from: bytes)
    }

    /// Something that was not as it had to be, in the words of whoever found it.
    public struct Broken: Error {
        public let words: String
    }

    public func desk() async throws -> Person { try await Person.signIn("desk", at: self) }
    public func engineer() async throws -> Person { try await Person.signIn("engineer", at: self) }
}
