public import Foundation

/// One finished program: how it ended and all it said.
public struct Finished: Sendable {
    public let status: Int32
    public let output: String
}

/// A program that runs as our own child, so that we learn how it ends.
public struct Child: Sendable {
    public let pid: Int32
    private let ended: Task<Int32, Never>

    /// Its exit status; of one that a signal ended, the signal's number.
    public var status: Int32 { get async { await ended.value } }

    /// Starts `command` with standard output and error together at the end of `output`.
    ///
    /// - Parameter seconds: after so many it is killed and ends with 137; nil for a program that may run for ever.
    /// - Throws: when it cannot be started.
    public init(
        _ command: String, _ arguments: [String], environment: [String: String], output: FileHandle, seconds: Int? = nil
    ) throws {
        let process = Process()
        // Foundation notices the end of a program by a socket that every process below it inherits; a stack that is left
        // running would keep it open for ever. And a thread of Dispatch blocks signals, which a program inherits: it
        // would never hear that it shall end. So both are put right before the command begins.
        let clean = """
            import os, signal, sys
            signal.pthread_sigmask(signal.SIG_SETMASK, [])
            os.closerange(3, 65536)
            os.execvp(sys.argv[1], sys.argv[1:])
            """
        let limit = seconds.map { ["timeout", "--signal=KILL", "\($0)"] } ?? []
        process.executableURL = URL(filePath: "/usr/bin/python3")
        process.arguments = ["-c", clean] + limit + [command] + arguments
        process.environment = environment
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = output
        let (ends, end) = AsyncStream.makeStream(of: Int32.self)
        process.terminationHandler = { process in
            end.yield(process.terminationStatus)
            end.finish()
        }
        try process.run()
        pid = process.processIdentifier
        ended = Task {
            for await status in ends { return status }
            return -1
        }
    }
}

/// Runs `command` to its end, standard output and error together; after `seconds` it is killed and ends with 137.
///
/// - Throws: when it cannot be started.
public func run(
    _ command: String, _ arguments: [String], environment: [String: String] = [:], seconds: Int = 120
) async throws -> Finished {
    // A file and not a pipe: what the program leaves running must not keep us waiting for the end of its output.
    let place = FileManager.default.temporaryDirectory.appending(path: "paidan-run-\(UUID().uuidString)")
    try Data().write(to: place)
    let child = try Child(
        command, arguments, environment: ProcessInfo.processInfo.environment.merging(environment) { _, new in new },
        output: FileHandle(forWritingTo: place), seconds: seconds)
    let status = await child.status
    let text = String(decoding: try Data(contentsOf: place), as: UTF8.self)
    try FileManager.default.removeItem(at: place)
    return Finished(status: status, output: text)
}

/// Asks again until `condition` gives something, for at most `seconds`.
public func eventually<Value>(
    _ what: String, within seconds: Double = 20, _ condition: () async throws -> Value?
) async throws -> Value {
    let end = ContinuousClock.now + .seconds(seconds)
    while true {
        if let value = try await condition() { return value }
        guard ContinuousClock.now < end else { throw Unmet("\(what): not within \(seconds) s") }
        try await Task.sleep(for: .milliseconds(50))
    }
}

/// What was needed to go on, and was not so.
public struct Unmet: Error, CustomStringConvertible {
    public let description: String
    public init(_ description: String) { self.description = description }
}
