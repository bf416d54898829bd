import FaultProxy
import Foundation
import StackSupport
import Synchronization
import Testing

extension `Under load behind a proxy` {
    /// The server then ends all others and recovers from its log.
    @Test func `kill -9 of one of the database's processes`() async throws {
        try await bench.survive("a backend killed", tickets: 40) { [stack] in
            let rows = try await stack.rows(
                "select pid from pg_stat_activity where usename like '%\\_run' order by random() limit 1")
            let pid = try #require(rows.first?.first.flatMap { Int32($0) })
            kill(pid, SIGKILL)
            _ = try await eventually("the database", within: 30) {
                // It refuses connections until it has recovered.
                try? await stack.number("select 1")
            }
        }
    }

    @Test func `all of the database's connections taken by others`() async throws {
        try await bench.survive("connections exhausted", tickets: 40) { [stack, network] in
            let others = Others(at: try stack.port("postgres"))
            defer { others.leave() }
            network.database.cut()
            _ = try await eventually("the last place to be taken", within: 20) { others.refusals > 0 ? true : nil }
            network.database.cut()
            try await Task.sleep(for: .seconds(5))
            #expect(others.refusals > 1)
        }
    }

    @Test func `a database frozen for twelve seconds`() async throws {
        try await bench.survive("database frozen", tickets: 40) { [bench, stack] in
            let processes = try stack.databaseProcesses()
            for pid in processes { kill(pid, SIGSTOP) }
            defer { for pid in processes.reversed() { kill(pid, SIGCONT) } }
            try await Task.sleep(for: .seconds(12))
            #expect(bench.answers.withLock(\.refused) > 0, "nobody was told to come again")
        }
    }

    /// What is connected goes on; who comes anew hears nothing.
    @Test(.enabled(if: isLongForm)) func `a postmaster that is stopped`() async throws {
        try await bench.survive("postmaster stopped", tickets: 40) { [stack, network] in
            let postmaster = try stack.pid("postgres")
            kill(postmaster, SIGSTOP)
            defer { kill(postmaster, SIGCONT) }
            try await Task.sleep(for: .seconds(1))
            network.database.cut()
            try await Task.sleep(for: .seconds(7))
        }
    }
}

extension Stack {
    /// The postmaster and all that it has started, in the order in which they should stop.
    func databaseProcesses() throws -> [Int32] {
        let postmaster = try pid("postgres")
        let all = try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap { Int32($0) }
        return [postmaster]
            + all.filter { pid in
                // One that ends meanwhile is nobody's child.
                guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8) else { return false }
                return stat.split(separator: ")").last?.split(separator: " ").dropFirst().first == "\(postmaster)"
            }
    }
}

/// Other programs of the database server: each takes a place and never signs in.
private final class Others: Sendable {
    private let state = Mutex((held: [Int32](), refusals: 0, haveLeft: false))

    var refusals: Int { state.withLock(\.refusals) }

    init(at port: Int) {
        for _ in 0..<4 { Thread { self.come(to: port) }.start() }
    }

    func leave() {
        state.withLock { state in
            state.haveLeft = true
            for socket in state.held { close(socket) }
            state.held = []
        }
    }

    private func come(to port: Int) {
        // PostgreSQL's manual, "Message Formats": length, protocol 3.0, names and values, an empty name.
        let names = Array("user\0postgres\0database\0postgres\0\0".utf8)
        let hello = [0, 0, 0, UInt8(8 + names.count), 0, 3, 0, 0] + names
        while !state.withLock(\.haveLeft) {
            guard let socket = Loopback.connect(to: port) else { continue }
            _ = hello.withUnsafeBytes { send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            var kind: UInt8 = 0
            let isAsked = recv(socket, &kind, 1, 0) == 1 && kind == UInt8(ascii: "R")
            let isKept = state.withLock { state in
                guard isAsked, !state.haveLeft else {
                    state.refusals += 1
                    return false
                }
                state.held.append(socket)
                return true
            }
            if !isKept {
                close(socket)
                usleep(20_000)
            }
        }
    }
}
