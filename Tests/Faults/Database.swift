import Foundation
import StackSupport

extension Stack {
    /// The rows of one statement as the superuser sees them, by a way that no fault of ours touches.
    func rows(_ sql: String) async throws -> [[String]] {
        let separator = "\u{1f}"
        // In a file: what is asked about many tickets is longer than an argument may be.
        let place = FileManager.default.temporaryDirectory.appending(path: "paidan-rows-\(UUID().uuidString).sql")
        try Data(sql.utf8).write(to: place)
        let finished = try await run(
            "/usr/bin/psql",
            [
                "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-F", separator, "-h", "127.0.0.1",
                "-p", "\(try port("postgres"))", "-U", "postgres", "-d", "paidan", "-f", place.path,
            ], environment: ["PGPASSWORD": try secret("postgres")])
        try FileManager.default.removeItem(at: place)
        guard finished.status == 0 else { throw Unmet("psql: \(finished.output)") }
        return finished.output.split(separator: "\n").map {
            $0.split(separator: Character(separator), omittingEmptySubsequences: false).map(String.init)
        }
    }

    func number(_ sql: String) async throws -> Int {
        guard let number = try await rows(sql).first?.first.flatMap({ Int($0) }) else {
            throw Unmet("no number: \(sql)")
        }
        return number
    }
}
