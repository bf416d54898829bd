import Foundation
import StackSupport
import Testing

/// The operators' tool, killed in the midst of its work, again and again, until it has come to its end.
extension `Under load` {
    @Test func `killed while migrating, a new database becomes whole`() async throws {
        let roles = try await shell(
            "sed 's/\\bpaidan\\b/rehearsal/g' docker/postgres/roles.sql | psql -X -q -h 127.0.0.1 -U postgres -d postgres"
        )
        #expect(roles.status == 0, "\(roles.output)")
        try await rehearse("migrate")
        let check = try await shell("PAIDAN_DATABASE_NAME=rehearsal \"$BIN/paidan\" migrate --check")
        #expect(check.status == 0, "\(check.output)")
        _ = try await shell("psql -X -q -h 127.0.0.1 -U postgres -d postgres -c 'drop database rehearsal with (force)'")
    }

    @Test func `killed while declaring the topology, a new broker's is whole`() async throws {
        try await bench.broker.make(vhost: "rehearsal")
        try await rehearse("topology apply")
        let check = try await shell("PAIDAN_BROKER_VHOST=rehearsal \"$BIN/paidan\" topology check")
        #expect(check.status == 0, "\(check.output)")
        try await bench.broker.remove(vhost: "rehearsal")
    }

    /// Ten kills, spread over the time that the work takes, then once to the end.
    private func rehearse(_ work: String) async throws {
        let begin = ContinuousClock.now
        let command = "PAIDAN_DATABASE_NAME=rehearsal PAIDAN_BROKER_VHOST=rehearsal exec \"$BIN/paidan\" \(work)"
        var killed = 0
        for round in 1...10 {
            let limit = 0.05 * Double(round * bench.number(in: 5...20)) / 10
            let ended = try await shell("\(command.replacing("exec", with: "exec timeout -s KILL \(limit)"))")
            if ended.status == 0 { break }
            killed += 1
        }
        let last = try await shell(command)
        #expect(last.status == 0, "\(last.output)")
        print("faults: \(work): killed \(killed) times, whole after \(ContinuousClock.now - begin)")
        #expect(killed > 0)
    }

    private func shell(_ line: String) async throws -> Finished {
        let script =
            "set -e; while IFS='=' read -r n v; do export \"$n=$v\"; done <\"$1/operator.env\"; BIN=$2; \(line)"
        let away = try await run(
            "/bin/bash", ["-c", "cd \"$3\"; \(script)", "tool", stack.state.path, stack.bin, stack.root.path],
            environment: ["PGPASSWORD": try stack.secret("postgres"), "PGPORT": "\(try stack.port("postgres"))"])
        return away
    }
}
