import Foundation

/// One finished program: how it ended and all it said.
struct Finished {
    let status: Int32
    let output: String
}

/// Runs `command` to its end, standard output and error together; after `seconds` it is killed and ends with 137.
///
/// - Throws: when it cannot be started.
func run(
    _ command: String, _ arguments: [String], environment: [String: String] = [:], seconds: Int = 120
) async throws -> Finished {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/timeout")
    process.arguments = ["--signal=KILL", "\(seconds)", command] + arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { _, new in new }
    process.standardInput = FileHandle.nullDevice
    // A file and not a pipe: what the program leaves running must not keep us waiting for the end of its output.
    let place = FileManager.default.temporaryDirectory.appending(path: "paidan-run-\(UUID().uuidString)")
    try Data().write(to: place)
    let output = try FileHandle(forWritingTo: place)
    process.standardOutput = output
    process.standardError = output
    let status: Int32 = try await withCheckedThrowingContinuation { continuation in
        process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
        do {
            try process.run()
        } catch {
            process.terminationHandler = nil
            continuation.resume(throwing: error)
        }
    }
    let text = try String(contentsOf: place, encoding: .utf8)
    try FileManager.default.removeItem(at: place)
    return Finished(status: status, output: text)
}

/// Asks again until `condition` gives something, for at most `seconds`.
func eventually<Value>(
    _ what: String, within seconds: Double = 20, _ condition: () async throws -> Value?
) async throws -> Value {
    let end = ContinuousClock.now + .seconds(seconds)
    while true {
        if let value = try await condition() { return value }
        guard ContinuousClock.now < end else { throw Late(what: what, seconds: seconds) }
        try await Task.sleep(for: .milliseconds(50))
    }
}

struct Late: Error, CustomStringConvertible {
    let what: String
    let seconds: Double
    var description: String { "\(what): not within \(seconds) s" }
}
