import Foundation

/// One finished program: how it ended and all it said.
public struct Finished: Sendable {
    public let status: Int32
    public let output: String
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
