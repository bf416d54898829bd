import Foundation
import Synchronization

/// One finished program: how it ended and all it said.
struct Finished {
    let status: Int32
    let output: String
}

/// Runs `command` to its end, standard output and error together.
///
/// - Throws: when it cannot be started, or has not ended after `seconds` (it is killed then).
func run(
    _ command: String, _ arguments: [String], environment: [String: String] = [:], seconds: Double = 120
) async throws -> Finished {
    let process = Process()
    process.executableURL = URL(filePath: command)
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { _, new in new }
    process.standardInput = FileHandle.nullDevice
    // A file and not a pipe: what the program leaves running must not keep us waiting for the end of its output.
    let place = FileManager.default.temporaryDirectory.appending(path: "paidan-run-\(UUID().uuidString)")
    FileManager.default.createFile(atPath: place.path, contents: nil)
    defer { try? FileManager.default.removeItem(at: place) }
    let output = try FileHandle(forWritingTo: place)
    process.standardOutput = output
    process.standardError = output
    let status: Int32 = try await withCheckedThrowingContinuation { continuation in
        let limit = DispatchWorkItem { [pid = UncheckedPID(process)] in pid.kill() }
        process.terminationHandler = { ended in
            limit.cancel()
            continuation.resume(returning: ended.terminationStatus)
        }
        do {
            try process.run()
            DispatchQueue.global().asyncAfter(deadline: .now() + seconds, execute: limit)
        } catch {
            continuation.resume(throwing: error)
        }
    }
    return Finished(status: status, output: try String(contentsOf: place, encoding: .utf8))
}

/// `Process` is not Sendable; asking it for its id and sending a signal is safe from any thread once it has started.
private struct UncheckedPID: @unchecked Sendable {
    let process: Process
    init(_ process: Process) { self.process = process }
    func kill() { if process.isRunning { Foundation.kill(process.processIdentifier, SIGKILL) } }
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
