import Foundation
import StackSupport

/// What the suite holds of its machine at one moment.
struct Figures: Sendable, CustomStringConvertible {
    struct Process: Sendable {
        var memory = 0
        var descriptors = 0
        var threads = 0
    }

    /// By service; memory in KiB.
    var processes: [String: Process] = [:]
    /// Sessions of the services with the database; connections and channels with the broker.
    var sessions = 0
    var connections = 0
    var channels = 0

    var description: String {
        let parts = processes.sorted { $0.key < $1.key }.map {
            "\($0.key) \($0.value.memory >> 10) MiB \($0.value.descriptors) fds \($0.value.threads) threads"
        }
        return (parts + ["\(sessions) sessions", "\(connections) connections", "\(channels) channels"])
            .joined(separator: ", ")
    }

    static func read(_ bench: Bench) async throws -> Figures {
        var figures = Figures()
        for service in services {
            let place = "/proc/\(try bench.stack.pid(service))"
            let status = try String(contentsOfFile: "\(place)/status", encoding: .utf8)
            func value(_ name: String) -> Int {
                let line = status.split(separator: "\n").first { $0.hasPrefix(name + ":") }
                return line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) } ?? 0
            }
            figures.processes[service] = Process(
                memory: value("VmRSS"),
                descriptors: try FileManager.default.contentsOfDirectory(atPath: "\(place)/fd").count,
                threads: value("Threads"))
        }
        figures.sessions = try await bench.stack.number(
            "select count(*) from pg_stat_activity where usename like '%\\_run'")
        figures.connections = try await bench.broker.metric("rabbitmq_connections")
        figures.channels = try await bench.broker.metric("rabbitmq_channels")
        return figures
    }

    /// What is more than it was, and more than chance explains. Empty when all came back.
    func grown(from before: Figures) -> [String] {
        var grown: [String] = []
        func compare(_ what: String, _ now: Int, _ then: Int, allowed: Int) {
            if now > then + allowed { grown.append("\(what): \(then) before, \(now) now") }
        }
        for (service, now) in processes {
            let then = before.processes[service, default: Process()]
            // The allocator keeps some of what it once had; a leak goes on.
            compare("\(service)'s memory in KiB", now.memory, then.memory, allowed: then.memory / 5 + 8 * 1024)
            // Connections with providers stay open for a minute, as many as were needed at once.
            compare("\(service)'s descriptors", now.descriptors, then.descriptors, allowed: 12)
            compare("\(service)'s threads", now.threads, then.threads, allowed: 2)
        }
        // Pools open a session when they need one more, and keep it.
        compare("sessions with the database", sessions, before.sessions, allowed: 3)
        compare("connections with the broker", connections, before.connections, allowed: 0)
        compare("channels with the broker", channels, before.channels, allowed: 0)
        return grown
    }

    /// Processor time that each service has used so far, in seconds.
    static func processorTime(_ stack: Stack) throws -> [String: Double] {
        var times: [String: Double] = [:]
        for service in services {
            let stat = try String(contentsOfFile: "/proc/\(try stack.pid(service))/stat", encoding: .utf8)
            // utime and stime, in ticks; the name before them may hold spaces.
            let fields = stat.split(separator: ")").last?.split(separator: " ") ?? []
            guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else {
                throw Unmet("/proc/PID/stat of \(service): \(stat)")
            }
            times[service] = (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
        }
        return times
    }
}
